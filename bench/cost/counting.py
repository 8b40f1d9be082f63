# ruff: noqa: ANN401 - boto3 makes the classes of its clients and answers at run time
"""Counts every call to AWS that our code makes, and the time it would wait for the answers."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import botocore.client
import httpx
from moto.core import botocore_stubber

from bench.cost.stopwatch import Stopwatch
from bench.metering import Item, MeteredDynamo

CHUNK = 64 * 1024
"""Bytes that one request to SQS, or one event, is billed by."""

_WAITS = {"dynamodb": "dynamodb_ms", "sqs": "sqs_ms", "kms": "kms_ms"}
_LINES = {"kms": "kms", "secretsmanager": "secrets", "sns": "sns"}
_S3_GETS = frozenset({"GetObject", "HeadObject"})

Change = tuple[str, Item | None, Item | None]
"""Table, item before and item after."""


class Counts:
    """What was used, by line of the bill and by what used it.

    Attributes:
        used: units by (line, part).
        waited_ms: for answers of AWS and of CRMs, one after the other.
        is_on: whether calls count; not while the measuring itself calls.
    """

    def __init__(self, assumed: Mapping[str, float]) -> None:
        self.used: Counter[tuple[str, str]] = Counter()
        self.waited_ms = 0.0
        self.is_on = True
        self._assumed = assumed

    def add(self, line: str, part: str, units: float) -> None:
        """Count units of one line."""
        if self.is_on and units:
            self.used[line, part] += units  # pyright: ignore[reportArgumentType] - shares of a GB-second

    def wait(self, name: str) -> None:
        """Count one answer that is waited for."""
        if self.is_on:
            self.waited_ms += self._assumed[name]

    def called(self, service: str, operation: str, call: Mapping[str, Any]) -> None:
        """Count one call to AWS; DynamoDB's units are counted from its items."""
        self.wait(_WAITS.get(service, "other_aws_ms"))
        if service == "sqs":
            self.add(*_sqs(operation, call))
        elif service == "events":
            self.add("events", "out", sum(chunks(json.dumps(each, default=str)) for each in call["Entries"]))
        elif service == "s3":
            self.add("s3_get" if operation in _S3_GETS else "s3_put", operation, 1)
        elif service in _LINES:
            self.add(_LINES[service], operation, 1)


def chunks(text: str) -> int:
    """Return how many requests a text is billed as.

    Example:
        >>> chunks("x"), chunks("x" * 65_537)
        (1, 2)
    """
    return max(1, math.ceil(len(text.encode()) / CHUNK))


def _sqs(operation: str, call: Mapping[str, Any]) -> tuple[str, str, float]:
    url = str(call["QueueUrl"])
    bodies = [str(each["MessageBody"]) for each in call.get("Entries", ()) if "MessageBody" in each]
    return ("sqs_fifo" if url.endswith(".fifo") else "sqs", operation, chunks("".join(bodies)))


class StreamingDynamo(MeteredDynamo):
    """A metered client whose own work is not taken for ours, and which tells what a stream would.

    Args:
        client: of an imitation of DynamoDB.
        counts: hears of the units.
        watch: stands still while items are looked at.

    Attributes:
        stream: changes of items, oldest first.
    """

    def __init__(self, client: Any, counts: Counts, watch: Stopwatch) -> None:
        super().__init__(client)
        self._counts = counts
        self._watch = watch
        self.stream: list[Change] = []

    def _write(self, name: str, places: list[tuple[str, Item]], call: Any, *, times: int = 1) -> Any:
        seen = [((table, item["pk"]["S"], item["sk"]["S"]), table, item) for table, item in places]
        before = [self._stored.get(place) for place, _, _ in seen]
        spent = Counter(self.spent)

        def ours() -> Any:
            with self._watch.running():
                return call()

        with self._watch.running(is_running=False):
            try:
                return super()._write(name, places, ours, times=times)
            finally:
                self._tell(spent)
                for old, (place, table, _) in zip(before, seen, strict=True):
                    new = self._stored.get(place)
                    if new != old:
                        self.stream.append((table, old, new))

    def _read(self, name: str, table: str, groups: Any, call: Mapping[str, Any]) -> None:
        with self._watch.running(is_running=False):
            spent = Counter(self.spent)
            super()._read(name, table, groups, call)
            self._tell(spent)

    def _peek(self, table: str, item: Item) -> Item | None:
        was, self._counts.is_on = self._counts.is_on, False
        try:
            return super()._peek(table, item)
        finally:
            self._counts.is_on = was

    def _tell(self, before: Counter[tuple[str, str]]) -> None:
        for (kind, what), units in (self.spent - before).items():
            self._counts.add(f"dynamodb_{kind}", what, units)


@contextmanager
def counted(counts: Counts, watch: Stopwatch) -> Generator[None]:
    """Count every call to AWS and to CRMs for the time of a block; keep the watch from running in imitations."""
    whole: Any = botocore.client.BaseClient
    make: Any = whole._make_api_call
    answer: Any = botocore_stubber.BotocoreStubber.__call__
    send = httpx.HTTPTransport.handle_request

    def called(client: Any, operation: str, call: Mapping[str, Any]) -> Any:
        counts.called(client.meta.service_model.service_name, operation, call)
        return make(client, operation, call)

    def imitated(stub: Any, *arguments: Any, **named: Any) -> Any:
        with watch.running(is_running=False):
            return answer(stub, *arguments, **named)

    def asked(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        counts.wait("crm_call_ms")
        counts.add("crm_calls", f"{request.method} {request.url.host}", 1)
        return send(transport, request)

    with (
        patch.object(whole, "_make_api_call", called),
        patch.object(botocore_stubber.BotocoreStubber, "__call__", imitated),
        patch.object(httpx.HTTPTransport, "handle_request", asked),
    ):
        yield

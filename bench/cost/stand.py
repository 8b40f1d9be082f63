# ruff: noqa: ANN401 - events, and boto3's clients and answers
"""The deployed functions in one process: real handlers and AWS adapters over an imitation of AWS, counted."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any, TypeVar, cast
from unittest.mock import patch

import boto3.session
from moto import mock_aws

from bench.cost.counting import Change, Counts, StreamingDynamo, counted
from bench.cost.stopwatch import Stopwatch
from bench.cost.template import Template
from bench.crms import ROOT, Crm
from bench.metering import Item
from crmbridge import runtime
from crmbridge.adapters.aws import clients
from crmbridge.runtime import _sources as sources
from crmbridge.runtime import archiving

R = TypeVar("R")
QUEUES = {"changes": "CHANGES", "sync": "SYNC", "push": "PUSH", "wake": "WAKE"}
DRAINED_BY = {
    "changes": "ApplyChangesFunction",
    "sync": "RunSyncBatchFunction",
    "push": "PushChangesFunction",
    "wake": "PlanSyncFunction",
}
FAN_OUT = "FanOutChangesFunction"
RECORDS, CONTROL = "records", "control"
PER_RECEIVE = 10
"""Messages that Lambda's pollers take, and delete, in one request."""

VCPU_MB = 1769
"""Megabytes that come with one whole processor; less come with a share. Source: AWS Lambda, "Configure memory"."""


class Inline(Executor):
    """Runs what it is given at once: waiting is counted, not done side by side."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Run, and return what came of it."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future raises it where it is asked
            future.set_exception(error)
        return future


class Context:
    """What Lambda tells a handler; time never runs short."""

    function_name = "bench"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self) -> int:
        """Return a minute."""
        return 60_000


class Stand:
    """Functions, queues, tables and stream, pumped by hand.

    Attributes:
        counts: what was used since ``forget``.
    """

    def __init__(self, crms: Mapping[str, Crm], *, assumed: Mapping[str, float]) -> None:
        self.counts = Counts(assumed)
        self.template = Template()
        self._assumed = assumed
        self._watch = Stopwatch()
        self._skew = timedelta()
        self._crms = crms
        self._said = StringIO()
        self._open = ExitStack()
        self._handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self._crm = ""

    def __enter__(self) -> Stand:
        """Make tables, queues, key and secrets, and wire the functions to them."""
        passing = {"core": {"mock_credentials": True, "passthrough": {"urls": ["http://127.0.0.1.*"]}}}
        self._open.enter_context(mock_aws(config=passing))  # pyright: ignore[reportArgumentType] - as documented
        self._session = boto3.session.Session(region_name="us-east-1")
        self._sqs = self._client("sqs")
        environment = self._environment()
        self.dynamo = StreamingDynamo(self._client("dynamodb"), self.counts, self._watch)
        self._make_tables()
        self._open.enter_context(patch.dict("os.environ", environment))
        for cached in (runtime.hub, runtime.reception, runtime.settings, archiving.archive_port):
            cached.cache_clear()
            self._open.callback(cached.cache_clear)
        for module, name, value in (
            (clients, "dynamodb", lambda: self.dynamo),
            (sources, "threads", Inline),
            (sources, "now", self.now),
            (sources, "sleep", self._sleep),
        ):
            self._open.enter_context(patch.object(module, name, value))
        self._open.enter_context(patch.object(sys, "stdout", self._said))
        self._open.enter_context(counted(self.counts, self._watch))
        return self

    def __exit__(self, *_: object) -> None:
        """Take everything down."""
        self._open.close()

    # ---------------------------------------------------------------------------------- the world around

    def now(self) -> datetime:
        """Return the present moment of this stand."""
        return datetime.now(UTC) + self._skew

    def _sleep(self, seconds: float) -> None:
        """Count waiting in place of doing it."""
        self._skew += timedelta(seconds=seconds)
        self.counts.waited_ms += seconds * 1000

    def _client(self, service: str) -> Any:
        make: Any = cast("Any", self._session).client  # the stubs type each service's name apart
        return make(service)

    def _environment(self) -> dict[str, str]:
        self.urls = {name: self._make_queue(name) for name in QUEUES}
        key = self._client("kms").create_key()["KeyMetadata"]["KeyId"]
        for name, crm in self._crms.items():
            secret = {part: crm.credentials[part] for part in ("client_id", "client_secret")}
            self._client("secretsmanager").create_secret(Name=f"bench/apps/{name}", SecretString=json.dumps(secret))
        self._client("events").create_event_bus(Name="bench")
        self._client("s3").create_bucket(Bucket="bench-archive")
        return {
            **self.template.variables(bus="bench"),
            "CRM": "hubspot",
            "STAGE": "bench",
            "RECORDS_TABLE": RECORDS,
            "CONTROL_TABLE": CONTROL,
            **{f"{variable}_QUEUE_URL": self.urls[name] for name, variable in QUEUES.items()},
            "OUTBOX_QUEUE_URL": self._make_queue("outbox"),
            "ARCHIVE_BUCKET": "bench-archive",
            "TOKEN_KEY_ID": key,
            "APP_SECRET_PREFIX": "bench",
            "CRM_BASE_URLS": json.dumps({name: crm.url for name, crm in self._crms.items()}),
            "EVENT_BUS_NAME": "bench",
            "WORKER_TIMEOUT_S": "60",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "POWERTOOLS_SERVICE_NAME": "crm-bridge",
            "POWERTOOLS_METRICS_NAMESPACE": "CrmBridge",
        }

    def _make_queue(self, name: str) -> str:
        fifo = {"FifoQueue": "true"} if name == "push" else {}
        suffix = ".fifo" if fifo else ""
        return str(self._sqs.create_queue(QueueName=f"bench-{name}{suffix}", Attributes=fifo)["QueueUrl"])

    def _make_tables(self) -> None:
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        names = (("pk", "S"), ("sk", "S"), ("due_pk", "S"), ("due_at", "N"))
        texts: Any = [{"AttributeName": name, "AttributeType": kind} for name, kind in names]
        due: Any = {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "due_pk", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["due_for"]},
        }
        common: Any = {"KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"}
        self.dynamo.create_table(TableName=CONTROL, AttributeDefinitions=texts[:2], **common)
        self.dynamo.create_table(TableName=RECORDS, AttributeDefinitions=texts, GlobalSecondaryIndexes=[due], **common)

    # ---------------------------------------------------------------------------------- invoking

    def forget(self) -> None:
        """Begin to count anew."""
        self.counts.used.clear()

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Let one function handle one event, and count what Lambda would bill and log."""
        handler = self._handler(function)
        begun_s, self.counts.waited_ms, place = self._watch.seconds, 0.0, self._said.tell()
        with self._watch.running():
            answer = handler(event, Context())
        memory_mb = self.template.memory_mb(function)
        busy_ms = (self._watch.seconds - begun_s) * 1000 * max(1.0, VCPU_MB / memory_mb)
        seconds = (busy_ms + self.counts.waited_ms) / 1000
        self.counts.add("lambda_requests", function, 1)
        self.counts.add("lambda_time", function, seconds * memory_mb / 1024)
        said = self._said.getvalue()[place:].encode()
        lines = self._assumed["log_line_overhead_bytes"] * said.count(b"\n")
        platform = self._assumed["platform_lines_bytes"] if self.template.logs_platform_lines(function) else 0
        self.counts.add("logs", function, (len(said) + lines + platform) / 1e9)
        return answer

    def _handler(self, function: str) -> Callable[[Any, Any], Any]:
        if function not in self._handlers:
            path = ROOT / "functions" / self.template.folder(function) / "app.py"
            spec = importlib.util.spec_from_file_location(f"bench_{function}", path)
            if spec is None or spec.loader is None:
                raise RuntimeError(f"{path} cannot be imported")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self._handlers[function] = module.handler
        return self._handlers[function]

    # ---------------------------------------------------------------------------------- delivering

    def settle(self, *, together: int) -> None:
        """Deliver stream and queues until nothing is left.

        Args:
            together: hints that arrive within the batching window, and so come to one worker.
        """
        while True:
            changes = self._streamed()
            for start in range(0, len(changes), 100):
                self.invoke(FAN_OUT, {"Records": changes[start : start + 100]})
            if changes:
                continue
            delivered = [self._deliver(name, together if name == "changes" else PER_RECEIVE) for name in QUEUES]
            if not any(delivered):
                return

    def _streamed(self) -> list[dict[str, Any]]:
        """Return what the stream would tell, as the mapping's filter lets it through."""
        changes, self.dynamo.stream = self.dynamo.stream, []
        records = [each for each in changes if each[0] == RECORDS and any(item and "rev" in item for item in each[1:])]
        return [_event(number, each) for number, each in enumerate(records)]

    def _deliver(self, name: str, together: int) -> bool:
        messages = self._take(name, together)
        if not messages:
            return False
        line = "sqs_fifo" if name == "push" else "sqs"
        calls = -(-len(messages) // PER_RECEIVE)
        self.counts.add(line, "ReceiveMessage, by Lambda", calls)
        self.counts.add(line, "DeleteMessageBatch, by Lambda", calls)
        records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in messages]
        answer = self.invoke(DRAINED_BY[name], {"Records": records})
        if answer["batchItemFailures"]:
            raise RuntimeError(f"{name}: {answer}")
        return True

    def _take(self, name: str, together: int) -> list[dict[str, Any]]:
        """Take messages out of a queue, those that were to be seen later included."""
        taken: list[dict[str, Any]] = []
        with self._aside():
            until = time.monotonic() + (2.0 if name == "wake" else 0.0)
            while len(taken) < together:
                asked = min(PER_RECEIVE, together - len(taken))
                found = self._sqs.receive_message(QueueUrl=self.urls[name], MaxNumberOfMessages=asked)
                messages = found.get("Messages", [])
                for each in messages:
                    self._sqs.delete_message(QueueUrl=self.urls[name], ReceiptHandle=each["ReceiptHandle"])
                taken += messages
                if not messages or time.monotonic() > until + 60:
                    break
        return taken

    @contextmanager
    def _aside(self) -> Generator[None]:
        """Let calls of the measuring itself not count."""
        was, self.counts.is_on = self.counts.is_on, False
        try:
            yield
        finally:
            self.counts.is_on = was

    def items(self, table: str) -> list[Item]:
        """Return everything in a table, uncounted."""
        with self._aside():
            found: list[Item] = []
            token: dict[str, Any] = {}
            while True:
                page = self.dynamo.scan(TableName=table, **token)
                found += page["Items"]
                if "LastEvaluatedKey" not in page:
                    return found
                token = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def expire(self, items: Sequence[Item]) -> None:
        """Tell the archive's function that the table has let go of some items."""
        by = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        entries = [
            {"eventName": "REMOVE", "userIdentity": by, "dynamodb": {"OldImage": _as_lambda_tells(each)}}
            for each in items
        ]
        self.invoke("ArchiveHistoryFunction", {"Records": entries})

    # ---------------------------------------------------------------------------------- calling

    def called(self, method: str, path: str, body: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return an HTTP API event, payload format 2.0."""
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "content-type": "application/json",
                **{name.lower(): each for name, each in (headers or {}).items()},
            },
            "requestContext": {
                "http": {"method": method, "path": path},
                "domainName": "bridge.test",
                "stage": "$default",
                "authorizer": {"jwt": {"claims": {"workspace": "bench", "role": "admin", "sub": "bench"}}},
            },
            "body": body,
            "isBase64Encoded": False,
        }


def _event(number: int, change: Change) -> dict[str, Any]:
    images = {
        name: _as_lambda_tells(item)
        for name, item in (("OldImage", change[1]), ("NewImage", change[2]))
        if item is not None
    }
    return {"eventID": f"bench-{number}", "dynamodb": images}


def _as_lambda_tells(item: Item) -> dict[str, Any]:
    """Return an item as a stream event holds it: bytes in Base64."""
    return {
        name: {
            kind: base64.b64encode(held).decode() if isinstance(held, bytes) else held for kind, held in value.items()
        }
        for name, value in item.items()
    }

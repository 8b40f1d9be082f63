"""Events put on an EventBridge bus, and kept in a queue while it does not take them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from crmbridge.adapters.aws._faults import BUSY, REPAIR, Backoff, code_of
from crmbridge.domain.events.envelope import Event

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "crm-bridge"
"""Source of every event on the bus."""

_MOST_ENTRIES = 10
_MOST_BYTES = 240_000  # of 256 KiB, for one entry and for a whole call
_HELD_TOGETHER = 50

Entry = tuple[Event, dict[str, Any]]


class EventBridgeBus:
    """Puts events on the bus in calls of ten, and again those of them that EventBridge fails to take.

    An event that is larger than EventBridge takes goes without what may be personal.

    Args:
        bus: name of the bus.
        keep: queues texts of at most 240,000 bytes each, for later.
        backoff: how to wait for entries that EventBridge fails to take.
    """

    def __init__(
        self, client: EventBridgeClient, bus: str, *, keep: Callable[[Sequence[str]], None], backoff: Backoff
    ) -> None:
        self._client = client
        self._bus = bus
        self._keep = keep
        self._backoff = backoff

    def publish(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Put events on the bus; see ``Bus``."""
        refused: list[Event] = []
        for batch in _batches([self._entry(each) for each in events]):
            refused += [event for event, _ in self._insist(batch)]
        return tuple(refused)

    def _insist(self, batch: list[Entry]) -> list[Entry]:
        """Send one batch, and again what is not taken; return what EventBridge does not take for long."""
        pending, waits = batch, self._backoff.waits()
        while pending:
            try:
                pending = self._put(pending)
            except ClientError as error:
                if code_of(error) in REPAIR:
                    return pending
                if len(pending) > 1 and code_of(error) not in BUSY:  # one bad entry must not take the others with it
                    return [left for each in pending for left in self._insist([each])]
            except BotoCoreError:  # no answer: told again, the same events have the same ids
                pass
            if pending and not next(waits, False):
                break
        return pending

    def hold(self, events: Sequence[Event]) -> None:
        """Keep events for later; see ``Bus``.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        self._keep(list(_texts(events)))

    def _put(self, batch: Sequence[Entry]) -> list[Entry]:
        """Send one call; return what EventBridge did not take of it."""
        answer = self._client.put_events(Entries=[entry for _, entry in batch])  # pyright: ignore[reportArgumentType] - its stubs want a class
        told = answer.get("Entries", [])
        return [each for each, said in zip(batch, told, strict=True) if "ErrorCode" in said]

    def _entry(self, event: Event) -> Entry:
        detail = _text(event)
        if len(detail.encode()) > _MOST_BYTES:
            event = event.bare()
            detail = _text(event)
        entry: dict[str, Any] = {
            "Source": SOURCE,
            "DetailType": event.kind,
            "Detail": detail,
            "Time": event.at,
            "EventBusName": self._bus,
        }
        return event, entry


def _text(event: Event) -> str:
    return json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":"))


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in order, in groups that EventBridge takes in one call."""
    batch, size = list[Entry](), 0
    for event, entry in entries:
        length = len(entry["Detail"].encode()) + len(entry["Source"]) + len(entry["DetailType"]) + 100
        if batch and (len(batch) == _MOST_ENTRIES or size + length > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((event, entry))
        size += length
    if batch:
        yield batch


def _texts(events: Sequence[Event]) -> Iterator[str]:
    """Yield JSON lists of events, each small enough for one message."""
    parts, size = list[str](), 0
    for event in events:
        text = _text(event)
        if len(text.encode()) > _MOST_BYTES:
            text = _text(event.bare())
        if parts and (len(parts) == _HELD_TOGETHER or size + len(text.encode()) > _MOST_BYTES):
            yield _message(parts)
            parts, size = [], 0
        parts.append(text)
        size += len(text.encode()) + 1
    if parts:
        yield _message(parts)


def _message(parts: Sequence[str]) -> str:
    return f'{{"events":[{",".join(parts)}]}}'

"""What the function does that takes events from the bus and from the queue: who sent it, for whom, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from crmbridge import runtime
from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.runtime.messages import Event, LambdaContext, has_time, report
from crmbridge.runtime.telemetry import count, logger
from crmbridge.services.event_sources import Sender, require_source
from crmbridge.services.take_events import note_refused, take_event

Failures = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of a queue, opened.

    Attributes:
        body: ``id``, ``type``, ``occurredAt``, ``workspaceId``, ``data``, as its sender wrote it.
        sent_at: as AWS says.
    """

    message_id: str
    sender: Sender
    body: Mapping[str, Any]
    sent_at: datetime


def take_messages(event: Event, context: LambdaContext) -> Failures:
    """Take the events of one batch; one that cannot be taken comes back, and ends in the dead-letter queue.

    Raises:
        ConfigurationError: this function was not told which queue the bus fills.
    """
    more, failed = has_time(context), list[str]()
    waiting: list[Mapping[str, Any]] = list(event["Records"])
    for again in (False, True):  # what speaks of a conversation or customer of the same batch is taken after it
        late: list[Mapping[str, Any]] = []
        for message in waiting:
            if not more() or not _taken(message, late=None if again else late):
                failed.append(message["messageId"])
        waiting = late
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _taken(message: Mapping[str, Any], *, late: list[Mapping[str, Any]] | None) -> bool:
    """Take one message; returns whether it is done with."""
    try:
        letter = _opened(message)
    except (KeyError, TypeError, ValueError) as error:
        logger().error("unreadable message", extra={"message_id": message["messageId"], "reason": type(error).__name__})
        count("all", events_refused=1)
        return False
    try:
        _take(letter)
    except NotFoundError as error:
        if late is not None:
            late.append(message)
            return True
        _refused(letter, error)
        return False
    except Exception as error:  # noqa: BLE001 - one bad event must not take the batch with it
        _refused(letter, error)
        return False
    return True


def _take(letter: Letter) -> None:
    from crmbridge.runtime._event_values import event_of  # noqa: PLC0415 - slow to load, and only needed here

    workspace_id = require_source(runtime.hub(), letter.body.get("workspaceId"), letter.sender)
    try:
        event = event_of(letter.body, now=runtime.hub().now(), sent_at=letter.sent_at)
    except RequestRejectedError as error:
        named = [str(letter.body.get(name) or letter.message_id) for name in ("id", "type")]
        note_refused(runtime.hub(), workspace_id, event_id=named[0], type=named[1], error=error)
        raise
    taken = take_event(runtime.hub(), workspace_id, event, by=f"{letter.sender.door}:{letter.sender.identity}")
    logger().info("event", extra={"type": event.type, "result": taken.result, "door": letter.sender.door})
    count("all", events_taken=1)


def _refused(letter: Letter, error: Exception) -> None:
    """Log and count what cannot be taken: which field, and none of its values."""
    report(error)
    if isinstance(error, RequestRejectedError):
        extra = {"door": letter.sender.door, "sender": letter.sender.identity, "field": error.field or ""}
        logger().warning("event refused", extra=extra)
        count("all", events_refused=1)


def _opened(message: Mapping[str, Any]) -> Letter:
    """Open a message: who sent it is what AWS says, never what is written in it.

    Only the rule of our own bus can put messages into the bus's queue, so account and source of its envelopes are true.

    Raises:
        KeyError: a part is missing.
        TypeError: a part is of another type.
        ValueError: it is no JSON.
    """
    body = json.loads(message["body"])
    if not isinstance(body, dict):
        raise TypeError("the message is no JSON object")
    told = cast("dict[str, Any]", body)
    if message["eventSourceARN"] == runtime.settings().bus_events_queue_arn:
        return _unwrapped(message["messageId"], told)
    principal = str(message["attributes"]["SenderId"]).partition(":")[0]
    sent_at = datetime.fromtimestamp(int(message["attributes"]["SentTimestamp"]) / 1000, UTC)
    return Letter(
        message_id=message["messageId"],
        sender=Sender(door="queue", identity=principal),
        body=told,
        sent_at=sent_at,
    )


def _unwrapped(message_id: str, envelope: dict[str, Any]) -> Letter:
    detail: object = envelope["detail"]
    if not isinstance(detail, dict):
        raise TypeError("the detail is no JSON object")
    told = cast("dict[str, Any]", detail)
    return Letter(
        message_id=message_id,
        sender=Sender(door="bus", identity=f"{envelope['account']}/{envelope['source']}"),
        body={"id": envelope["id"], **told, "type": envelope["detail-type"]},
        sent_at=datetime.fromisoformat(str(envelope["time"])).astimezone(UTC),
    )

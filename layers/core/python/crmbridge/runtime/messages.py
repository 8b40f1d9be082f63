"""Works off batches of queue messages: each fails or succeeds for itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from crmbridge import runtime
from crmbridge.runtime.outcomes import outcome_of
from crmbridge.runtime.telemetry import calls, count, logger, speak_of

T = TypeVar("T")

TRIES = 5
"""After so many a message goes to its dead-letter queue; as the template has it."""

Event = Mapping[str, Any]


class LambdaContext(Protocol):
    """The part of Lambda's context that we use."""

    function_name: str
    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's timeout."""
        ...


def has_time(context: LambdaContext) -> Callable[[], bool]:
    """Return a question to ask before every page or batch: is there time for another one?

    There is while more is left than a quarter of the time at the beginning, and more than one and a half times what
    the longest page or batch has taken so far, so that a busy machine ends its work before it is ended.
    """
    began_ms = context.get_remaining_time_in_millis()
    asked_ms, longest_ms = began_ms, 0

    def ask() -> bool:
        nonlocal asked_ms, longest_ms
        left_ms = context.get_remaining_time_in_millis()
        longest_ms, asked_ms = max(longest_ms, asked_ms - left_ms), left_ms
        return left_ms > max(began_ms / 4, longest_ms * 1.5)

    return ask


def work_off(
    event: Event,
    *,
    read: Callable[[dict[str, Any]], T],
    work: Callable[[T], None],
    fold: Callable[[Sequence[T]], Sequence[T]] = lambda items: list(dict.fromkeys(items)),
    covers: Callable[[T, T], bool] = lambda done, item: done == item,
) -> dict[str, list[dict[str, str]]]:
    """Handle one batch of an SQS queue and tell SQS which messages must come back.

    Args:
        event: as Lambda got it from SQS.
        read: turns a message's JSON into what it says.
        work: does it; raises an error of the tree when it cannot.
        fold: makes one piece of work out of messages that ask for the same.
        covers: tells which messages a folded piece of work stands for.

    Returns:
        ``{"batchItemFailures": [...]}``: messages whose outcome is ``retry``. A message that cannot even be read
        comes back until it reaches the dead-letter queue.
    """
    failed: list[str] = []
    said: list[tuple[str, T]] = []
    for message in event["Records"]:
        try:
            said.append((message["messageId"], read(json.loads(message["body"]))))
        except (KeyError, TypeError, ValueError) as error:
            logger().error("unreadable message", extra={"message_id": message["messageId"], "reason": repr(error)})
            failed.append(message["messageId"])
    for piece in fold([each for _, each in said]):
        speak_of(str(getattr(piece, "workspace_id", "")))
        try:
            work(piece)
        except Exception as error:  # noqa: BLE001 - one bad message must not take the batch with it
            if report(error) == "retry":
                lost = [message_id for message_id, each in said if covers(piece, each)]
                _note_last_tries(event, lost, piece, error)
                failed.extend(lost)
    speak_of("")
    calls().tell()
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _note_last_tries(event: Event, message_ids: Sequence[str], piece: object, error: Exception) -> None:
    """Note why messages go to the dead-letter queue now, for whoever finds them there."""
    ending = {each["messageId"] for each in event["Records"] if _tries(each) >= TRIES} & set(message_ids)
    workspace_id = getattr(piece, "workspace_id", "")
    if not ending or not workspace_id:
        return
    from crmbridge.services.dead_letters import note_failure  # noqa: PLC0415 - seldom

    with suppress(Exception):  # what cannot be noted is in the log; the message goes its way all the same
        for each in sorted(ending):
            where = _where(error)
            note_failure(runtime.hub(), workspace_id, each, error=type(error).__name__, where=where)


def _tries(message: Mapping[str, Any]) -> int:
    return int(message.get("attributes", {}).get("ApproximateReceiveCount", 1))


def report(error: Exception) -> str:
    """Log and count an error; return what becomes of the message, ``retry`` or ``drop``.

    An error outside the tree is logged with its place in the code but without its text, which may hold data.
    """
    outcome = outcome_of(error)
    crm = getattr(error, "provider", "none")
    extra = {"error": type(error).__name__, "outcome": outcome.message, "provider": crm, "where": _where(error)}
    if outcome.metric != "bugs":
        extra["status"] = str(getattr(error, "status", ""))
        extra["code"] = str(getattr(error, "code", ""))
    getattr(logger(), outcome.level)(outcome.title, extra=extra)
    count(crm, **{outcome.metric: 1})
    return outcome.message


def _where(error: Exception) -> str:
    """Return file and line of the last frames, without any value."""
    frames: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
        frames.append(f"{name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames[-6:])

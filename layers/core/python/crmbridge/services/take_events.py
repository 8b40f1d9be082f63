"""Take events that other systems send: each has its effect once, however often and in whatever order it comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from crmbridge.domain.keys import digest
from crmbridge.domain.workflows.events import KEPT_S, EventType, InEvent
from crmbridge.errors import ConflictError, KeyReusedError, NotFoundError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services._customer_events import take_customer, take_payment, take_review
from crmbridge.services._event_desk import Desk, Done
from crmbridge.services._interaction_events import take_form, take_interaction, take_lead, take_meeting
from crmbridge.services._shop_events import take_booking, take_repair
from crmbridge.services._social_events import take_conversation, take_message, take_post
from crmbridge.services.hub import Hub

Result: TypeAlias = Literal["taken", "repeated", "passed_over"]

HANDLERS: Mapping[EventType, Callable[[Desk], Done]] = {
    "conversation.created": take_conversation,
    "message.sent": take_message,
    "message.received": take_message,
    "post.engaged": take_post,
    "booking.created": take_booking,
    "booking.updated": take_booking,
    "repair.updated": take_repair,
    "repair.completed": take_repair,
    "payment.received": take_payment,
    "review.submitted": take_review,
    "customer.updated": take_customer,
    "lead.updated": take_lead,
    "meeting.scheduled": take_meeting,
    "email_sent": take_interaction,
    "email_opened": take_interaction,
    "link_clicked": take_interaction,
    "form_submitted": take_form,
    "website_visit": take_interaction,
    "social_engagement": take_interaction,
    "message": take_interaction,
    "call": take_interaction,
    "meeting": take_interaction,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an event.

    Attributes:
        result: ``passed_over`` is one that rightly changed nothing; ``repeated`` one that was taken before.
        records: ids of the records it is about.
        words: what was left out, and why.
    """

    result: Result
    records: tuple[str, ...] = field(default=())
    words: str = ""


def take_event(hub: Hub, workspace_id: str, event: InEvent, *, by: str) -> Taken:
    """Take one event: note that it came, have its effect, note that it is done.

    A worker may end between any two steps: taken again, the event has no second effect.

    Args:
        workspace_id: from verified claims, or from a sender that the workspace has registered.
        by: who sent it.

    Raises:
        RequestRejectedError: the event cannot be taken as it is; it is listed among those refused.
        KeyReusedError: its id stands for another event of the last seven days.
        ConflictError: a record kept moving; take it again.
        LeaseHeldError: another worker is at the same thing; take it again later.
    """
    intent, event = _intended(hub, workspace_id, event)
    if "done" in intent.body:
        told: Mapping[str, Any] = intent.body["done"]
        return Taken(result="repeated", records=tuple(told["records"]), words=told["words"])
    try:
        done = HANDLERS[event.type](Desk(hub=hub, workspace_id=workspace_id, event=event, by=by))
    except RequestRejectedError as error:
        note_refused(hub, workspace_id, event_id=event.event_id, type=event.type, error=error)
        raise
    result: Result = "passed_over" if done.is_passed_over else "taken"
    body = {**intent.body, "done": {"result": result, "records": list(done.records), "words": done.words}}
    with suppress(ConflictError):  # another worker ended the same event; it had the same effect
        hub.documents.put(replace(intent, body=body))
    _forget_refusal(hub, workspace_id, event.event_id)
    return Taken(result=result, records=done.records, words=done.words)


def _intended(hub: Hub, workspace_id: str, event: InEvent) -> tuple[Document, InEvent]:
    """Note that an event came, or find the note; one that does not say when it happened keeps its first moment."""
    pk, sk, fingerprint = f"{workspace_id}#EVENT", digest(event.event_id), _fingerprint(event)
    body = {"type": event.type, "fingerprint": fingerprint, "at_ms": event.at_ms}
    fresh = Document(pk, sk, body, expires_at=int(hub.now().timestamp()) + KEPT_S)
    held = hub.documents.get(pk, sk)
    if held is None:
        try:
            return hub.documents.put(fresh), event
        except ConflictError:
            held = hub.documents.get(pk, sk) or fresh
    if held.body["fingerprint"] == fingerprint:
        at = datetime.fromtimestamp(held.body["at_ms"] / 1000, UTC)
        return held, event if event.is_dated else replace(event, at=at)
    if "done" not in held.body and hub.documents.get(f"{workspace_id}#REFUSED_EVENT", sk) is not None:
        return hub.documents.put(replace(fresh, version=held.version)), event  # what was refused may be corrected
    raise KeyReusedError(
        "this event id stands for another event of the last seven days",
        field="id",
        next_step="send a new id with a new event",
    )


def _fingerprint(event: InEvent) -> str:
    said = [event.type, dict(event.data), event.at_ms if event.is_dated else None]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------ refusals


def note_refused(
    hub: Hub,
    workspace_id: str,
    *,
    event_id: str,
    type: str,  # noqa: A002 - the word of the API
    error: RequestRejectedError,
) -> None:
    """List an event among those refused, for seven days or until it is taken, without its data."""
    body = {
        "id": event_id[:200],
        "type": type[:60],
        "at": hub.now().isoformat(timespec="seconds"),
        "detail": str(error)[:500],
        "field": error.field or "",
        "nextStep": error.next_step,
    }
    expires_at = int(hub.now().timestamp()) + KEPT_S
    document = Document(f"{workspace_id}#REFUSED_EVENT", digest(event_id), body, expires_at=expires_at)
    hub.documents.put(document, unconditionally=True)


def _forget_refusal(hub: Hub, workspace_id: str, event_id: str) -> None:
    held = hub.documents.get(f"{workspace_id}#REFUSED_EVENT", digest(event_id))
    if held is not None:
        with suppress(ConflictError):
            hub.documents.delete(held)


def refused_events(hub: Hub, workspace_id: str) -> list[dict[str, Any]]:
    """Return the events of the last seven days that were refused and not taken since, as they came in."""
    found = [dict(each.body) for each in hub.documents.query(f"{workspace_id}#REFUSED_EVENT")]
    return sorted(found, key=lambda each: (each["at"], each["id"]))


def show_event(hub: Hub, workspace_id: str, event_id: str) -> dict[str, Any]:
    """Return what became of an event of the last seven days.

    Raises:
        NotFoundError: no event of that id came in.
    """
    refused = hub.documents.get(f"{workspace_id}#REFUSED_EVENT", digest(event_id))
    if refused is not None:
        told = {name: refused.body[name] for name in ("detail", "field", "nextStep")}
        return {"id": event_id, "type": refused.body["type"], "result": "refused", "problem": told}
    held = hub.documents.get(f"{workspace_id}#EVENT", digest(event_id))
    if held is None:
        raise NotFoundError(
            f"no event {event_id[:60]!r} came in within the last seven days", field="event_id", next_step="send it"
        )
    done = held.body.get("done", {"result": "pending", "records": [], "words": ""})
    shown = {"id": event_id, "type": held.body["type"], "result": done["result"]}
    return {**shown, "records": list(done["records"]), "words": done["words"]}

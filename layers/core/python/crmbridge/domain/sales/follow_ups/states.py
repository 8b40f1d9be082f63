"""One follow-up from its planning to its answer; each step is taken once, whoever comes first.

A follow-up is stored on the condition that it has not moved since it was read. Cancelling and sending both begin at
``scheduled``, so one of the two happens. What was given to the channel never becomes ``scheduled`` again: when the
channel's answer is lost, or the worker dies, it is ``unsure``, counts as sent, and is not sent a second time.

Who takes in a reply marks the lead first and then cancels what is scheduled; who sends claims the follow-up first and
then looks at lead and clock once more (``last_look``). So whichever comes second sees the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.errors import ConflictError

State: TypeAlias = Literal["scheduled", "sending", "unsure", "sent", "delivered", "read", "failed", "cancelled"]

NEXT: Mapping[State, frozenset[State]] = {
    "scheduled": frozenset({"sending", "cancelled"}),
    "sending": frozenset({"sent", "delivered", "read", "failed", "unsure"}),
    "unsure": frozenset({"sent", "delivered", "read", "failed"}),
    "sent": frozenset({"delivered", "read", "failed"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
WENT_OUT: frozenset[State] = frozenset({"sending", "unsure", "sent", "delivered", "read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """One message to one lead.

    Attributes:
        step: its place in the sequence, 0 for the first.
        planned_at: when it was planned; a reply since then ends it.
        due_at: when it may be sent; postponing changes it.
        because: why it was cancelled or failed; the vendor's own words where there are any.
        at: when it came to its state.
        answered_at: when the lead next wrote, ``None`` so far.
        version: 0 before it is stored.
    """

    follow_up_id: str
    lead_id: str
    sequence: str
    step: int
    kind: str
    channel: str
    counts: bool
    planned_at: datetime
    due_at: datetime
    at: datetime
    state: State = "scheduled"
    because: str = ""
    answered_at: datetime | None = None
    version: int = 0


def moved(follow_up: FollowUp, state: State, *, now: datetime, because: str = "") -> FollowUp:
    """Return a follow-up in its next state.

    Raises:
        ConflictError: it is past that; somebody else was first, or a delivery status came twice or late.
    """
    if state not in NEXT[follow_up.state]:
        raise ConflictError(f"follow-up {follow_up.follow_up_id} is {follow_up.state} already, so not {state}")
    return replace(follow_up, state=state, at=now, because=because)


def backed_off(follow_up: FollowUp, *, now: datetime, because: str, until: datetime | None = None) -> FollowUp:
    """Return a follow-up that its own sender, having claimed it, has not given to the channel and will not give now.

    Args:
        follow_up: as it was claimed.
        now: aware.
        because: why.
        until: when it may be tried again; ``None`` cancels it.

    Raises:
        ConflictError: it is not being sent.
    """
    if follow_up.state != "sending":
        raise ConflictError(f"follow-up {follow_up.follow_up_id} is {follow_up.state}, so nobody can back off from it")
    if until is not None:
        return replace(follow_up, state="scheduled", at=now, because=because, due_at=until)
    return replace(follow_up, state="cancelled", at=now, because=because)


def postponed(follow_up: FollowUp, *, until: datetime) -> FollowUp:
    """Return a follow-up that waits.

    Raises:
        ConflictError: it does not wait any more.
    """
    if follow_up.state != "scheduled":
        raise ConflictError(f"follow-up {follow_up.follow_up_id} is {follow_up.state} already, so it cannot wait")
    return replace(follow_up, due_at=until)


def task_text(follow_up: FollowUp) -> str:
    """Return what the CRM's task for it says."""
    return f"Follow-up automático: {follow_up.kind}"


def note_text(follow_up: FollowUp) -> str:
    """Return what the CRM's note says of what became of it; empty while nothing did."""
    if follow_up.state == "failed":
        return f"Follow-up automático não enviado: {follow_up.kind}\n{follow_up.because}"
    if follow_up.state == "cancelled":
        return f"Follow-up automático cancelado: {follow_up.kind}\n{follow_up.because}"
    if follow_up.state == "unsure":
        return f"Follow-up automático sem confirmação de envio: {follow_up.kind}"
    return f"Follow-up automático enviado: {follow_up.kind}" if follow_up.state in WENT_OUT - {"sending"} else ""


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What became of the follow-ups of one step; delivered ones were sent, read ones were delivered."""

    scheduled: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    answered: int = 0
    cancelled: int = 0
    failed: int = 0
    converted: int = 0


def figures(
    follow_ups: Iterable[FollowUp], *, converted: Mapping[str, datetime]
) -> Mapping[tuple[str, int], StepFigures]:
    """Return what became of follow-ups, by sequence and step.

    Args:
        follow_ups: of any leads.
        converted: by lead, when it converted; counted at the last step that went out before.
    """
    counts: dict[tuple[str, int], Counter[str]] = {}
    last: dict[str, FollowUp] = {}
    for each in follow_ups:
        mine = counts.setdefault((each.sequence, each.step), Counter())
        mine.update(_reached(each))
        won_at = converted.get(each.lead_id)
        if won_at is not None and each.state in WENT_OUT and each.at <= won_at:
            last[each.lead_id] = max(each, last.get(each.lead_id, each), key=lambda found: found.at)
    for each in last.values():
        counts[each.sequence, each.step]["converted"] += 1
    return {step: StepFigures(**found) for step, found in sorted(counts.items())}


def _reached(each: FollowUp) -> list[str]:
    path = {
        "read": ["sent", "delivered", "read"],
        "delivered": ["sent", "delivered"],
        "sent": ["sent"],
        "unsure": ["sent"],
        "sending": ["sent"],
    }
    found = ["scheduled", *path.get(each.state, [each.state] if each.state != "scheduled" else [])]
    return [*found, "answered"] if each.answered_at is not None else found

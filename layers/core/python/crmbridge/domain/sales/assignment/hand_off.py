"""What a representative is handed with a lead, and whether they take it up in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from crmbridge.domain.sales.assignment.choice import Choice
from crmbridge.domain.sales.facts import Facts, is_known, number
from crmbridge.domain.sales.hours import Hours, after_open_time
from crmbridge.domain.sales.scoring.qualification import Qualification

Phase: TypeAlias = Literal["offered", "accepted", "contacted", "overdue"]

ACCEPT_WITHIN = timedelta(hours=1)
CONTACT_WITHIN = timedelta(hours=4)
HOT_CONTACT_WITHIN = timedelta(hours=1)
MEET_WITHIN = timedelta(hours=24)
"""All of them time at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """A lead with everything its new owner needs.

    Attributes:
        choice: who, with factors and confidence.
        qualification: score, criteria and behaviour.
        history: messages and activities as lines, oldest first.
        approach: what to do, in order.
        accept_by: until when the person has to accept it, or it goes to another.
        contact_by: until when the first contact has to be made.
        meet_by: until when a meeting should take place.
        sequence: name of the follow-up sequence that starts if the lead falls silent.
    """

    lead_id: str
    rep_id: str
    source: str
    choice: Choice
    qualification: Qualification
    history: tuple[str, ...]
    approach: tuple[str, ...]
    offered_at: datetime
    accept_by: datetime
    contact_by: datetime
    meet_by: datetime
    sequence: str


def hand_off(
    choice: Choice, qualification: Qualification, facts: Facts, *, hours: Hours, history: Sequence[str], now: datetime
) -> HandOff:
    """Return the package for the person who was chosen.

    Args:
        choice: with a person.
        qualification: of the lead.
        facts: of the lead; ``lead_id`` and ``lead_source`` among them.
        hours: of the person; deadlines count time at work.
        history: lines, oldest first.
        now: aware.
    """
    is_hot = qualification.status == "qualified"
    return HandOff(
        lead_id=str(facts.get("lead_id") or ""),
        rep_id=choice.rep_id,
        source=str(facts.get("lead_source") or "unknown"),
        choice=choice,
        qualification=qualification,
        history=tuple(history),
        approach=tuple(_approach(qualification, facts)),
        offered_at=now,
        accept_by=_by(hours, now, ACCEPT_WITHIN),
        contact_by=_by(hours, now, HOT_CONTACT_WITHIN if is_hot else CONTACT_WITHIN),
        meet_by=_by(hours, now, MEET_WITHIN),
        sequence="hot" if is_hot else "standard",
    )


def phase_of(
    package: HandOff, *, accepted_at: datetime | None, contacted_at: datetime | None, now: datetime
) -> tuple[Phase, str]:
    """Return how far a hand-off has come, and why it is overdue; an overdue lead goes to somebody else.

    Args:
        package: as it was handed over.
        accepted_at: when the person accepted it, ``None`` so far; a first contact accepts it too.
        contacted_at: when the first contact was made, ``None`` so far.
        now: aware.
    """
    if contacted_at is not None:
        return "contacted", ""
    if now >= package.contact_by:
        return "overdue", "no first contact was made in time"
    if accepted_at is not None:
        return "accepted", ""
    return ("overdue", "nobody accepted it in time") if now >= package.accept_by else ("offered", "")


def _by(hours: Hours, now: datetime, duration: timedelta) -> datetime:
    return after_open_time(hours, now, duration) or now + duration


def _approach(qualification: Qualification, facts: Facts) -> Iterator[str]:
    yield from (text for _, text in qualification.recommended)
    if is_known(facts.get("competitor")):
        discount = facts.get("current_discount")
        terms = f", who gives {discount}" if is_known(discount) else ""
        yield f"They talk to {facts['competitor']}{terms}: begin with what differs"
    if is_known(facts.get("solution_interest")):
        yield f"Open with {facts['solution_interest']}"
    seconds = number(facts.get("avg_response_time_s"))
    if seconds is not None and seconds < 60:
        yield "They answer within a minute: write rather than call first"
    missing = [each.name for each in qualification.criteria if not each.is_known]
    if missing:
        yield f"Find out: {', '.join(missing)}"

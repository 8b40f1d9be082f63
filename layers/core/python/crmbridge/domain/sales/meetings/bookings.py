"""A meeting from its booking to its end, and its place in a calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from crmbridge.domain.sales.meetings.slots import Busy, SlotRules, is_free
from crmbridge.errors import ConflictError

State: TypeAlias = Literal["scheduled", "confirmed", "cancelled", "held", "missed"]

NEXT: Mapping[State, frozenset[State]] = {
    "scheduled": frozenset({"confirmed", "cancelled", "held", "missed"}),
    "confirmed": frozenset({"cancelled", "held", "missed"}),
    "cancelled": frozenset(),
    "held": frozenset(),
    "missed": frozenset(),
}
LIVE: frozenset[State] = frozenset({"scheduled", "confirmed"})
FOLD_AT = 73
"""Octets of a calendar's line before it has to be folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting.

    Attributes:
        starts_at: aware.
        sequence: counts the changes, as calendars want to know them.
    """

    meeting_id: str
    lead_id: str
    rep_id: str
    title: str
    starts_at: datetime
    length_min: int
    state: State = "scheduled"
    sequence: int = 0

    @property
    def ends_at(self) -> datetime:
        """The moment after it."""
        return self.starts_at + timedelta(minutes=self.length_min)


def busy_of(meetings: Iterable[Meeting], *, without: str = "") -> tuple[Busy, ...]:
    """Return when somebody is busy, by meetings that take place; one may be left out, to be moved."""
    return tuple(
        (each.starts_at, each.ends_at) for each in meetings if each.state in LIVE and each.meeting_id != without
    )


def booked(rules: SlotRules, meeting: Meeting, others: Sequence[Meeting]) -> Meeting:
    """Return a meeting that may be stored, on the condition that the person's day has not changed since it was read.

    Args:
        rules: the workspace's.
        meeting: wanted.
        others: of the same person.

    Raises:
        ConflictError: somebody was quicker; offer other slots.
    """
    if not is_free(rules, meeting.starts_at, busy_of(others, without=meeting.meeting_id)):
        raise ConflictError(f"{meeting.rep_id} is not free at {meeting.starts_at.isoformat()} any more")
    return meeting


def moved(meeting: Meeting, state: State) -> Meeting:
    """Return a meeting in its next state.

    Raises:
        ConflictError: it is past that.
    """
    if state not in NEXT[meeting.state]:
        raise ConflictError(f"meeting {meeting.meeting_id} is {meeting.state} already, so not {state}")
    return replace(meeting, state=state, sequence=meeting.sequence + 1)


def rescheduled(rules: SlotRules, meeting: Meeting, starts_at: datetime, others: Sequence[Meeting]) -> Meeting:
    """Return a meeting at another time; it has to be confirmed again.

    Raises:
        ConflictError: it is over or cancelled, or the person is not free then.
    """
    if meeting.state not in LIVE:
        raise ConflictError(f"meeting {meeting.meeting_id} is {meeting.state} already, so it cannot be moved")
    wanted = replace(meeting, starts_at=starts_at, state="scheduled", sequence=meeting.sequence + 1)
    return booked(rules, wanted, others)


def calendar(meetings: Iterable[Meeting], *, name: str, now: datetime) -> str:
    """Return meetings as an iCalendar feed.

    Source: RFC 5545, sections 3.1 (folding), 3.3.11 (escaping) and 3.6.1 (events).

    Args:
        meetings: in any order; cancelled ones stay in the feed as cancelled, so that calendars take them out.
        name: of the feed, for people.
        now: aware.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//CRM Bridge//Meetings//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    for each in sorted(meetings, key=lambda found: (found.starts_at, found.meeting_id)):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{each.meeting_id}@crm-bridge",
            f"DTSTAMP:{_stamp(now)}",
            f"DTSTART:{_stamp(each.starts_at)}",
            f"DTEND:{_stamp(each.ends_at)}",
            f"SEQUENCE:{each.sequence}",
            f"STATUS:{_status(each.state)}",
            f"SUMMARY:{_escaped(each.title)}",
            "END:VEVENT",
        ]
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _status(state: State) -> str:
    return {"scheduled": "TENTATIVE", "cancelled": "CANCELLED"}.get(state, "CONFIRMED")


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> list[str]:
    parts = [""]
    for letter in line:
        if len((parts[-1] + letter).encode()) > FOLD_AT:
            parts.append(" ")
        parts[-1] += letter
    return parts

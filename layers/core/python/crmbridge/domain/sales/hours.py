"""Hours of the week in one time zone, through daylight-saving changes and holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from crmbridge.domain.sales.forms import Form
from crmbridge.domain.sales.zones import read_zone, zone

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CLOCK = re.compile(r"(?P<hour>\d{2}):(?P<minute>\d{2})")
LOOK_AHEAD_DAYS = 400

Span = tuple[int, int]
"""From one minute of the day to another, the second not included; 1,440 is the end of the day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When something may happen.

    Attributes:
        zone: IANA name; all that follows is local time there.
        week: spans by weekday, 0 for Monday; a day without any is closed. Spans of a day ascend and do not overlap.
        holidays: days that are closed.
    """

    zone: str
    week: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[date] = frozenset()


def every_day(zone: str, start_min: int, end_min: int, *, holidays: frozenset[date] = frozenset()) -> Hours:
    """Return the same hours for every day of the week."""
    return Hours(zone, dict.fromkeys(range(7), ((start_min, end_min),)), holidays)


def spans_on(hours: Hours, day: date) -> tuple[Span, ...]:
    """Return the spans of one day, none on a holiday."""
    return () if day in hours.holidays else hours.week.get(day.weekday(), ())


def is_open(hours: Hours, at: datetime) -> bool:
    """Tell whether a moment lies within the hours, by the clock on the wall there."""
    local = at.astimezone(zone(hours.zone))
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in spans_on(hours, local.date()))


def next_open(hours: Hours, at: datetime) -> datetime | None:
    """Return the first moment from ``at`` on that lies within the hours, in UTC.

    An opening that the clocks skip moves to the end of the gap; one that they repeat is its first occurrence.

    Returns:
        ``None`` where the hours do not open within the next 400 days.
    """
    if is_open(hours, at):
        return at.astimezone(UTC)
    for opens, _ in _openings(hours, at):
        if opens > at and is_open(hours, opens):
            return opens
    return None


def after_open_time(hours: Hours, at: datetime, duration: timedelta) -> datetime | None:
    """Return the moment when this much time within the hours has passed since ``at``, in UTC.

    Returns:
        ``None`` where that takes longer than the next 400 days.
    """
    left = duration
    for opens, closes in _openings(hours, at):
        starts = max(opens, at.astimezone(UTC))
        if closes - starts >= left:
            return starts + left
        left -= max(closes - starts, timedelta(0))
    return None


def moment(hours_zone: str, day: date, minute: int) -> datetime:
    """Return the UTC moment of a local minute of a day; 1,440 is the next midnight.

    A minute that the clocks skip is the end of the gap; one that they repeat is its first occurrence.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=zone(hours_zone)) + timedelta(minutes=minute)
    found = local.astimezone(UTC)
    is_skipped = found.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)
    return _gap_end(local.replace(fold=1).astimezone(UTC), found, hours_zone) if is_skipped else found


def _gap_end(before: datetime, after: datetime, hours_zone: str) -> datetime:
    """Return the first second after a change of the clocks that lies between two moments."""
    offset = before.astimezone(zone(hours_zone)).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone(hours_zone)).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _openings(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    first = at.astimezone(zone(hours.zone)).date()
    for day in (first + timedelta(days=count) for count in range(LOOK_AHEAD_DAYS)):
        for start, end in spans_on(hours, day):
            yield moment(hours.zone, day, start), moment(hours.zone, day, end)


def read_hours(form: Form) -> Hours:
    """Return hours as a workspace wrote them.

    For example ``{"zone": "America/Recife", "week": {"monday": ["09:00-12:00", "14:00-18:00"]}, "holidays":
    ["2027-12-25"]}``; a weekday that is not named is closed.
    """
    name = read_zone(form, "zone")
    week = form.one("week", _read_week)
    if not any(week.values()):
        form.wrong("week", "must open on at least one day")
    return Hours(name, week, read_holidays(form))


def read_holidays(form: Form) -> frozenset[date]:
    """Return the closed days that a workspace wrote, as ``2027-12-25``."""
    days: set[date] = set()
    for place, text in enumerate(form.texts("holidays", most=1000)):
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            form.wrong(f"holidays[{place}]", f"must be a day such as 2027-12-25, not {text!r}")
    return frozenset(days)


def _read_week(form: Form) -> dict[int, tuple[Span, ...]]:
    week: dict[int, tuple[Span, ...]] = {}
    for number, name in enumerate(DAYS):
        spans = [_span(form, f"{name}[{place}]", text) for place, text in enumerate(form.texts(name, most=6))]
        if any(before[1] > after[0] for before, after in pairwise(spans)):
            form.wrong(name, "must have its spans in order, none over another")
        week[number] = tuple(spans)
    return week


def _span(form: Form, name: str, text: str) -> Span:
    start, _, end = text.partition("-")
    found = minute_of(start), minute_of(end)
    if found[0] is None or found[1] is None or found[0] >= found[1]:
        form.wrong(name, f"must be two times of one day such as 09:00-18:00, the first one earlier, not {text!r}")
        return 0, 1
    return found[0], found[1]


def minute_of(text: str) -> int | None:
    """Return the minute of the day of a time such as ``09:30``, or ``None`` where it is none.

    Example:
        >>> minute_of("09:30"), minute_of("24:00"), minute_of("9h")
        (570, 1440, None)
    """
    match = CLOCK.fullmatch(text.strip())
    minute = int(match["hour"]) * 60 + int(match["minute"]) if match and int(match["minute"]) < 60 else 9999
    return minute if minute <= 1440 else None

"""Free slots: the workspace's times of day, where no meeting, holiday or night of the clocks is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crmbridge.domain.sales.forms import Form, read
from crmbridge.domain.sales.hours import DAYS, minute_of, moment, read_holidays
from crmbridge.domain.sales.zones import read_zone, zone

Busy = tuple[datetime, datetime]
"""From one moment to another, aware, the second not included."""

FOUNDING = ("09:00", "10:00", "11:00", "14:00", "15:00", "16:00", "17:00")
WORKDAYS = DAYS[:5]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """When meetings may begin.

    Attributes:
        zone: IANA name of the workspace.
        starts_min: minutes of the day, ascending.
        weekdays: 0 for Monday.
        length_min: of a meeting.
        notice_min: a slot sooner than this is not offered.
    """

    zone: str
    starts_min: tuple[int, ...] = (540, 600, 660, 840, 900, 960, 1020)
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()
    length_min: int = 60
    notice_min: int = 120


def free_slots(
    rules: SlotRules, first: date, days: int, *, busy: Sequence[Busy], now: datetime
) -> tuple[datetime, ...]:
    """Return when meetings may begin, in UTC, ascending.

    Args:
        rules: the workspace's.
        first: day in the workspace's zone.
        days: how many from it on.
        busy: meetings and absences of the person, of whatever length.
        now: aware.
    """
    wanted = (first + timedelta(days=count) for count in range(days))
    starts = (moment(rules.zone, day, minute) for day in wanted for minute in rules.starts_min if _is_open(rules, day))
    earliest = now + timedelta(minutes=rules.notice_min)
    return tuple(sorted({at for at in starts if at >= earliest and is_free(rules, at, busy) and _is_start(rules, at)}))


def is_free(rules: SlotRules, at: datetime, busy: Sequence[Busy]) -> bool:
    """Tell whether a meeting that begins at a moment would overlap none of somebody's others."""
    ends = at + timedelta(minutes=rules.length_min)
    return all(ends <= start or at >= end for start, end in busy)


def _is_open(rules: SlotRules, day: date) -> bool:
    return day.weekday() in rules.weekdays and day not in rules.holidays


def _is_start(rules: SlotRules, at: datetime) -> bool:
    """Tell whether the clock on the wall shows a slot; one that the clocks skip is none."""
    local = at.astimezone(zone(rules.zone))
    return local.hour * 60 + local.minute in rules.starts_min


def slots_from(data: object) -> SlotRules:
    """Return a workspace's slots, as ``{"zone": "America/Recife", "starts": ["09:00"], "length_min": 60}``.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_rules)


def _read_rules(form: Form) -> SlotRules:
    starts: list[int] = []
    for place, text in enumerate(form.texts("starts", default=FOUNDING, most=96)):
        minute = minute_of(text)
        if minute is None or minute == 1440 or (starts and minute <= starts[-1]):
            form.wrong(f"starts[{place}]", f"must be a time such as 09:00, later than the one before, not {text!r}")
        else:
            starts.append(minute)
    days = form.texts("weekdays", default=WORKDAYS)
    for place, name in enumerate(days):
        if name not in DAYS:
            form.wrong(f"weekdays[{place}]", f"must be one of {', '.join(DAYS)}, not {name!r}")
    return SlotRules(
        zone=read_zone(form, "zone"),
        starts_min=tuple(starts),
        weekdays=frozenset(DAYS.index(name) for name in days if name in DAYS),
        holidays=read_holidays(form),
        length_min=form.whole("length_min", low=5, high=600, default=60),
        notice_min=form.whole("notice_min", low=0, high=43_200, default=120),
    )

"""No message at night: hours of the recipient's own clock, outside which nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from crmbridge.domain.sales.forms import Form, read
from crmbridge.domain.sales.hours import DAYS, Hours, Span, is_open, minute_of, moment, next_open, read_holidays
from crmbridge.domain.sales.zones import zone

Purpose: TypeAlias = Literal["selling", "transactional"]

CONFIRMS_AT_MIN = 8 * 60
EVENING_BEFORE_MIN = 18 * 60
LEAST_NOTICE = timedelta(minutes=30)
"""Before a meeting; a question that comes later helps nobody."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a workspace may write, by the recipient's clock; the rest is quiet.

    Attributes:
        selling: from one minute of the day to another, for everything that sells.
        transactional: the same for what somebody waits for, such as the confirmation of a meeting.
        weekdays: on which selling is allowed, 0 for Monday.
        holidays: days without selling.
    """

    selling: Span = (9 * 60, 21 * 60)
    transactional: Span = (8 * 60, 21 * 60)
    weekdays: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()

    def hours(self, purpose: Purpose, zone_name: str) -> Hours:
        """Return the hours of one purpose for recipients of one zone."""
        if purpose == "transactional":
            return Hours(zone_name, dict.fromkeys(range(7), (self.transactional,)))
        return Hours(zone_name, dict.fromkeys(self.weekdays, (self.selling,)), self.holidays)


def may_send(rules: QuietHours, purpose: Purpose, zone_name: str, at: datetime) -> bool:
    """Tell whether a message may be sent at a moment; asked again right before each sending."""
    return is_open(rules.hours(purpose, zone_name), at)


def next_send(rules: QuietHours, purpose: Purpose, zone_name: str, *, due: datetime) -> datetime | None:
    """Return the first moment from ``due`` on at which a message may be sent, in UTC.

    Returns:
        ``None`` where the workspace's holidays leave no day within the next 400.
    """
    return next_open(rules.hours(purpose, zone_name), due)


def confirmation_at(rules: QuietHours, meeting_at: datetime, zone_name: str, *, now: datetime) -> datetime | None:
    """Return when a meeting is to be confirmed: at 08:00 of its day, by the recipient's clock.

    A meeting too early for that is confirmed at 18:00 of the day before; one that was booked later than its
    confirmation is confirmed at once.

    Returns:
        ``None`` where less than half an hour is left, or the rest of the time is quiet.
    """
    day = meeting_at.astimezone(zone(zone_name)).date()
    wanted = moment(zone_name, day, CONFIRMS_AT_MIN)
    if meeting_at - wanted < LEAST_NOTICE:
        wanted = moment(zone_name, day - timedelta(days=1), EVENING_BEFORE_MIN)
    found = next_send(rules, "transactional", zone_name, due=max(wanted, now))
    return found if found is not None and meeting_at - found >= LEAST_NOTICE else None


def quiet_hours_from(data: object) -> QuietHours:
    """Return a workspace's hours, as ``{"selling": "09:00-21:00", "weekdays": ["monday"], "holidays": []}``.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_rules)


def _read_rules(form: Form) -> QuietHours:
    default = QuietHours()
    days = form.texts("weekdays", default=DAYS)
    for place, name in enumerate(days):
        if name not in DAYS:
            form.wrong(f"weekdays[{place}]", f"must be one of {', '.join(DAYS)}, not {name!r}")
    if not days:
        form.wrong("weekdays", "must name at least one day")
    return QuietHours(
        _read_span(form, "selling", "09:00-21:00", default.selling),
        _read_span(form, "transactional", "08:00-21:00", default.transactional),
        frozenset(DAYS.index(name) for name in days if name in DAYS),
        read_holidays(form),
    )


def _read_span(form: Form, name: str, words: str, default: Span) -> Span:
    text = form.text(name, default=words, most=20)
    first, _, last = text.partition("-")
    start, end = minute_of(first), minute_of(last)
    if start is None or end is None or start >= end:
        form.wrong(name, f"must be two times of one day such as {words}, the first one earlier, not {text!r}")
        return default
    return start, end

"""Date literals such as ``TODAY`` and ``LAST_N_DAYS:3``: days from, days to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

_DAY = timedelta(days=1)


def days_of(literal: str, today: date) -> tuple[date, date] | None:
    """Return the first day and the day after the last; ``None`` if a number is missing.

    Args:
        literal: in capitals, with ``:n`` where it takes one.
        today: the org's calendar day.

    Example:
        >>> days_of("YESTERDAY", date(2026, 3, 1))
        (datetime.date(2026, 2, 28), datetime.date(2026, 3, 1))
    """
    name, _, count = literal.partition(":")
    if name in _COUNTED:
        return _COUNTED[name](today, int(count)) if count else None
    return _FIXED[name](today) if not count else None


def _week(today: date, shift: int) -> tuple[date, date]:
    start = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=shift)
    return start, start + timedelta(weeks=1)


def _month(today: date, shift: int) -> tuple[date, date]:
    return _first_of(today, shift), _first_of(today, shift + 1)


def _first_of(today: date, shift: int) -> date:
    months = today.year * 12 + today.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


def _year(today: date, shift: int) -> tuple[date, date]:
    return date(today.year + shift, 1, 1), date(today.year + shift + 1, 1, 1)


_COUNTED: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "LAST_N_DAYS": lambda today, count: (today - count * _DAY, today + _DAY),
    "NEXT_N_DAYS": lambda today, count: (today + _DAY, today + (count + 1) * _DAY),
    "N_DAYS_AGO": lambda today, count: (today - count * _DAY, today - (count - 1) * _DAY),
}
_FIXED: dict[str, Callable[[date], tuple[date, date]]] = {
    "YESTERDAY": lambda today: (today - _DAY, today),
    "TODAY": lambda today: (today, today + _DAY),
    "TOMORROW": lambda today: (today + _DAY, today + 2 * _DAY),
    "LAST_WEEK": lambda today: _week(today, -1),
    "THIS_WEEK": lambda today: _week(today, 0),
    "NEXT_WEEK": lambda today: _week(today, 1),
    "LAST_MONTH": lambda today: _month(today, -1),
    "THIS_MONTH": lambda today: _month(today, 0),
    "NEXT_MONTH": lambda today: _month(today, 1),
    "LAST_90_DAYS": lambda today: (today - 90 * _DAY, today + _DAY),
    "NEXT_90_DAYS": lambda today: (today + _DAY, today + 91 * _DAY),
    "LAST_YEAR": lambda today: _year(today, -1),
    "THIS_YEAR": lambda today: _year(today, 0),
    "NEXT_YEAR": lambda today: _year(today, 1),
}

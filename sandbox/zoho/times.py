"""Times as the vendor writes and reads them: to the second, in somebody's time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d|Z)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def shown(at_s: int, zone: str) -> str:
    """Return a moment as the person in ``zone`` sees it.

    Example:
        >>> shown(0, "Asia/Kolkata")
        '1970-01-01T05:30:00+05:30'
    """
    return datetime.fromtimestamp(at_s, ZoneInfo(zone)).isoformat(timespec="seconds")


def seconds(value: object) -> int | None:
    """Read a moment with its offset and without a fraction; ``None`` for anything else.

    Example:
        >>> seconds("1970-01-01T00:00:01+00:00"), seconds("1970-01-01T00:00:01.000Z"), seconds("1970-01-01")
        (1, None, None)
    """
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return int(datetime.fromisoformat(value).astimezone(UTC).timestamp())
    except (OverflowError, ValueError):
        return None


def is_day(value: object) -> bool:
    """Tell whether a value is a calendar day.

    Example:
        >>> is_day("2026-02-28"), is_day("2026-02-30"), is_day("28.02.2026")
        (True, False, False)
    """
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True

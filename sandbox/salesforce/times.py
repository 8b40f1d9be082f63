"""Dates and times as Salesforce reads and writes them: whole seconds, UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

_DATETIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def stamp(moment: datetime) -> str:
    """Write a time as records hold it; such texts sort by time.

    Example:
        >>> stamp(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
        '2026-03-01T09:30:00.000+0000'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def event_stamp(moment_text: str) -> str:
    """Rewrite a record's time as events and outbound messages spell it."""
    return moment_text.replace("+0000", "Z")


def read_datetime(text: str, *, needs_zone: bool = False) -> datetime | None:
    """Read a time with an optional zone (UTC without), fractions dropped.

    Args:
        text: as a client wrote it.
        needs_zone: refuse a time without a zone, as SOQL does.

    Returns:
        An aware time in UTC, ``None`` for malformed text.
    """
    found = _DATETIME.match(text)
    if found is None or (needs_zone and found[7] is None):
        return None
    parts = [int(part or 0) for part in found.groups()[:6]]
    try:
        return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=_zone(found[7])).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def read_date(text: str) -> date | None:
    """Read ``YYYY-MM-DD``; ``None`` for anything else."""
    if not _DATE.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

"""How the account writes times: ISO 8601 in its own offset, without fractions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

OFFSET = timezone(timedelta(hours=-3))
"""The account lives in São Paulo."""


def iso(moment_ms: int) -> str:
    """Return a time as the account writes it.

    Example:
        >>> iso(0)
        '1969-12-31T21:00:00-03:00'
    """
    return datetime.fromtimestamp(moment_ms // 1000, OFFSET).isoformat()


def parse_ms(text: object) -> int:
    """Read a date or a time; one without an offset is the account's.

    Raises:
        ValueError: it is neither.
    """
    found = datetime.fromisoformat(str(text))
    moment = found if found.tzinfo else found.replace(tzinfo=OFFSET)
    return round(moment.astimezone(UTC).timestamp() * 1000)

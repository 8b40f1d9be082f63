"""Times as Dataverse tells them: whole seconds, UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})")


def stamp(moment: datetime) -> str:
    """Return a moment to the second.

    Example:
        >>> stamp(datetime(2026, 3, 1, 9, 5, 7, 999, tzinfo=UTC))
        '2026-03-01T09:05:07Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """Return the moment a literal names.

    Raises:
        ValueError: not ISO 8601 with an offset.
    """
    if not _FORM.fullmatch(text):
        raise ValueError(f"{text!r} is no Edm.DateTimeOffset")
    return datetime.fromisoformat(text)


def day(text: str) -> str:
    """Return a calendar day as it is.

    Raises:
        ValueError: not YYYY-MM-DD.
    """
    if len(text) != len("YYYY-MM-DD"):
        raise ValueError(f"{text!r} is no Edm.Date")
    return date.fromisoformat(text).isoformat()


def wire_date(text: str) -> str:
    """Return a stored time as webhooks carry it.

    Example:
        >>> wire_date("1970-01-01T00:00:01Z")
        '/Date(1000)/'
    """
    return f"/Date({int((parsed(text) - _EPOCH).total_seconds() * 1000)})/"

"""How new a CRM's version of a record is, where it can be told."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def version_ms(version: str) -> int:
    """Return a version's modified time in epoch milliseconds, 0 where it holds none.

    Understands epoch milliseconds and ISO 8601, and leaves out whatever follows a ``#``.

    Example:
        >>> version_ms("1763721000000"), version_ms("2025-11-21T10:30:00.000+0000#a1"), version_ms('W/"77"')
        (1763721000000, 1763721000000, 0)
    """
    text = version.partition("#")[0]
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)

"""Times in the vendor's spellings."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

_MS = 1000


def iso(ms: int) -> str:
    """Spell milliseconds as the vendor answers them: UTC, no fraction if it is zero.

    Example:
        >>> iso(1773300762188), iso(1798675200000)
        ('2026-03-12T07:32:42.188Z', '2026-12-31T00:00:00Z')
    """
    moment = datetime.fromtimestamp(ms / _MS, UTC)
    fraction = f".{ms % _MS:03d}" if ms % _MS else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


@lru_cache(maxsize=65_536)
def parse_iso(text: str) -> int | None:
    """Read ISO 8601 with a zone into milliseconds; ``None`` if it is anything else.

    Example:
        >>> parse_iso("2026-12-31T00:00:00Z"), parse_iso("2026-12-31T00:00:00")
        (1798675200000, None)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return round(moment.timestamp() * _MS)

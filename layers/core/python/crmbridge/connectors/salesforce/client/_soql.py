"""SOQL text: literals that cannot break out, and lists cut to what one URL holds.

Source: Salesforce SOQL guide, quoted strings, reserved characters and date formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

URL_MAX = 12_000
"""Characters of an encoded query; the whole request line and headers may have 16,384 bytes there."""

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
_ESCAPED = str.maketrans(_ESCAPES)
_LIKE_ESCAPED = str.maketrans({**_ESCAPES, "%": "\\%", "_": "\\_"})
_UNSTORABLE = re.compile(r"[\x00-\x07\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def text(value: str) -> str:
    r"""Return a quoted literal; control characters, which no field holds, are dropped.

    Example:
        >>> print(text("O'Hara \\ Sons"))
        'O\'Hara \\ Sons'
    """
    return "'" + _UNSTORABLE.sub("", value).translate(_ESCAPED) + "'"


def like(value: str) -> str:
    r"""Return text for the inside of a LIKE literal, its own wildcards escaped.

    Example:
        >>> print(like("50%_off"))
        50\%\_off
    """
    return _UNSTORABLE.sub("", value).translate(_LIKE_ESCAPED)


def moment(at: datetime) -> str:
    """Return a datetime literal, rounded down to the second, which is as fine as Salesforce stores.

    Example:
        >>> moment(datetime(2026, 3, 1, 9, 30, 0, 999, tzinfo=UTC))
        '2026-03-01T09:30:00Z'
    """
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def select(fields: Sequence[str], source: str) -> str:
    """Return the beginning of a query; names come from describes and from this connector, never from records.

    Example:
        >>> select(["Id", "Name"], "Account")
        'SELECT Id, Name FROM Account'
    """
    return " ".join(("SELECT", ", ".join(fields), "FROM", source))


def one_of(field: str, values: Sequence[str]) -> str:
    """Return a condition that a field has one of some values, at least one.

    Example:
        >>> one_of("Id", ["003A", "003B"])
        "Id IN ('003A','003B')"
    """
    return f"{field} IN ({','.join(text(value) for value in values)})"


def cut(values: Sequence[str], query: Callable[[Sequence[str]], str]) -> Iterator[str]:
    """Yield queries that together ask for all values, each short enough for a URL.

    Args:
        values: 0..n; a single one that alone makes too long a query is left out: no field holds such a value.
        query: makes the query for some of the values.

    Example:
        >>> list(cut(["a", "b"], lambda some: f"SELECT Id FROM Lead WHERE {one_of('Email', some)}"))
        ["SELECT Id FROM Lead WHERE Email IN ('a','b')"]
    """
    pending = [values] if values else []
    while pending:
        some = pending.pop()
        made = query(some)
        if len(quote(made)) <= URL_MAX:
            yield made
        elif len(some) > 1:
            middle = len(some) // 2
            pending += [some[middle:], some[:middle]]

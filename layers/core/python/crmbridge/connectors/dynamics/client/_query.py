"""Pieces of query options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from crmbridge.connectors import _values as values

TEXT_MAX = 20_000
"""Escaped letters of one filter: an address has at most 32 KB."""


def text(value: str) -> str:
    """Return a text literal.

    Example:
        >>> text("O'Brien")
        "'O''Brien'"
    """
    return "'" + value.replace("'", "''") + "'"


def one_of(name: str, wanted: Iterable[str]) -> str:
    """Return the condition that a column holds one of some values.

    Example:
        >>> one_of("contactid", ["a", "b"])
        "Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=['a','b'])"
    """
    listed = ",".join(text(each) for each in wanted)
    return f"Microsoft.Dynamics.CRM.In(PropertyName='{name}',PropertyValues=[{listed}])"


def moment(at: datetime) -> str:
    """Return a literal of a moment, rounded down to the second."""
    return values.moment_text(at)


def wild(value: str) -> str:
    """Return a text in which no letter stands for others."""
    return "".join(f"[{each}]" if each in "%_[" else each for each in value)


def cut(wanted: Sequence[str], write: Callable[[Sequence[str]], str]) -> Iterator[str]:
    """Yield filters of a length that fits into an address, over all values."""
    start, step = 0, len(wanted)
    while start < len(wanted):
        found = write(wanted[start : start + step])
        if len(quote(found)) > TEXT_MAX and step > 1:
            step = max(1, step // 2)
            continue
        yield found
        start += step

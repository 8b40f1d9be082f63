"""The query language, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

IN_MAX = 50
"""Values of one ``in``; newer pages say 100. Source: Zoho CRM, COQL limitations."""

LIMIT = 200


def text(value: str) -> str:
    """Return a value in quotes.

    Example:
        >>> text("O'Brien")
        "'O''Brien'"
    """
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def moment(value: datetime) -> str:
    """Return a moment in quotes, to the second, rounded down."""
    return f"'{value.astimezone(UTC).isoformat(timespec='seconds')}'"


def one_of(name: str, values: Iterable[str]) -> str:
    """Return the condition that a field holds one of some values."""
    return f"({name} in ({', '.join(text(each) for each in values)}))"


def either(conditions: Sequence[str]) -> str:
    """Join conditions two by two: more than two side by side are refused.

    Example:
        >>> either(["(a = 1)", "(b = 2)", "(c = 3)"])
        '(((a = 1) or (b = 2)) or (c = 3))'
    """
    joined = conditions[0]
    for each in conditions[1:]:
        joined = f"({joined} or {each})"
    return joined


def select(module: str, where: str, *, order: str = "id asc", columns: str = "id, Modified_Time") -> str:
    """Return a query for one page."""
    return f"select {columns} from {module} where {where} order by {order} limit {LIMIT}"  # noqa: S608 - values are quoted

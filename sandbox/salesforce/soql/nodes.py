"""A parsed query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Path:
    """A field, maybe of a related record: ``Account.Owner.Name``."""

    names: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``COUNT(Id) total``; ``path`` is ``None`` in ``COUNT()``."""

    function: str
    path: Path | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class AllFields:
    """``FIELDS(ALL)``, ``FIELDS(STANDARD)`` or ``FIELDS(CUSTOM)``."""

    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a condition.

    Attributes:
        kind: string, number, boolean, null, date, datetime or range (``LAST_N_DAYS:3``).
        value: read already, times still as text.
        text: as written.
    """

    kind: str
    value: Any
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path operator operand``; a list for IN and NOT IN, a query for a semi-join."""

    path: Path
    operator: str
    operand: Literal | tuple[Literal, ...] | Query


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND or by OR."""

    kind: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """``NOT condition``."""

    part: Condition


Condition = Comparison | Junction | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One member of ORDER BY."""

    path: Path
    descending: bool
    nulls_first: bool


@dataclass(slots=True)
class Query:
    """A query or subquery; ``source`` names the object, or the children's relationship."""

    text: str
    select: list[Path | Aggregate | AllFields | Query]
    source: str
    source_position: int
    alias: str | None = None
    where: Condition | None = None
    group_by: list[Path] = field(default_factory=list[Path])
    order_by: list[Order] = field(default_factory=list[Order])
    limit: int | None = None
    offset: int | None = None
    all_rows: bool = False

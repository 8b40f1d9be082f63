"""What an organization's definitions say of a table's columns, as far as the mapping needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice; ``state`` is told of statuses only."""

    value: int
    label: str
    state: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One column.

    Attributes:
        type: such as ``String``, ``Picklist``, ``DateTime``.
        max_length: characters, 0 where the type has none.
        is_writable: may be written on create and on update.
    """

    name: str
    type: str
    label: str = ""
    max_length: int = 0
    precision: int = 0
    low: float = 0.0
    high: float = 0.0
    format: str = ""
    options: tuple[Option, ...] = ()
    is_writable: bool = True
    is_custom: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a table."""

    shapes: Mapping[str, Shape] = field(default_factory=dict[str, Shape])

    def writable(self, name: str) -> Shape | None:
        """Return a column that may be written, ``None`` otherwise."""
        shape = self.shapes.get(name)
        return shape if shape is not None and shape.is_writable else None

    def options(self, name: str) -> tuple[Option, ...]:
        """Return a choice's options."""
        shape = self.shapes.get(name)
        return () if shape is None else shape.options

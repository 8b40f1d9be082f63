"""What was measured, as lines of a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        name: what it is; begins with two blanks where it is part of the figure above.
        value: in ``unit``.
        floor: the same of the least that could do the work, measured in the same run, or ``None``.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor it is, or ``None`` without a floor."""
        return None if not self.floor else self.value / self.floor

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        ratio = self.ratio
        return {**asdict(self), "name": self.name.strip(), "ratio": None if ratio is None else round(ratio, 3)}


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together.

    Attributes:
        notes: what one must know to read them.
        skipped: why there are none, or empty.
        failed: what went wrong while measuring, or empty.
    """

    title: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""
    failed: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        figures = [each.as_json() for each in self.figures]
        return {**asdict(self), "figures": figures, "seconds": round(self.seconds, 1)}


def table(section: Section) -> str:
    """Return a section as text, values right-aligned, ratios last.

    Example:
        >>> print(table(Section("Speed", (Figure("floor", 4.0, "µs"), Figure("ours", 10.0, "µs", 4.0)))))
        Speed
          floor   4.00 µs
          ours   10.00 µs   2.50 x floor
    """
    lines = [section.title]
    for word, why in (("skipped", section.skipped), ("FAILED", section.failed)):
        if why:
            return f"{section.title}\n  {word}: {why}"
    names = max((len(each.name) for each in section.figures), default=0)
    values = max((len(_number(each.value)) for each in section.figures), default=0)
    units = max((len(each.unit) for each in section.figures), default=0)
    for each in section.figures:
        ratio = "" if each.ratio is None else f"   {each.ratio:.2f} x floor"
        line = f"  {each.name:<{names}}  {_number(each.value):>{values}} {each.unit:<{units}}{ratio}"
        lines.append(line.rstrip())
    lines += [f"  ({note})" for note in section.notes]
    return "\n".join(lines)


def report(sections: Sequence[Section]) -> dict[str, Any]:
    """Return all sections as JSON-ready values."""
    return {"sections": [each.as_json() for each in sections]}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"

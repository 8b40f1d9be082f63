"""Conditions that people write: a field, an operator, a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from crmbridge.domain.sales.facts import Fact, Facts, is_known, number, plain
from crmbridge.domain.sales.forms import Form


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; an unknown fact meets only ``is_unknown``, ``not_equals``, ``not_one_of`` and ``not_contains``.

    Attributes:
        field: name of the fact.
        operator: one of ``OPERATORS``.
        value: what the fact is compared with; a tuple for ``one_of`` and ``not_one_of``, ``None`` where none is needed.
    """

    field: str
    operator: str
    value: Fact = None

    def __str__(self) -> str:
        shown = ", ".join(self.value) if isinstance(self.value, tuple) else self.value
        words = self.operator.replace("_", " ")
        return f"{self.field} {words}" if self.value is None else f"{self.field} {words} {shown}"


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether one condition is met.

    Numbers are compared as numbers, also where a record holds them as text; words without case and accents.

    Example:
        >>> holds(Condition("score", "at_least", 70), {"score": "70.0"})
        True
    """
    return OPERATORS[condition.operator](facts.get(condition.field), condition.value)


def all_hold(conditions: Sequence[Condition], facts: Facts) -> bool:
    """Tell whether every condition is met; no conditions are always met."""
    return all(holds(each, facts) for each in conditions)


def _same(mine: Fact, theirs: Fact) -> bool:
    if isinstance(mine, bool) or isinstance(theirs, bool):
        return mine is theirs
    left, right = number(mine), number(theirs)
    if left is not None and right is not None:
        return left == right
    return isinstance(mine, str) and isinstance(theirs, str) and plain(mine) == plain(theirs)


def _contains(mine: Fact, theirs: Fact) -> bool:
    if isinstance(mine, tuple):
        return any(_same(each, theirs) for each in mine)
    return isinstance(mine, str) and isinstance(theirs, str) and plain(theirs) in plain(mine)


def _one_of(mine: Fact, theirs: Fact) -> bool:
    return isinstance(theirs, tuple) and any(_same(mine, each) or _contains_exactly(mine, each) for each in theirs)


def _contains_exactly(mine: Fact, word: str) -> bool:
    return isinstance(mine, tuple) and any(_same(each, word) for each in mine)


def _ordered(is_right: Callable[[int], bool]) -> Callable[[Fact, Fact], bool]:
    def compare(mine: Fact, theirs: Fact) -> bool:
        left, right = number(mine), number(theirs)
        return left is not None and right is not None and is_right((left > right) - (left < right))

    return compare


OPERATORS: Mapping[str, Callable[[Fact, Fact], bool]] = {
    "equals": _same,
    "not_equals": lambda mine, theirs: not _same(mine, theirs),
    "greater_than": _ordered(lambda sign: sign > 0),
    "at_least": _ordered(lambda sign: sign >= 0),
    "less_than": _ordered(lambda sign: sign < 0),
    "at_most": _ordered(lambda sign: sign <= 0),
    "contains": _contains,
    "not_contains": lambda mine, theirs: not _contains(mine, theirs),
    "one_of": _one_of,
    "not_one_of": lambda mine, theirs: not _one_of(mine, theirs),
    "is_known": lambda mine, _theirs: is_known(mine),
    "is_unknown": lambda mine, _theirs: not is_known(mine),
}
"""By name, what compares a fact with the condition's value."""

_ORDERING = {"greater_than", "at_least", "less_than", "at_most"}


def read_condition(form: Form) -> Condition:
    """Return a condition as a workspace wrote it: ``{"field", "operator", "value"}``."""
    field, operator = form.text("field", most=60), form.choice("operator", OPERATORS)
    value = form.raw("value")
    if operator in {"is_known", "is_unknown"}:
        if value is not None:
            form.wrong("value", f"is not needed by {operator}")
        return Condition(field, operator)
    if operator.endswith("one_of"):
        return Condition(field, operator, _words(form))
    if operator in _ORDERING and (isinstance(value, bool) or number(cast("Fact", value)) is None):
        form.wrong("value", f'must be a number for {operator}, decimals as text such as "0.5"')
    elif not isinstance(value, str | int | bool):
        form.wrong("value", "must be a text, a whole number, true or false")
    return Condition(field, operator, value if isinstance(value, str | int | bool) else None)


def _words(form: Form) -> tuple[str, ...]:
    words = form.texts("value")
    if not words:
        form.wrong("value", "must hold at least one text")
    return words

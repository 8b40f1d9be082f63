"""One filter of a search: validated by its property's type, then applied to snapshots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

from sandbox.hubspot.errors import VendorError, invalid_input
from sandbox.hubspot.object_types import find_object_type
from sandbox.hubspot.property_types import Property
from sandbox.hubspot.records import ObjectTable
from sandbox.hubspot.times import parse_iso

OPERATORS = frozenset(
    {
        "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY",
        "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN",
    }
)  # fmt: skip
_TOKEN = re.compile(r"[^\s@.,;:/\-_()]+")
_INTEGER = re.compile(r"-?\d+\Z")
_ASSOCIATED = "associations."

Snapshot = Mapping[str, str]
Linked = Callable[[str, str], set[str]]
Comparable = float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A validated filter.

    Attributes:
        name: the property; the object type (plural) for a filter by association.
        kind: the property's type, ``association`` for a filter by association.
        operands: values in comparable form: numbers and times as floats, texts in lower case.
        raw: the operands as they came, for ``IN`` on texts.
    """

    name: str
    kind: str
    operator: str
    operands: tuple[Comparable, ...] = ()
    raw: tuple[str, ...] = field(default=())

    def holds(self, record_id: str, snapshot: Snapshot, linked: Linked) -> bool:
        """Tell whether a record satisfies the filter."""
        if self.kind == "association":
            ids = linked(record_id, self.name)
            hit = bool(ids & set(self.raw))
            return hit is (self.operator in {"EQ", "IN"})
        text = snapshot.get(self.name, "")
        if self.operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
            return bool(text) is (self.operator == "HAS_PROPERTY")
        if not text:
            return self.operator in {"NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN"}
        return _TESTS[self.operator](self, text)


def parse_condition(table: ObjectTable, raw: Mapping[str, Any]) -> Condition:
    """Validate one filter.

    Raises:
        VendorError: 400 for an unknown property or operator, or operands of the wrong kind.
    """
    name, operator = str(raw.get("propertyName") or ""), str(raw.get("operator") or "")
    if operator not in OPERATORS:
        raise invalid_input(f"Invalid input JSON: unknown filter operator {operator!r}")
    values = _operands(raw, operator)
    if name.startswith(_ASSOCIATED):
        target = find_object_type(name.removeprefix(_ASSOCIATED))
        if target is None or operator not in {"EQ", "NEQ", "IN", "NOT_IN"}:
            raise _problem(name, "cannot be filtered like this")
        return Condition(name=target.name, kind="association", operator=operator, raw=tuple(values))
    definition = table.definitions.get(name)
    if definition is None:
        raise _problem(name, "does not exist")
    operands = tuple(_comparable(definition, value) for value in values)
    return Condition(name=name, kind=definition.kind, operator=operator, operands=operands, raw=tuple(values))


def sort_value(kind: str, text: str) -> tuple[bool, Comparable]:
    """Return a sort key for a stored value; records without one come first."""
    return (False, 0.0) if not text else (True, _stored(kind, text))


def _operands(raw: Mapping[str, Any], operator: str) -> list[str]:
    name = raw.get("propertyName")
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return []
    if operator in {"IN", "NOT_IN"}:
        values: object = raw.get("values")
        if not isinstance(values, list) or not values:
            raise _problem(name, f"needs a list called values with {operator}")
        return [str(value) for value in cast("list[object]", values)]
    wanted = ("value", "highValue") if operator == "BETWEEN" else ("value",)
    missing = [key for key in wanted if str(raw.get(key) or "") == "" and raw.get(key) != 0]
    if missing:
        raise _problem(name, f"needs {' and '.join(missing)} with {operator}")
    return [str(raw[key]) for key in wanted]


def _comparable(definition: Property, value: str) -> Comparable:
    if definition.kind == "number":
        try:
            return float(value)
        except ValueError:
            raise _problem(definition.name, f"is a number; {value} is not") from None
    if definition.kind in {"datetime", "date"}:
        return _time_operand(definition, value)
    return value.lower()


def _time_operand(definition: Property, value: str) -> float:
    text = f"{value}T00:00:00Z" if definition.kind == "date" and len(value) == len("2026-01-31") else value
    ms = int(text) if _INTEGER.match(text) else parse_iso(text)
    if ms is None:
        raise _problem(definition.name, f"is a {definition.kind}; {value} is not epoch milliseconds")
    return float(ms)


def _stored(kind: str, text: str) -> Comparable:
    if kind == "number":
        return float(text)
    if kind in {"datetime", "date"}:
        return float(parse_iso(text if "T" in text else f"{text}T00:00:00Z") or 0)
    return text.lower()


def _parts(condition: Condition, text: str) -> set[Comparable]:
    if condition.kind == "enumeration":
        return {_stored(condition.kind, part) for part in text.split(";")}
    return {_stored(condition.kind, text)}


def _is_in(condition: Condition, text: str) -> bool:
    if condition.kind == "string":
        return text.lower() in condition.raw
    return bool(_parts(condition, text) & set(condition.operands))


def _has_token(condition: Condition, text: str) -> bool:
    pattern = str(condition.operands[0])
    lowered = text.lower()
    return any(fnmatchcase(token, pattern) for token in [lowered, *_TOKEN.findall(lowered)])


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Condition, str], bool]:
    return lambda condition, text: test(_stored(condition.kind, text), condition.operands[0])


_TESTS: dict[str, Callable[[Condition, str], bool]] = {
    "EQ": lambda condition, text: condition.operands[0] in _parts(condition, text),
    "NEQ": lambda condition, text: condition.operands[0] not in _parts(condition, text),
    "LT": _compare(lambda left, right: left < right),
    "LTE": _compare(lambda left, right: left <= right),
    "GT": _compare(lambda left, right: left > right),
    "GTE": _compare(lambda left, right: left >= right),
    "BETWEEN": lambda condition, text: _between(condition, _stored(condition.kind, text)),
    "IN": _is_in,
    "NOT_IN": lambda condition, text: not _is_in(condition, text),
    "CONTAINS_TOKEN": _has_token,
    "NOT_CONTAINS_TOKEN": lambda condition, text: not _has_token(condition, text),
}


def _between(condition: Condition, value: Any) -> bool:
    low, high = condition.operands
    return bool(low <= value <= high)


def _problem(name: object, what: str) -> VendorError:
    return invalid_input(f"There was a problem with the request: property {name} {what}.")

"""Which rows to look at: by index where conditions allow it, all of them otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.salesforce.soql.filters import Filters
from sandbox.salesforce.soql.nodes import Comparison, Condition, Negation
from sandbox.salesforce.soql.values import Span
from sandbox.salesforce.tables import Row, Table


def candidates(condition: Condition | None, filters: Filters, table: Table) -> Iterable[Row]:
    """Return rows among which are all that fulfil ``condition``, in no useful order."""
    found = _ids(condition, filters, table) if condition is not None else None
    if found is None:
        return table
    rows = (table.get(record_id) for record_id in found)
    return (row for row in rows if row is not None)


def _ids(condition: Condition, filters: Filters, table: Table) -> Iterable[str] | None:
    if isinstance(condition, Negation):
        return None
    if isinstance(condition, Comparison):
        return _compared(condition, filters, table)
    found = [_ids(part, filters, table) for part in condition.parts]
    return _any_of(found) if condition.kind == "OR" else _best(found)


def _any_of(found: list[Iterable[str] | None]) -> Iterable[str] | None:
    merged: dict[str, None] = {}
    for ids in found:
        if ids is None:
            return None
        merged.update(dict.fromkeys(ids))
    return merged


def _best(found: list[Iterable[str] | None]) -> Iterable[str] | None:
    known = [list(ids) for ids in found if ids is not None]
    return min(known, key=len) if known else None


def _compared(comparison: Comparison, filters: Filters, table: Table) -> Iterable[str] | None:
    found = filters.resolved(comparison)
    name = found.field.name
    if found.hops:
        return None
    if name == "SystemModstamp" and comparison.operator in {"=", ">", ">="}:
        value = filters.values(comparison, found)[0]
        start = value.start if isinstance(value, Span) else value
        return table.ids_since(start) if start else None
    if comparison.operator not in {"=", "IN"} or not table.finds_by(name):
        return None
    values = filters.values(comparison, found)
    if None in values:
        return None
    return dict.fromkeys(record_id for value in values for record_id in table.ids_by(name, value))

"""COUNT, SUM, AVG, MIN, MAX, with and without GROUP BY."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.nodes import Aggregate, Path, Query
from sandbox.salesforce.soql.paths import Resolved, resolve
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.tables import Row, folded


def is_aggregate(query: Query) -> bool:
    """Tell whether the answer holds results rather than records."""
    return bool(query.group_by) or any(isinstance(item, Aggregate) and item.function != "" for item in query.select)


def aggregate(query: Query, rows: list[Row], sobject: SObject, scope: Scope) -> int | list[dict[str, Any]]:
    """Return the count of ``COUNT()``, or one AggregateResult per group.

    Raises:
        SalesforceError: MALFORMED_QUERY, a plain field that is not grouped by.
    """
    first = query.select[0]
    if len(query.select) == 1 and isinstance(first, Aggregate) and first.path is None and not query.group_by:
        return len(rows)
    keys = [resolve(path, query=query, sobject=sobject, scope=scope) for path in query.group_by]
    groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): rows}
    for row in rows if keys else ():
        groups.setdefault(tuple(folded(key.value(row)) for key in keys), []).append(row)
    columns = _columns(query, keys, sobject, scope)
    return [_result(columns, members) for members in groups.values()]


Column = tuple[str, str, Resolved | None]


def _columns(query: Query, keys: list[Resolved], sobject: SObject, scope: Scope) -> list[Column]:
    columns: list[Column] = []
    unnamed = 0
    grouped = {key.field.name for key in keys}
    for item in query.select:
        if not isinstance(item, (Path, Aggregate)):
            raise problems.unexpected(query.text, query.source_position, query.source)
        path = item if isinstance(item, Path) else item.path
        found = resolve(path, query=query, sobject=sobject, scope=scope) if path else None
        function = "" if isinstance(item, Path) else item.function
        if found is not None and function == "" and found.field.name not in grouped:
            sentence = f"Field must be grouped or aggregated: {found.field.name}"
            raise problems.at(query.text, path.position if path else 0, sentence)
        alias = None if isinstance(item, Path) else item.alias
        if alias is None and (function or found is None):
            alias, unnamed = f"expr{unnamed}", unnamed + 1
        columns.append((alias or (found.field.name if found else function), function, found))
    return columns


def _result(columns: list[Column], rows: list[Row]) -> dict[str, Any]:
    record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    for name, function, found in columns:
        if found is None:
            record[name] = len(rows)
            continue
        values = [found.value(row) for row in rows]
        record[name] = values[0] if function == "" else _value(function, [v for v in values if v is not None])
    return record


def _value(function: str, values: list[Any]) -> Any:
    if function == "COUNT":
        return len(values)
    if function == "COUNT_DISTINCT":
        return len({folded(value) for value in values})
    if not values:
        return None
    if function in {"SUM", "AVG"}:
        total = float(sum(values))
        return total if function == "SUM" else total / len(values)
    return min(values) if function == "MIN" else max(values)

"""Running a query: choose rows, order them, cut them, render them when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.aggregates import aggregate, is_aggregate
from sandbox.salesforce.soql.filters import Filters
from sandbox.salesforce.soql.nodes import AllFields, Order, Path, Query
from sandbox.salesforce.soql.paths import resolve
from sandbox.salesforce.soql.plan import candidates
from sandbox.salesforce.soql.render import Renderer, make_renderer
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.tables import Row, folded

MAX_OFFSET = 2000
MAX_FIELDS_FUNCTION = 200


@dataclass(frozen=True, slots=True)
class Result:
    """Rows chosen by a query, as they were then.

    Attributes:
        total: the answer's ``totalSize``; more than the rows for ``COUNT()``.
    """

    total: int
    rows: list[Row]
    renderer: Renderer

    def page(self, start: int, size: int) -> list[dict[str, Any]]:
        """Render rows from ``start`` on, ``size`` of them."""
        return [self.renderer(row) for row in self.rows[start : start + size]]


def run(query: Query, scope: Scope, *, deleted_too: bool = False) -> Result:
    """Run a query for one user.

    Args:
        query: as ``parse`` returns it.
        scope: the org as the user sees it.
        deleted_too: include the recycle bin, as queryAll does.

    Raises:
        SalesforceError: INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY and their like.
    """
    sobject = scope.object_named(query.source)
    if sobject is None:
        raise _no_such_object(query)
    _check_bounds(query)
    if is_aggregate(query):
        rows = _chosen(query, sobject, scope, deleted_too=deleted_too)
        return _aggregated(query, rows, sobject, scope)
    renderer = make_renderer(query, sobject, scope, _children(scope, deleted_too=deleted_too))
    rows = _ordered(query, _chosen(query, sobject, scope, deleted_too=deleted_too), sobject, scope)
    kept = _cut(query, rows)
    return Result(len(kept), kept, renderer)


def _aggregated(query: Query, rows: list[Row], sobject: SObject, scope: Scope) -> Result:
    answer = aggregate(query, rows, sobject, scope)
    if isinstance(answer, int):
        return Result(answer, [], dict)
    kept = _cut(query, answer)
    return Result(len(kept), kept, dict)


def _children(scope: Scope, *, deleted_too: bool) -> Any:
    def rows_of(query: Query, sobject: SObject, within: Iterable[Row]) -> list[Row]:
        rows = _chosen(query, sobject, scope, deleted_too=deleted_too, within=within)
        return _cut(query, _ordered(query, rows, sobject, scope))

    return rows_of


def _chosen(
    query: Query, sobject: SObject, scope: Scope, *, deleted_too: bool, within: Iterable[Row] | None = None
) -> list[Row]:
    filters = Filters(query, sobject, scope, lambda inner: _semi_joined(inner, scope))
    test = filters.test(query.where) if query.where is not None else None
    if within is None:
        within = candidates(query.where, filters, scope.tables[sobject.name])
    alive = within if deleted_too or query.all_rows else (row for row in within if not row.get("IsDeleted"))
    return [row for row in alive if test(row)] if test else list(alive)


def _semi_joined(query: Query, scope: Scope) -> frozenset[Any]:
    sobject = scope.object_named(query.source)
    if sobject is None:
        raise _no_such_object(query)
    wanted = query.select[0]
    if len(query.select) != 1 or not isinstance(wanted, Path):
        sentence = "Only one field may be selected in a semi join sub-select"
        raise problems.at(query.text, query.source_position, sentence)
    found = resolve(wanted, query=query, sobject=sobject, scope=scope)
    rows = _chosen(query, sobject, scope, deleted_too=False)
    return frozenset(folded(found.value(row)) if found.field.is_text else found.value(row) for row in rows)


def _ordered(query: Query, rows: list[Row], sobject: SObject, scope: Scope) -> list[Row]:
    for order in reversed(query.order_by):
        rows = _ordered_by(order, query, rows, sobject, scope)
    return rows


def _ordered_by(order: Order, query: Query, rows: list[Row], sobject: SObject, scope: Scope) -> list[Row]:
    found = resolve(order.path, query=query, sobject=sobject, scope=scope)
    if not found.field.sortable:
        sentence = f"field '{found.field.name}' can not be sorted in a query call"
        raise problems.at(query.text, order.path.position, sentence)
    get = found.value
    known = [row for row in rows if get(row) is not None]
    empty = [row for row in rows if get(row) is None] if len(known) < len(rows) else []
    read: Callable[[Row], Any] = (lambda row: folded(get(row))) if found.field.is_text else get
    known.sort(key=read, reverse=order.descending)
    return empty + known if order.nulls_first else known + empty


def _cut(query: Query, rows: list[Any]) -> list[Any]:
    start = query.offset or 0
    end = None if query.limit is None else start + query.limit
    return rows[start:end]


def _check_bounds(query: Query) -> None:
    if (query.offset or 0) > MAX_OFFSET:
        message = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message)
    for item in query.select:
        bounded = query.limit is not None and query.limit <= MAX_FIELDS_FUNCTION
        if isinstance(item, AllFields) and item.kind != "STANDARD" and not bounded:
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise SalesforceError("MALFORMED_QUERY", message)


def _no_such_object(query: Query) -> SalesforceError:
    sentence = (
        f"sObject type '{query.source}' is not supported. If you are attempting to use a custom object, be sure "
        "to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
        "appropriate names."
    )
    return problems.at(query.text, query.source_position, sentence, code="INVALID_TYPE")

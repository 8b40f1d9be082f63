"""Lists: filters, order, pages and the full-text ``query``.

A filter or an order that Kommo does not document for a list is ignored, as unknown parameters are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kommo.errors import problem, unexpected
from sandbox.kommo.query import Query
from sandbox.kommo.records import Account

JsonObject = dict[str, Any]
ORDERS = {
    "leads": ("created_at", "updated_at", "id"),
    "contacts": ("updated_at", "id"),
    "companies": ("updated_at", "id"),
    "tasks": ("complete_till", "created_at", "id"),
    "notes": ("updated_at", "id"),
}
_RANGES = {
    "leads": ("created_at", "updated_at", "closed_at"),
    "contacts": ("created_at", "updated_at"),
    "companies": ("created_at", "updated_at"),
    "tasks": ("updated_at",),
    "notes": ("updated_at",),
}
_EQUALS = ("responsible_user_id", "entity_type", "entity_id", "is_completed", "note_type")


def chosen(account: Account, table: str, rows: Iterable[JsonObject], query: Query) -> list[JsonObject]:
    """Return the rows that a list's filters leave, in order.

    Raises:
        VendorError: a filter cannot be understood.
    """
    found = list(rows)
    ids = query.values("id")
    if ids:
        found = [each for each in found if str(each["id"]) in set(ids)]
    for name in _RANGES[table]:
        bounds = query.bounds(name)
        if bounds is not None:
            found = [each for each in found if bounds[0] <= (each[name] or 0) <= bounds[1]]
    for name in _EQUALS:
        wanted = query.values(name)
        if wanted:
            found = [each for each in found if name in each and _shown(each[name]) in wanted]
    if table == "leads" and "statuses" in query.filters:
        found = _in_statuses(found, query)
    if query.plain.get("query"):
        found = _matching(account, found, query.plain["query"])
    return _ordered(found, table, query.order)


def _shown(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _in_statuses(rows: list[JsonObject], query: Query) -> list[JsonObject]:
    """Keep leads of some statuses; a status says nothing without its pipeline."""
    pairs: dict[str, dict[str, str]] = {}
    for place, name, value in query.filters["statuses"]:
        pairs.setdefault(place, {})[name] = value
    if any(set(each) != {"pipeline_id", "status_id"} for each in pairs.values()):
        error = problem(400, "Request validation failed")
        assert isinstance(error.body, dict)  # noqa: S101 - told by the builder above
        error.body["validation-errors"] = [{"request_id": "0", "errors": [unexpected("filter.statuses")]}]
        raise error
    wanted = {(each["pipeline_id"], each["status_id"]) for each in pairs.values()}
    return [each for each in rows if (str(each["pipeline_id"]), str(each["status_id"])) in wanted]


def _matching(account: Account, rows: list[JsonObject], text: str) -> list[JsonObject]:
    """Keep rows that hold a text in a filled field; the index lags behind what was written."""
    seen_ms = account.clock.now_ms() - round(1000 * account.options.query_lag_s)
    needle = text.casefold()
    return [each for each in rows if each.get("indexed_at_ms", 0) <= seen_ms and needle in _words(each)]


def _words(row: Mapping[str, Any]) -> str:
    custom = [str(value.get("value")) for kept in row.get("custom", {}).values() for value in kept]
    return json.dumps([row.get("name"), row.get("text"), *custom, str(row["id"])], ensure_ascii=False).casefold()


def _ordered(rows: list[JsonObject], table: str, order: tuple[str, str] | None) -> list[JsonObject]:
    if order is None or order[0] not in ORDERS[table]:
        return rows
    name, direction = order
    sign = -1 if direction == "desc" else 1
    # Ties have no useful order: whoever relies on one loses rows between pages.
    return sorted(rows, key=lambda each: (sign * (each[name] or 0), each["id"] * 2_654_435_761 % 4_294_967_296))

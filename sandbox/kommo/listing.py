"""Lists: filters, order, pages and the full-text ``query``.

A filter or an order that Kommo does not document for a list is ignored, as unknown parameters are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kommo.errors import problem, unexpected
from sandbox.kommo.records import Account

JsonObject = dict[str, Any]
PAGE_DEFAULT, PAGE_MOST = 50, 250
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
_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w*)\])?(?:\[(\w+)\])?\Z")
_ORDER = re.compile(r"order\[(\w+)\]\Z")


class Query:
    """The parameters of a list, read once."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Read the pairs of a query string."""
        self.plain: dict[str, str] = {}
        self.filters: dict[str, list[tuple[str, str, str]]] = {}
        self.order: tuple[str, str] | None = None
        for key, value in pairs:
            found, ordered = _FILTER.match(key), _ORDER.match(key)
            if found:
                self.filters.setdefault(found[1], []).append((found[2] or "", found[3] or "", value))
            elif ordered and self.order is None:
                self.order = (ordered[1], value)
            else:
                self.plain[key] = value

    @property
    def page(self) -> int:
        """The page asked for, 1 or more."""
        return max(1, _number(self.plain.get("page"), 1))

    @property
    def limit(self) -> int:
        """Rows in one page; more than 250 are never given."""
        return min(PAGE_MOST, max(1, _number(self.plain.get("limit"), PAGE_DEFAULT)))

    @property
    def wanted(self) -> set[str]:
        """What ``with`` names."""
        return {each.strip() for each in self.plain.get("with", "").split(",") if each.strip()}

    def values(self, name: str) -> list[str]:
        """Return a filter's values, given once, as a list or separated by commas."""
        return [
            part
            for kind, _, value in self.filters.get(name, ())
            if kind not in {"from", "to"}
            for part in value.split(",")
        ]

    def bounds(self, name: str) -> tuple[int, int] | None:
        """Return a range, both ends included; ``None`` when the filter is not given.

        A bare number means exactly that second.

        Raises:
            VendorError: a bound is no number.
        """
        if name not in self.filters:
            return None
        low, high = 0, 1 << 62
        for kind, _, value in self.filters[name]:
            if not value.isdigit():
                raise problem(400, f"filter[{name}] is not a valid timestamp")
            number = int(value)
            if kind == "from":
                low = number
            elif kind == "to":
                high = number
            else:
                low = high = number
        return low, high


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


def page_of(rows: list[JsonObject], query: Query) -> tuple[list[JsonObject], bool]:
    """Return one page and whether there is another."""
    start = (query.page - 1) * query.limit
    return rows[start : start + query.limit], len(rows) > start + query.limit


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


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise

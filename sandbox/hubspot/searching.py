"""Search: validate a request and run it on what the index sees."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.hubspot.errors import error, invalid_input
from sandbox.hubspot.filters import Condition, parse_condition, sort_value
from sandbox.hubspot.records import ObjectTable

MAX_BODY_CHARACTERS = 3_000
MAX_RESULTS = 10_000
MAX_PAGE = 200
_DEFAULT_PAGE = 10
_MAX_GROUPS, _MAX_PER_GROUP, _MAX_FILTERS = 5, 6, 18

Snapshot = Mapping[str, str]
Linked = Callable[[str, str], set[str]]
"""Record ids associated with (record id) by target type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of ids; ``after`` is ``None`` on the last one."""

    total: int
    record_ids: list[str]
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A validated search request."""

    groups: list[list[Condition]]
    sort: tuple[str, bool] | None
    query: str
    limit: int
    offset: int


def parse_search(table: ObjectTable, body: Mapping[str, Any]) -> Search:
    """Validate a search request.

    Raises:
        VendorError: 400 naming the first thing that is wrong.
    """
    groups = _groups(table, body)
    sorts = _list(body, "sorts")
    if len(sorts) > 1:
        raise invalid_input("Only one sort is allowed per search request")
    limit = body.get("limit", _DEFAULT_PAGE)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= MAX_PAGE:
        raise invalid_input(f"Invalid input (limit): must be between 0 and {MAX_PAGE}")
    after = str(body.get("after") or "0")
    if not after.isdigit():
        raise invalid_input(f"Invalid input (after): {after} is not an integer")
    if int(after) + limit > MAX_RESULTS:
        raise error(400, f"The search results are limited to {MAX_RESULTS}: after + limit exceeds it")
    return Search(
        groups=groups,
        sort=_sort(table, sorts[0]) if sorts else None,
        query=str(body.get("query") or "").strip().lower(),
        limit=limit,
        offset=int(after),
    )


def run_search(table: ObjectTable, search: Search, seen: Mapping[str, Snapshot], linked: Linked) -> SearchPage:
    """Return one page of what matches; ties of the sort come in no useful order."""
    found = [
        (record_id, snapshot)
        for record_id, snapshot in seen.items()
        if _matches(table, search, (record_id, snapshot), linked)
    ]
    if search.sort is not None:
        name, descending = search.sort
        kind = table.definitions[name].kind
        found.sort(key=lambda item: zlib.crc32(item[0].encode()))
        found.sort(key=lambda item: sort_value(kind, item[1].get(name, "")), reverse=descending)
    else:
        found.sort(key=lambda item: int(item[0]))
    end = search.offset + search.limit
    page = [record_id for record_id, _ in found[search.offset : end]]
    return SearchPage(total=len(found), record_ids=page, after=end if end < len(found) and page else None)


def _matches(table: ObjectTable, search: Search, item: tuple[str, Snapshot], linked: Linked) -> bool:
    record_id, snapshot = item
    if search.query and not _contains(table, snapshot, search.query):
        return False
    if not search.groups:
        return True
    return any(all(condition.holds(record_id, snapshot, linked) for condition in group) for group in search.groups)


def _contains(table: ObjectTable, snapshot: Snapshot, query: str) -> bool:
    return any(query in snapshot.get(name, "").lower() for name in table.kind.searched)


def _groups(table: ObjectTable, body: Mapping[str, Any]) -> list[list[Condition]]:
    groups = [_list(group, "filters") for group in _list(body, "filterGroups")]
    if len(groups) > _MAX_GROUPS:
        raise invalid_input(f"Too many filter groups: {len(groups)} exceeds the limit of {_MAX_GROUPS}")
    if any(len(group) > _MAX_PER_GROUP for group in groups):
        raise invalid_input(f"Too many filters in a group: the limit is {_MAX_PER_GROUP}")
    if sum(len(group) for group in groups) > _MAX_FILTERS:
        raise invalid_input(f"Too many filters: the limit is {_MAX_FILTERS} in total")
    return [[parse_condition(table, item) for item in group] for group in groups]


def _list(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value: object = body.get(name) or []
    if not isinstance(value, list):
        raise error(400, f"Invalid input JSON: {name} must be an array")
    items = cast("list[object]", value)
    return [cast("dict[str, Any]", item) if isinstance(item, dict) else {"propertyName": item} for item in items]


def _sort(table: ObjectTable, raw: Mapping[str, Any]) -> tuple[str, bool]:
    name = str(raw.get("propertyName") or "")
    if name not in table.definitions:
        raise invalid_input(f"Cannot sort by {name}: the property does not exist")
    direction = str(raw.get("direction") or "ASCENDING")
    if direction not in {"ASCENDING", "DESCENDING"}:
        raise invalid_input(f"Invalid sort direction: {direction}")
    return name, direction == "DESCENDING"

"""COQL queries and searches answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.zoho.account import User
from sandbox.zoho.conditions import Where, held
from sandbox.zoho.coql import Query, invalid_query, parse, syntax
from sandbox.zoho.errors import ZohoError, invalid_data, limit_exceeded, param_missing
from sandbox.zoho.org import Org
from sandbox.zoho.params import number
from sandbox.zoho.reading import PAGE_MAX
from sandbox.zoho.records import Record, Table
from sandbox.zoho.showing import Shower, all_names

JsonObject = dict[str, Any]
Test = Callable[[Mapping[str, Any]], bool]
_SEARCH_MAX = 2_000
_NOT_QUERIED = frozenset({"Notes"})
_CRITERION = re.compile(r"\(?([\w$]+):(equals|starts_with|in):((?:\\.|[^()\\])*)\)?")


def query(org: Org, body: JsonObject, viewer: User) -> tuple[str, JsonObject | None]:
    """Answer ``POST /coql``; what is read is never behind.

    Returns:
        The module, and ``None`` in place of an answer where nothing fits.

    Raises:
        ZohoError: the query is refused.
    """
    text = body.get("select_query")
    if not isinstance(text, str):
        raise ZohoError(code="MANDATORY_NOT_FOUND", message="required field not found", details=_key("select_query"))
    asked = parse(text)
    if asked.module not in org.tables or asked.module in _NOT_QUERIED:
        raise invalid_query("module given seems to be invalid", module=asked.module)
    table = org.tables[asked.module]
    _check_columns(table, asked)
    test = Where(table.module, asked.where).test
    rows = [each for each in table if test(each)]
    for name, descending in reversed(asked.order):
        rows.sort(key=lambda each, name=name: _sortable(held(table.module, each, name)), reverse=descending)
    some = rows[asked.offset : asked.offset + asked.limit]
    if not some:
        return asked.module, None
    shower = Shower(org, viewer)
    data = [_selected(shower.row(table, each, asked.columns)) for each in some]
    more = asked.offset + asked.limit < len(rows)
    return asked.module, {"data": data, "info": {"count": len(data), "more_records": more}}


def search(org: Org, table: Table, params: Mapping[str, str], viewer: User) -> JsonObject | None:
    """Answer ``GET /{module}/search`` from an index that lags behind.

    Raises:
        ZohoError: nothing to search for, or more than 2,000 records were asked for.
    """
    size, page = number(params, "per_page", PAGE_MAX, maximum=PAGE_MAX), number(params, "page", 1)
    if page * size > _SEARCH_MAX:
        raise ZohoError(code="LIMIT_REACHED", message="only the first 2000 records can be searched")
    seen = org.index[table.module.name].at(org.clock.now_ms())
    test = _searched(table, params)
    hits = [table.live[key] for key, values in seen.items() if key in table.live and test(values)]
    hits = [each for each in hits if not each.values.get("Converted__s")]
    some = sorted(hits, key=_newest)[(page - 1) * size : page * size]
    if not some:
        return None
    names = params["fields"].split(",") if params.get("fields") else all_names(table.module)
    shower = Shower(org, viewer)
    info = {"per_page": size, "count": len(some), "page": page, "more_records": page * size < len(hits)}
    return {"data": [shower.row(table, each, names) for each in some], "info": info}


def _searched(table: Table, params: Mapping[str, str]) -> Test:
    if "criteria" in params:
        return _criteria(table, params["criteria"])
    for name in ("email", "phone"):
        if name in params:
            fields = [each.api_name for each in table.module.fields.values() if each.data_type == name]
            wanted = params[name].casefold()
            return lambda values: any(wanted == str(values.get(each) or "").casefold() for each in fields)
    word = params.get("word", "")
    if not word:
        raise param_missing("criteria")
    if len(word) < 2:
        raise invalid_data("invalid data", param_name="word", minimum_length=2)
    return lambda values: any(word.casefold() in str(each).casefold() for each in values.values())


def _criteria(table: Table, text: str) -> Test:
    """Understand criteria joined by ``and``; ``equals`` finds whatever holds the text, as the vendor's does."""
    parts = re.split(r"(?<=\))\s*and\s*(?=\()", text.strip().removeprefix("(").removesuffix(")"))
    if len(parts) > 10:
        raise limit_exceeded("criteria limit exceeded", limit=10)
    tests: list[tuple[str, str, str]] = []
    for part in parts:
        found = _CRITERION.fullmatch(part.strip().strip("()"))
        if found is None or found[1] not in table.module.fields:
            raise invalid_data("Invalid query formed", api_name="criteria")
        tests.append((found[1], found[2], re.sub(r"\\(.)", r"\1", found[3])))

    def fits(values: Mapping[str, Any]) -> bool:
        return all(
            _fits(str(values.get(name) or "").casefold(), verb, wanted.casefold()) for name, verb, wanted in tests
        )

    return fits


def _fits(mine: str, verb: str, wanted: str) -> bool:
    if verb == "in":
        return mine in wanted.split(",")
    return mine.startswith(wanted) if verb == "starts_with" else wanted in mine


def _check_columns(table: Table, asked: Query) -> None:
    for name in (*asked.columns, *(name for name, _ in asked.order)):
        if name != "id" and name not in table.module.fields:
            raise invalid_query("column given seems to be invalid", column_name=name)
        if name == "Tag":
            raise invalid_query("column is not supported", column_name=name)
    if len({name for name, _ in asked.order}) != len(asked.order):
        raise syntax("a field stands twice in order by")


def _selected(row: JsonObject) -> JsonObject:
    """Show people as queries do: without their e-mail addresses."""
    return {name: _short(value) for name, value in row.items()}


def _short(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    link = cast("JsonObject", value)
    return {"name": link.get("name"), "id": link["id"]}


def _sortable(value: Any) -> tuple[bool, Any]:
    return value is not None, value if value is not None else 0


def _newest(record: Record) -> int:
    return -int(record.record_id)


def _key(name: str) -> JsonObject:
    return {"api_name": name, "json_path": f"$.{name}"}

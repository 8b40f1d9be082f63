"""Searches: an index of its own, behind the records by a moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.fields import SEARCHABLE, FieldBook
from sandbox.pipedrive.http.calls import PAGE, PAGE_MAX, ApiCall, cursor_of, position_of, success
from sandbox.pipedrive.records import Record

JsonObject = dict[str, Any]
_FIELDS = {
    "persons": ("custom_fields", "email", "notes", "phone", "name"),
    "organizations": ("address", "custom_fields", "notes", "name"),
    "deals": ("custom_fields", "notes", "title"),
    "leads": ("custom_fields", "notes", "title"),
}
_TABLES = {"persons": "person", "organizations": "organization", "deals": "deal", "leads": "lead"}


def search(call: ApiCall) -> Response:
    """Answer the records that hold a term somewhere; letters are compared without regard to case."""
    kind = call.request.path.split("/")[-2]
    term, exact = call.text("term").strip(), call.flag("exact_match")
    if len(term) < (1 if exact else 2):
        raise invalid("term must have at least 2 characters")
    wanted = set(filter(None, call.text("fields").split(","))) or set(_FIELDS[kind])
    if not wanted <= set(_FIELDS[kind]):
        raise invalid(f"fields must be some of: {', '.join(_FIELDS[kind])}")
    table = call.company.tables[_TABLES[kind]]
    rows = [each for each in table.rows.values() if _matches(call, kind, each, wanted, term.casefold(), exact=exact)]
    limit = call.number("limit", PAGE, most=PAGE_MAX)
    start = int(position_of(call.text("cursor"))["place"]) if call.text("cursor") else 0
    cursor = cursor_of({"place": start + limit}) if len(rows) > start + limit else None
    items = [{"result_score": 0.5, "item": _item(kind, each)} for each in rows[start : start + limit]]
    call.count(len(items))
    return success({"items": items}, additional_data={"next_cursor": cursor})


def _matches(call: ApiCall, kind: str, record: Record, wanted: set[str], term: str, *, exact: bool) -> bool:
    if record.deleted_ms is not None:
        return False
    texts = [each.casefold() for each in _texts(call, kind, record, wanted)]
    return any(each == term if exact else term in each for each in texts)


def _texts(call: ApiCall, kind: str, record: Record, wanted: set[str]) -> Iterable[str]:
    """Yield what the index holds of a record."""
    late = call.company.clock.now_ms() < record.indexed_ms
    held = record.found_by if late else {**record.values, **record.custom}
    plain = {"name": held.get("name"), "title": held.get("title"), "notes": held.get("notes")}
    address: JsonObject = held.get("address") or {}
    plain["address"] = address.get("value")
    yield from (str(value) for name, value in plain.items() if name in wanted and value)
    for name, key in (("email", "emails"), ("phone", "phones")):
        points: list[JsonObject] = held.get(key) or []
        yield from (str(each["value"]) for each in points if name in wanted)
    if "custom_fields" in wanted:
        yield from _custom_texts(call.company.fields["deal" if kind == "leads" else _TABLES[kind]], held)


def _custom_texts(book: FieldBook, held: JsonObject) -> Iterable[str]:
    for code, field in book.custom().items():
        value = held.get(code)
        if value is not None and field.field_type in SEARCHABLE:
            yield str(cast("JsonObject", value).get("value") if isinstance(value, dict) else value)


def _item(kind: str, record: Record) -> JsonObject:
    values = record.values
    item: JsonObject = {
        "id": record.record_id,
        "type": _TABLES[kind],
        "visible_to": int(values.get("visible_to") or 3),
        "owner": {"id": values["owner_id"]},
        "custom_fields": [],
        "notes": [],
    }
    if kind == "persons":
        item |= {"name": values["name"], "organization": None}
        item |= {name: [each["value"] for each in values[name]] for name in ("emails", "phones")}
    elif kind == "organizations":
        address: JsonObject = values.get("address") or {}
        item |= {"name": values["name"], "address": address.get("value")}
    else:
        item |= {"title": values["title"], "person": None, "organization": None}
    return item

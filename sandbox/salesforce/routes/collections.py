"""sObject Collections: up to 200 records a call, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, mapping
from sandbox.salesforce.deleting import delete
from sandbox.salesforce.errors import BadJsonError, SalesforceError, required_missing
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.keys import blank_key, key_at, upsert_row
from sandbox.salesforce.org import Org
from sandbox.salesforce.routes.finding import object_at
from sandbox.salesforce.routes.records import record_body
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.saving import create, update
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.view import View

MAX_RECORDS = 200
MAX_READ = 2000
MAX_CHUNKS = 10
_ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"

Row = Mapping[str, Any]
Step = Callable[[Row], dict[str, Any]]


def create_records(api: Api, call: Call) -> Answer:
    """Create records of one or several types."""
    rows, all_or_none = _records(call)
    view, writer = api.view(call), api.writer(call)

    def step(row: Row) -> dict[str, Any]:
        sobject = _typed(view, row)
        if any(name.lower() == "id" for name in row):
            message = "cannot specify Id in an insert call"
            raise SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=["Id"])
        return {"id": create(writer, sobject, row), "success": True, "errors": []}

    return _answer(api.org, rows, step, all_or_none=all_or_none)


def update_records(api: Api, call: Call) -> Answer:
    """Change records; each brings its id."""
    rows, all_or_none = _records(call)
    view, writer = api.view(call), api.writer(call)
    seen: set[str] = set()

    def step(row: Row) -> dict[str, Any]:
        sobject = _typed(view, row)
        record_id, fields = _without_id(row)
        if record_id is None:
            raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call", fields=[])
        found = _row_id(api.org, record_id, sobject)
        if found in seen:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate id specified: {found}", fields=["Id"])
        seen.add(found)
        update(writer, sobject, found, fields)
        return {"id": found, "success": True, "errors": []}

    return _answer(api.org, rows, step, all_or_none=all_or_none)


def upsert_records(api: Api, call: Call, name: str, key: str) -> Answer:
    """Update or create records of one type by a key each of them brings."""
    view, writer = api.view(call), api.writer(call)
    sobject = object_at(view, name)
    made = key_at(view, sobject, key)
    rows, all_or_none = _records(call)
    seen: set[object] = set()

    def step(row: Row) -> dict[str, Any]:
        if _typed(view, row) is not sobject:
            message = f"The type of the record must be {sobject.name}"
            raise SalesforceError("INVALID_TYPE", message, fields=[])
        value = next((each for field, each in row.items() if field.lower() == made.name.lower()), None)
        if value is None or not str(value).strip():
            raise blank_key(made)
        mark = str(value) if made.case_sensitive else str(value).lower()
        if mark in seen:
            message = f"Duplicate external id specified: {value}"
            raise SalesforceError("DUPLICATE_VALUE", message, fields=[made.name])
        seen.add(mark)
        return upsert_row(writer, sobject, made, str(value), row)

    return _answer(api.org, rows, step, all_or_none=all_or_none)


def delete_records(api: Api, call: Call) -> Answer:
    """Put records into the recycle bin, ids in the query string."""
    ids = [each.strip() for each in call.args.get("ids", "").split(",") if each.strip()]
    _check_count(len(ids))
    all_or_none = call.args.get("allOrNone", "false").lower() == "true"

    def step(row: Row) -> dict[str, Any]:
        record_id = normalised(row["id"])
        sobject = api.org.object_of(record_id) if record_id else None
        if record_id is None or sobject is None:
            raise SalesforceError("MALFORMED_ID", f"malformed id {row['id']}", fields=[])
        found = _row_id(api.org, record_id, sobject)
        delete(api.org, sobject, found, call.actor)
        return {"id": found, "success": True, "errors": []}

    return _answer(api.org, [{"id": each} for each in ids], step, all_or_none=all_or_none)


def read_records(api: Api, call: Call, name: str) -> Answer:
    """Return records by id in the order asked, ``null`` for those that are not there."""
    view = api.view(call)
    sobject = object_at(view, name)
    if call.method == "GET":
        ids, fields = call.args.get("ids", "").split(","), call.args.get("fields", "")
    else:
        body = call.object()
        ids, fields = cast("list[str]", body.get("ids") or []), ",".join(body.get("fields") or [])
    ids = [each.strip() for each in ids if str(each).strip()]
    if not ids or not fields:
        raise required_missing(["ids" if not ids else "fields"])
    if len(ids) > (MAX_RECORDS * 4 if call.method == "GET" else MAX_READ):
        raise _too_many(MAX_READ)
    return Answer(body=[_read(api, view, sobject, each, fields) for each in ids], records=len(ids))


def _read(api: Api, view: View, sobject: SObject, text: str, fields: str) -> dict[str, Any] | None:
    record_id = normalised(text)
    if record_id is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {text}")
    row = api.org.row(sobject.name, record_id)
    return record_body(view, sobject, row, fields) if row else None


def _records(call: Call) -> tuple[list[Row], bool]:
    body = call.object()
    unknown = set(body) - {"records", "allOrNone"}
    if unknown:
        raise BadJsonError(f"Unrecognized field '{sorted(unknown)[0]}' at [line:1, column:2]")
    records = body.get("records")
    rows = cast("list[Row]", records) if isinstance(records, list) else []
    _check_count(len(rows))
    for row in rows:
        if not isinstance(row, dict):  # pyright: ignore[reportUnnecessaryIsInstance]  (it is a client's JSON)
            raise BadJsonError("Cannot deserialize instance of sobject from this value at [line:1, column:2]")
    _check_chunks(rows)
    return rows, bool(body.get("allOrNone", False))


def _check_count(count: int) -> None:
    if count == 0:
        raise SalesforceError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if count > MAX_RECORDS:
        raise _too_many(MAX_RECORDS)


def _too_many(limit: int) -> SalesforceError:
    message = f"record limit reached. cannot submit more than {limit} records in this operation"
    return SalesforceError("EXCEEDED_ID_LIMIT", message)


def _check_chunks(rows: list[Row]) -> None:
    kinds = [str(mapping(row.get("attributes")).get("type")) for row in rows]
    chunks = 1 + sum(1 for before, after in pairwise(kinds) if before != after)
    if chunks > MAX_CHUNKS:
        message = (
            f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Please rearrange the data to "
            "reduce chunking."
        )
        raise SalesforceError("LIMIT_EXCEEDED", message)


def _typed(view: View, row: Row) -> SObject:
    kind = mapping(row.get("attributes")).get("type")
    if not kind:
        message = "The type attribute is required for each record"
        raise SalesforceError("INVALID_INPUT", message, fields=[])
    found = view.object_named(str(kind))
    if found is None:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{kind}' is not supported.", fields=[])
    return found


def _without_id(row: Row) -> tuple[Any, dict[str, Any]]:
    fields = {name: value for name, value in row.items() if name.lower() != "id"}
    return next((value for name, value in row.items() if name.lower() == "id"), None), fields


def _row_id(org: Org, text: object, sobject: SObject) -> str:
    record_id = normalised(text)
    if record_id is None:
        raise SalesforceError("MALFORMED_ID", f"malformed id {text}", fields=["Id"])
    if not record_id.startswith(sobject.prefix):
        message = f"Record ID: id value of incorrect type: {record_id}"
        raise SalesforceError("MALFORMED_ID", message, fields=["Id"])
    if org.tables[sobject.name].get(record_id) is None:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])
    return record_id


def _answer(org: Org, rows: list[Row], step: Step, *, all_or_none: bool) -> Answer:
    start = org.journal.mark()
    outcomes: list[dict[str, Any]] = []
    failed: set[int] = set()
    for place, row in enumerate(rows):
        mark = org.journal.mark()
        try:
            outcomes.append(step(row))
        except BadJsonError:
            raise
        except SalesforceError as error:
            org.journal.roll_back(mark)
            outcomes.append({"success": False, "errors": [error.as_row()]})
            failed.add(place)
    if failed and all_or_none:
        org.journal.roll_back(start)
        undone = SalesforceError("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK, fields=[])
        for place in range(len(rows)):
            if place not in failed:
                outcomes[place] = {"success": False, "errors": [undone.as_row()]}
    return Answer(body=outcomes, records=len(rows))


ROUTES = (
    Route("POST", "/composite/sobjects", create_records),
    Route("PATCH", "/composite/sobjects", update_records),
    Route("DELETE", "/composite/sobjects", delete_records),
    Route("GET", "/composite/sobjects/<name>", read_records),
    Route("POST", "/composite/sobjects/<name>", read_records),
    Route("PATCH", "/composite/sobjects/<name>/<key>", upsert_records),
)

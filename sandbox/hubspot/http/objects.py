"""Single records: list, read, create, update, archive, merge, privacy deletion."""

from __future__ import annotations

from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records
from sandbox.hubspot.errors import error, invalid_input, not_found
from sandbox.hubspot.http.calls import ApiCall, answer, no_content, required
from sandbox.hubspot.http.linking import parse_links
from sandbox.hubspot.http.showing import show_associations, show_record, show_written
from sandbox.hubspot.merging import merge_records
from sandbox.hubspot.records import ObjectTable, Record

JsonObject = dict[str, Any]
_MAX_PAGE = 100


def list_records(call: ApiCall) -> Response:
    """Answer one page in order of id; ``archived=true`` lists archived records only."""
    limit = call.number("limit", default=10, most=_MAX_PAGE)
    after = call.request.args.get("after") or "0"
    if not after.isdigit():
        raise invalid_input(f"Invalid input (after): {after} is not a paging token")
    table, names, targets = call.table, call.names("properties"), call.names("associations")
    rows = table.after(int(after), archived=call.flag("archived"))
    page: list[JsonObject] = []
    following: Record | None = None
    for record in rows:
        if len(page) == limit:
            following = record
            break
        page.append(_shown(call, table, record, names, targets))
    annotate_records(call.request, len(page))
    body: JsonObject = {"results": page}
    if following is not None:
        link = f"{call.request.base_url}?after={following.record_id}"
        body["paging"] = {"next": {"after": following.record_id, "link": link}}
    return answer(body)


def read_record(call: ApiCall) -> Response:
    """Answer one record by id or by a unique property."""
    table = call.table
    if call.flag("archived"):
        record = table.records.get(call.params["objectId"])
        record = record if record is not None and record.archived_ms is not None else None
    else:
        record = find_record(table, call.params["objectId"], call.request.args.get("idProperty"))
    if record is None:
        raise not_found()
    annotate_records(call.request, 1)
    return answer(_shown(call, table, record, call.names("properties"), call.names("associations")))


def create_record(call: ApiCall) -> Response:
    """Create a record, with associations if asked."""
    body, table = call.json(), call.table
    written = properties_of(body)
    links = parse_links(call.portal.state, table, body.get("associations"))
    values = call.portal.writer.check_new(table, written, call.stamp)
    record = call.portal.writer.create(table, values, call.stamp, links=links)
    annotate_records(call.request, 1)
    return answer(show_written(table, record, None), 201)


def update_record(call: ApiCall) -> Response:
    """Change a record by id, by an id that was merged away, or by a unique property."""
    table = call.table
    written = properties_of(call.json())
    record = find_record(table, call.params["objectId"], call.request.args.get("idProperty"))
    if record is None:
        raise not_found()
    if not call.portal.writer.update(table, record, written, call.stamp):
        call.count_unchanged()
    annotate_records(call.request, 1)
    return answer(show_written(table, record, written))


def archive_record(call: ApiCall) -> Response:
    """Archive a record; an id that does not exist is answered the same."""
    table = call.table
    record = table.live(call.params["objectId"])
    if record is None:
        call.count_unchanged()
    else:
        call.portal.writer.archive(table, record, call.stamp)
    annotate_records(call.request, 1)
    return no_content()


def merge(call: ApiCall) -> Response:
    """Merge one record into another and answer the survivor."""
    body, table = call.json(), call.table
    required(body, "primaryObjectId", "objectIdToMerge")
    ids = str(body["primaryObjectId"]), str(body["objectIdToMerge"])
    survivor = merge_records(call.portal.writer, table, *ids, call.stamp)
    annotate_records(call.request, 2)
    return answer(show_written(table, survivor, None))


def gdpr_delete(call: ApiCall) -> Response:
    """Delete a contact for good; one that does not exist is answered the same."""
    body, table = call.json(), call.table
    required(body, "objectId")
    record = find_record(table, str(body["objectId"]), body.get("idProperty"))
    if record is not None:
        call.portal.writer.forget(table, record, call.stamp)
    return no_content()


def find_record(table: ObjectTable, spelling: str, id_property: str | None) -> Record | None:
    """Return a live record by id (merged-away ids included) or by a unique property.

    Raises:
        VendorError: 400 if ``id_property`` is not unique.
    """
    if not id_property or id_property == "hs_object_id":
        return table.survivor(spelling)
    return find_by_key(table, id_property, spelling)


def find_by_key(table: ObjectTable, name: str, value: str) -> Record | None:
    """Return the live record that holds a unique value.

    Raises:
        VendorError: 400 if the property is not unique.
    """
    if not table.is_key(name):
        raise invalid_input(f"Property {name} is not a unique identifier property of {table.kind.name}")
    folded = value.strip().lower() if table.definitions[name].special == "email" else value
    holder = table.holder(name, folded)
    return table.live(holder) if holder is not None else None


def properties_of(body: JsonObject) -> JsonObject:
    """Return the ``properties`` of a request.

    Raises:
        VendorError: 400 if there are none.
    """
    properties: object = body.get("properties")
    if not isinstance(properties, dict):
        raise error(400, "Invalid input JSON: some required fields were not set: [properties]", "VALIDATION_ERROR")
    return cast("JsonObject", properties)


def _shown(call: ApiCall, table: ObjectTable, record: Record, names: list[str], targets: list[str]) -> JsonObject:
    shown = show_record(table, record, names)
    associations = show_associations(call.portal.state, table, record, targets) if targets else {}
    return shown | {"associations": associations} if associations else shown

"""Single records: create, read, update, delete, upsert."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, JsonObject
from sandbox.salesforce.deleting import delete
from sandbox.salesforce.describing import object_summary
from sandbox.salesforce.errors import SalesforceError, no_such_column, not_found
from sandbox.salesforce.keys import key_at, key_value, rows_by_key
from sandbox.salesforce.routes.finding import object_at, record_id_at
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.saving import create, existing, update
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql.render import attributes, shown
from sandbox.salesforce.tables import Row
from sandbox.salesforce.times import read_datetime
from sandbox.salesforce.view import View


def create_record(api: Api, call: Call, name: str) -> Answer:
    """Store a new record: 201."""
    sobject = object_at(api.view(call), name)
    record_id = create(api.writer(call), sobject, call.object())
    return Answer(status=201, body={"id": record_id, "success": True, "errors": []}, records=1)


def read_record(api: Api, call: Call, name: str, record_id: str) -> Answer:
    """Return one record, or 304 if it did not change since a time."""
    view = api.view(call)
    sobject = object_at(view, name)
    row = existing(api.org, sobject, record_id_at(sobject, record_id))
    since = _http_time(call, "if-modified-since")
    if since is not None and _changed_at(row) <= since:
        return Answer(status=304)
    return Answer(body=record_body(view, sobject, row, call.args.get("fields")), records=1)


def update_record(api: Api, call: Call, name: str, record_id: str) -> Answer:
    """Change a record: 204 and nothing else."""
    sobject = object_at(api.view(call), name)
    found = record_id_at(sobject, record_id)
    _check_unmodified(api, call, sobject, found)
    update(api.writer(call), sobject, found, call.object())
    return Answer(status=204, records=1)


def delete_record(api: Api, call: Call, name: str, record_id: str) -> Answer:
    """Put a record into the recycle bin: 204."""
    sobject = object_at(api.view(call), name)
    found = record_id_at(sobject, record_id)
    _check_unmodified(api, call, sobject, found)
    delete(api.org, sobject, found, call.actor)
    return Answer(status=204, records=1)


def read_by_key(api: Api, call: Call, name: str, key: str, value: str) -> Answer:
    """Return the record with a key, 300 with the URLs if several have it."""
    view = api.view(call)
    sobject = object_at(view, name)
    rows = rows_by_key(api.org, sobject, key_at(view, sobject, key), value)
    if not rows:
        raise not_found()
    if len(rows) > 1:
        return _several(view, sobject, rows)
    return Answer(body=record_body(view, sobject, rows[0], call.args.get("fields")), records=1)


def upsert_record(api: Api, call: Call, name: str, key: str, value: str) -> Answer:
    """Update the record with a key, or create it: 200, 201, 300."""
    view = api.view(call)
    sobject = object_at(view, name)
    made = key_at(view, sobject, key)
    body = call.object()
    _check_key(made, value, body)
    rows = rows_by_key(api.org, sobject, made, value)
    if len(rows) > 1:
        return _several(view, sobject, rows)
    if rows:
        update(api.writer(call), sobject, rows[0]["Id"], body)
        return _upserted(rows[0]["Id"], created=False)
    if made.name == "Id" or call.args.get("updateOnly", "").lower() == "true":
        raise not_found()
    return _upserted(create(api.writer(call), sobject, {**body, made.name: key_value(made, value)}), created=True)


def delete_by_key(api: Api, call: Call, name: str, key: str, value: str) -> Answer:
    """Put the record with a key into the recycle bin: 204."""
    view = api.view(call)
    sobject = object_at(view, name)
    rows = rows_by_key(api.org, sobject, key_at(view, sobject, key), value)
    if not rows:
        raise not_found()
    if len(rows) > 1:
        return _several(view, sobject, rows)
    delete(api.org, sobject, rows[0]["Id"], call.actor)
    return Answer(status=204, records=1)


def object_info(api: Api, call: Call, name: str) -> Answer:
    """Return a few facts about an object and its recent records."""
    view = api.view(call)
    sobject = object_at(view, name)
    return Answer(body={"objectDescribe": object_summary(sobject, view.url_prefix), "recentItems": []})


def record_body(view: View, sobject: SObject, row: Row, fields: str | None) -> dict[str, Any]:
    """Return a record with all visible fields, or with those named.

    Raises:
        SalesforceError: INVALID_FIELD, a named field is unknown or invisible.
    """
    body: dict[str, Any] = {"attributes": attributes(sobject, row, view)}
    for made in _wanted(view, sobject, fields):
        body[made.name] = shown(row, made)
    return body


def _wanted(view: View, sobject: SObject, fields: str | None) -> list[Field]:
    if not fields:
        return [made for made in sobject.fields.values() if view.readable(sobject, made.name)]
    wanted: list[Field] = []
    for name in ["Id", *(each.strip() for each in fields.split(","))]:
        made = view.readable(sobject, name)
        if made is None:
            raise no_such_column(name, sobject.name)
        wanted.append(made)
    return wanted


def _check_key(made: Field, value: str, body: dict[str, Any]) -> None:
    if not value.strip():
        raise not_found(f"Provided external ID field does not exist or is not accessible: {value}")
    for name in body:
        if name.lower() == made.name.lower():
            message = f"The {made.name} field should not be specified in the sobject data."
            raise SalesforceError("INVALID_FIELD", message, fields=[made.name])


def _several(view: View, sobject: SObject, rows: list[Row]) -> Answer:
    return Answer(status=300, body=[f"{view.url_prefix}/{sobject.name}/{row['Id']}" for row in rows])


def _upserted(record_id: str, *, created: bool) -> Answer:
    body: JsonObject = {"id": record_id, "success": True, "errors": [], "created": created}
    return Answer(status=201 if created else 200, body=body, records=1)


def _check_unmodified(api: Api, call: Call, sobject: SObject, record_id: str) -> None:
    since = _http_time(call, "if-unmodified-since")
    if since is not None and _changed_at(existing(api.org, sobject, record_id)) > since:
        raise SalesforceError("PRECONDITION_FAILED", "The record was modified after the given time")


def _http_time(call: Call, name: str) -> datetime | None:
    text = call.headers.get(name)
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError as problem:
        raise SalesforceError("INVALID_HTTP_HEADER", f"Invalid date in header {name}: {text}") from problem


def _changed_at(row: Row) -> datetime:
    moment = read_datetime(row["LastModifiedDate"])
    return moment or datetime.max.replace(tzinfo=UTC)


ROUTES = (
    Route("GET", "/sobjects/<name>", object_info),
    Route("POST", "/sobjects/<name>", create_record),
    Route("GET", "/sobjects/<name>/<record_id>", read_record),
    Route("PATCH", "/sobjects/<name>/<record_id>", update_record),
    Route("DELETE", "/sobjects/<name>/<record_id>", delete_record),
    Route("GET", "/sobjects/<name>/<key>/<path:value>", read_by_key),
    Route("PATCH", "/sobjects/<name>/<key>/<path:value>", upsert_record),
    Route("DELETE", "/sobjects/<name>/<key>/<path:value>", delete_by_key),
)

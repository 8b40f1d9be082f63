"""Custom fields and tags, through the API."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.kommo.errors import choice, invalid
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import listed, page

JsonObject = dict[str, Any]


def list_fields(call: ApiCall) -> Response:
    """``GET /{entity}/custom_fields``."""
    entity = call.params["entity"]
    path = f"{entity}/custom_fields"
    return page(call, "custom_fields", path, call.portal.account.fields.of(entity), lambda row: _field(call, row))


def create_fields(call: ApiCall) -> Response:
    """``POST /{entity}/custom_fields``."""
    entity, book, rows = call.params["entity"], call.portal.account.fields, call.rows()
    wrong = [(str(row.get("request_id") or place), book.check(entity, row)) for place, row in enumerate(rows)]
    if any(each[1] for each in wrong):
        raise invalid([each for each in wrong if each[1]])
    made = [
        _field(call, book.add(entity, row)) | {"request_id": str(row.get("request_id") or place)}
        for place, row in enumerate(rows)
    ]
    return listed(call, "custom_fields", f"{entity}/custom_fields", made, 201)


def update_fields(call: ApiCall) -> Response:
    """``PATCH /{entity}/custom_fields``."""
    entity, book, rows = call.params["entity"], call.portal.account.fields, call.rows()
    unknown = [
        (str(place), [choice("id")]) for place, row in enumerate(rows) if row.get("id") not in book.fields[entity]
    ]
    if unknown:
        raise invalid(unknown)
    changed = [book.change(entity, row["id"], row) for row in rows]
    return listed(call, "custom_fields", f"{entity}/custom_fields", [_field(call, each) for each in changed if each])


def list_tags(call: ApiCall) -> Response:
    """``GET /{entity}/tags``."""
    entity, text = call.params["entity"], call.query.plain.get("query", "")
    rows = [
        {"id": tag_id, "name": name, "color": None}
        for tag_id, name in call.portal.account.tags[entity].items()
        if text.casefold() in name.casefold()
    ]
    return page(call, "tags", f"{entity}/tags", rows, lambda row: row)


def create_tags(call: ApiCall) -> Response:
    """``POST /{entity}/tags``: one that is there is answered."""
    entity, account = call.params["entity"], call.portal.account
    made = [
        {
            "id": account.tag_id(entity, str(row["name"])),
            "name": row["name"],
            "request_id": str(row.get("request_id") or n),
        }
        for n, row in enumerate(call.rows())
        if row.get("name")
    ]
    return listed(call, "tags", f"{entity}/tags", made)


def _field(call: ApiCall, row: JsonObject) -> JsonObject:
    return row | {"_links": call.portal.view.link(f"{row['entity_type']}/custom_fields/{row['id']}")}

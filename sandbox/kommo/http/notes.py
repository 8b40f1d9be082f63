"""Notes of records, through the API."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox._calls import annotate_unchanged
from sandbox.kommo.errors import choice
from sandbox.kommo.http.activities import as_told, asked_id, refuse_wrong
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import page
from sandbox.kommo.listing import chosen
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]
Refusals = list[tuple[str, list[JsonObject]]]


def list_notes(call: ApiCall) -> Response:
    """``GET /{entity}/notes`` and ``GET /{entity}/{id}/notes``."""
    account, entity = call.portal.account, call.params["entity"]
    parent = call.params.get("record_id")
    held = [
        row
        for row in account.tables["notes"].values()
        if row["entity_type"] == entity and parent in {None, row["entity_id"]}
    ]
    return page(call, "notes", f"{entity}/notes", chosen(account, "notes", held, call.query), call.portal.view.note)


def create_notes(call: ApiCall) -> Response:
    """``POST /{entity}/notes`` and ``POST /{entity}/{id}/notes``."""
    entity, book, parent = call.params["entity"], call.portal.notes, call.params.get("record_id")
    rows = [row if parent is None else {**row, "entity_id": parent} for row in call.rows()]
    refuse_wrong([(asked_id(row, place), book.check(entity, row, None)) for place, row in enumerate(rows)])
    told: list[JsonObject] = []
    for place, row in enumerate(rows):
        note = book.create(entity, row, Actor())
        told.append({"id": note["id"], "entity_id": note["entity_id"], "request_id": asked_id(row, place)})
    return as_told(call, "notes", told)


def update_notes(call: ApiCall) -> Response:
    """``PATCH /{entity}/notes``: a row names the note and what it is on."""
    entity, book, table = call.params["entity"], call.portal.notes, call.portal.account.tables["notes"]
    rows = call.rows()
    found: Refusals = []
    for place, row in enumerate(rows):
        held = table.get(row.get("id") or 0)
        is_there = held is not None and held["entity_type"] == entity
        found.append((asked_id(row, place), book.check(entity, row, held) if is_there else [choice("id")]))
    refuse_wrong(found)
    told: list[JsonObject] = []
    for row in rows:
        held = table[row["id"]]
        annotate_unchanged(call.request, int(not book.update(held, row, Actor())))
        told.append({"id": held["id"], "entity_id": held["entity_id"], "updated_at": held["updated_at"]})
    return as_told(call, "notes", told)

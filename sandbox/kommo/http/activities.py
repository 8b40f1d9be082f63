"""Tasks and notes over HTTP; neither can be deleted."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox._calls import annotate_unchanged
from sandbox.kommo.errors import choice, invalid
from sandbox.kommo.http.calls import ApiCall, answer, nothing, page
from sandbox.kommo.listing import chosen
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]
Refusals = list[tuple[str, list[JsonObject]]]


def list_tasks(call: ApiCall) -> Response:
    """``GET /tasks``."""
    account = call.portal.account
    rows = chosen(account, "tasks", account.tables["tasks"].values(), call.query)
    return page(call, "tasks", "tasks", rows, call.portal.view.task)


def read_task(call: ApiCall) -> Response:
    """``GET /tasks/{id}``."""
    row = call.portal.account.tables["tasks"].get(call.params["record_id"])
    return nothing() if row is None else answer(call.portal.view.task(row))


def create_tasks(call: ApiCall) -> Response:
    """``POST /tasks``."""
    rows, book = call.rows(), call.portal.tasks
    _refuse([(_request_id(row, place), book.check(row, None)) for place, row in enumerate(rows)])
    made = [(book.create(row, Actor()), _request_id(row, place)) for place, row in enumerate(rows)]
    return _told(call, "tasks", [{"id": row["id"], "request_id": request_id} for row, request_id in made])


def update_tasks(call: ApiCall) -> Response:
    """``PATCH /tasks``."""
    return _told(call, "tasks", _update_tasks(call, call.rows()))


def update_task(call: ApiCall) -> Response:
    """``PATCH /tasks/{id}``."""
    return answer(_update_tasks(call, [{**call.row(), "id": call.params["record_id"]}])[0])


def _update_tasks(call: ApiCall, rows: list[JsonObject]) -> list[JsonObject]:
    book, table = call.portal.tasks, call.portal.account.tables["tasks"]
    held = [table.get(row.get("id") or 0) for row in rows]
    found: Refusals = []
    for place, (row, before) in enumerate(zip(rows, held, strict=True)):
        found.append((_request_id(row, place), [choice("id")] if before is None else book.check(row, before)))
    _refuse(found)
    told: list[JsonObject] = []
    for row, before in zip(rows, held, strict=True):
        if before is not None:
            annotate_unchanged(call.request, int(not book.update(before, row, Actor())))
            told.append({"id": before["id"], "updated_at": before["updated_at"]})
    return told


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
    _refuse([(_request_id(row, place), book.check(entity, row, None)) for place, row in enumerate(rows)])
    told: list[JsonObject] = []
    for place, row in enumerate(rows):
        note = book.create(entity, row, Actor())
        told.append({"id": note["id"], "entity_id": note["entity_id"], "request_id": _request_id(row, place)})
    return _told(call, "notes", told)


def update_notes(call: ApiCall) -> Response:
    """``PATCH /{entity}/notes``: a row names the note and what it is on."""
    entity, book, table = call.params["entity"], call.portal.notes, call.portal.account.tables["notes"]
    rows = call.rows()
    found: Refusals = []
    for place, row in enumerate(rows):
        held = table.get(row.get("id") or 0)
        is_there = held is not None and held["entity_type"] == entity
        found.append((_request_id(row, place), book.check(entity, row, held) if is_there else [choice("id")]))
    _refuse(found)
    told: list[JsonObject] = []
    for row in rows:
        held = table[row["id"]]
        annotate_unchanged(call.request, int(not book.update(held, row, Actor())))
        told.append({"id": held["id"], "entity_id": held["entity_id"], "updated_at": held["updated_at"]})
    return _told(call, "notes", told)


def _request_id(row: JsonObject, place: int) -> str:
    return str(row.get("request_id") or place)


def _refuse(found: Refusals) -> None:
    wrong = [each for each in found if each[1]]
    if wrong:
        raise invalid(wrong)


def _told(call: ApiCall, name: str, rows: list[JsonObject]) -> Response:
    return answer({"_links": call.portal.view.link(name), "_embedded": {name: rows}})

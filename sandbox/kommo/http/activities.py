"""Tasks and notes over HTTP; neither can be deleted."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox._calls import annotate_unchanged
from sandbox.kommo.errors import choice, invalid
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer, nothing, page
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
    refuse_wrong([(asked_id(row, place), book.check(row, None)) for place, row in enumerate(rows)])
    made = [(book.create(row, Actor()), asked_id(row, place)) for place, row in enumerate(rows)]
    return as_told(call, "tasks", [{"id": row["id"], "request_id": request_id} for row, request_id in made])


def update_tasks(call: ApiCall) -> Response:
    """``PATCH /tasks``."""
    return as_told(call, "tasks", _update_tasks(call, call.rows()))


def update_task(call: ApiCall) -> Response:
    """``PATCH /tasks/{id}``."""
    return answer(_update_tasks(call, [{**call.row(), "id": call.params["record_id"]}])[0])


def _update_tasks(call: ApiCall, rows: list[JsonObject]) -> list[JsonObject]:
    book, table = call.portal.tasks, call.portal.account.tables["tasks"]
    held = [table.get(row.get("id") or 0) for row in rows]
    found: Refusals = []
    for place, (row, before) in enumerate(zip(rows, held, strict=True)):
        found.append((asked_id(row, place), [choice("id")] if before is None else book.check(row, before)))
    refuse_wrong(found)
    told: list[JsonObject] = []
    for row, before in zip(rows, held, strict=True):
        if before is not None:
            annotate_unchanged(call.request, int(not book.update(before, row, Actor())))
            told.append({"id": before["id"], "updated_at": before["updated_at"]})
    return told


def asked_id(row: JsonObject, place: int) -> str:
    """Return the id by which the caller knows a row; its place in the list where none was given."""
    return str(row.get("request_id") or place)


def refuse_wrong(found: Refusals) -> None:
    """Refuse the whole batch when any row of it is wrong.

    Raises:
        VendorError: with the problems of each row.
    """
    wrong = [each for each in found if each[1]]
    if wrong:
        raise invalid(wrong)


def as_told(call: ApiCall, name: str, rows: list[JsonObject]) -> Response:
    """Answer rows under their name."""
    return answer({"_links": call.portal.view.link(name), "_embedded": {name: rows}})

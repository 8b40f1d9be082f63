"""Links: listed, made and ended, one record at a time or many."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.kommo.errors import choice, invalid, problem
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import listed, nothing
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]


def list_links(call: ApiCall) -> Response:
    """``GET /{entity}/{id}/links``."""
    entity, record_id = call.params["entity"], call.params["record_id"]
    if record_id not in call.portal.account.tables[entity]:
        raise problem(404)
    return listed(call, "links", f"{entity}/{record_id}/links", call.portal.linker.of(entity, record_id))


def change_links(call: ApiCall) -> Response:
    """``POST /{entity}/{id}/link`` and ``/unlink``."""
    entity, record_id = call.params["entity"], call.params["record_id"]
    if record_id not in call.portal.account.tables[entity]:
        raise problem(404)
    return _change(call, [{**row, "entity_id": record_id} for row in call.rows()])


def change_many_links(call: ApiCall) -> Response:
    """``POST /{entity}/link`` and ``/unlink``, where the account has them."""
    if not call.portal.account.options.mass_links:
        raise problem(404, f"Cannot POST {call.request.url}")
    return _change(call, call.rows())


def _change(call: ApiCall, rows: list[JsonObject]) -> Response:
    entity, linker = call.params["entity"], call.portal.linker
    linking = call.request.path.endswith("/link")
    wrong: list[tuple[str, list[JsonObject]]] = []
    for place, row in enumerate(rows):
        if not isinstance(row.get("to_entity_id"), int):
            wrong.append((str(place), [choice(f"{place}.to_entity_id")]))
        elif found := linker.check(entity, row, place, linking=linking):
            wrong.append((str(place), found))
    if wrong:
        raise invalid(wrong)
    for row in rows:
        (linker.link if linking else linker.unlink)(entity, row, Actor())
    if not linking:
        return nothing()
    shown = [{**row, "entity_type": entity} for row in rows]
    return listed(call, "links", f"{entity}/links", shown)

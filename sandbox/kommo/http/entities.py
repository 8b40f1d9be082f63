"""Leads, contacts and companies: lists, one, batches of writes."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox._calls import annotate_unchanged
from sandbox.kommo.errors import VendorError, choice, invalid
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer
from sandbox.kommo.payloads import Plan, Reader
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]
_CUT = {"contacts": ("is_deleted", "is_unsorted"), "companies": ("is_deleted",), "leads": ()}


def create_records(call: ApiCall) -> Response:
    """``POST /{entity}``."""
    portal, entity, rows = call.portal, call.params["entity"], call.rows()
    reader = Reader(portal.account, entity)
    plans = [reader.plan(row, None) for row in rows]
    refused = _refusals(rows, plans)
    good = [place for place, plan in enumerate(plans) if not plan.wrong]
    if refused and not portal.account.options.partial_writes:
        raise invalid(refused)
    made: list[JsonObject] = []
    for place in good:
        row = portal.writer.create(entity, plans[place], Actor())
        told: JsonObject = {"id": row["id"], **{name: row[name] for name in _CUT[entity]}}
        told["request_id"] = str(rows[place].get("request_id") or place)
        made.append(told | {"_links": portal.view.link(f"{entity}/{row['id']}")})
    if refused:
        raise invalid(refused)
    return answer({"_links": portal.view.link(entity), "_embedded": {entity: made}})


def update_records(call: ApiCall) -> Response:
    """``PATCH /{entity}``."""
    return _update(call, call.rows())


def update_record(call: ApiCall) -> Response:
    """``PATCH /{entity}/{id}``: a contact is answered as a list of one."""
    entity, record_id = call.params["entity"], call.params["record_id"]
    row = call.row()
    if record_id not in call.portal.account.tables[entity]:
        raise VendorError(
            404, {"title": "Not Found", "type": "https://httpstatus.es/404", "status": 404, "detail": "Not Found"}
        )
    response = _update(call, [{**row, "id": record_id}])
    if entity == "contacts":
        return response
    body: JsonObject = response.get_json()
    return answer(body["_embedded"][entity][0])


def _update(call: ApiCall, rows: list[JsonObject]) -> Response:
    portal, entity = call.portal, call.params["entity"]
    table, reader = portal.account.tables[entity], Reader(portal.account, entity)
    skip = portal.account.options.missing_in_patch == "skip"
    plans: list[Plan] = []
    for row in rows:
        held = table.get(row["id"]) if isinstance(row.get("id"), int) else None
        plans.append(Plan(wrong=[choice("id")]) if held is None else reader.plan(row, held))
    absent = [row.get("id") not in table for row in rows]
    refused = _refusals(rows, [Plan() if skip and gone else plan for plan, gone in zip(plans, absent, strict=True)])
    if refused and not portal.account.options.partial_writes:
        raise invalid(refused)
    told: list[JsonObject] = []
    for row, plan in zip(rows, plans, strict=True):
        if plan.wrong:
            continue
        held = table[row["id"]]
        annotate_unchanged(call.request, int(not portal.writer.update(entity, held, plan, Actor())))
        names = ("id", "name", "updated_at") if entity != "leads" else ("id", "updated_at")
        shown = {name: held[name] for name in (*names, *_CUT[entity])}
        told.append(shown | {"_links": portal.view.link(f"{entity}/{held['id']}")})
    if refused:
        raise invalid(refused)
    return answer({"_links": portal.view.link(entity), "_embedded": {entity: told}})


def _refusals(rows: list[JsonObject], plans: list[Plan]) -> list[tuple[str, list[JsonObject]]]:
    return [
        (str(row.get("request_id") or place), plan.wrong)
        for place, (row, plan) in enumerate(zip(rows, plans, strict=True))
        if plan.wrong
    ]

"""The account itself: people, pipelines, custom fields, tags, history."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.kommo.activities import TASK_TYPES
from sandbox.kommo.errors import problem
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer, listed, nothing, page
from sandbox.kommo.records import SINGULAR
from sandbox.kommo.setup import TIME_ZONE, account_details

JsonObject = dict[str, Any]
_IDS_MOST = 10


def read_account(call: ApiCall) -> Response:
    """``GET /account``."""
    told = account_details(call.portal.settings.base_url)
    embedded: JsonObject = {}
    wanted = call.query.wanted
    if "task_types" in wanted:
        embedded["task_types"] = [{**each, "color": None, "icon_id": None} for each in TASK_TYPES]
    if "datetime_settings" in wanted:
        patterns = {"date_pattern": "d.m.Y H:i", "short_date_pattern": "d.m.Y", "timezone": TIME_ZONE}
        embedded["datetime_settings"] = {**patterns, "timezone_offset": "-03:00"}
    return answer(told | ({"_embedded": embedded} if embedded else {}))


def list_users(call: ApiCall) -> Response:
    """``GET /users``."""
    rows = list(call.portal.account.users.users.values())
    return page(call, "users", "users", rows, lambda row: row | {"_links": call.portal.view.link(f"users/{row['id']}")})


def read_user(call: ApiCall) -> Response:
    """``GET /users/{id}``."""
    row = call.portal.account.users.users.get(call.params["record_id"])
    if row is None:
        raise problem(404)
    return answer(row | {"_links": call.portal.view.link(f"users/{row['id']}")})


def list_pipelines(call: ApiCall) -> Response:
    """``GET /leads/pipelines``."""
    rows = [call.portal.view.pipeline(each) for each in call.portal.account.pipelines.pipelines.values()]
    return listed(call, "pipelines", "leads/pipelines", rows)


def read_pipeline(call: ApiCall) -> Response:
    """``GET /leads/pipelines/{id}``."""
    row = call.portal.account.pipelines.pipelines.get(call.params["record_id"])
    if row is None:
        raise problem(404)
    return answer(call.portal.view.pipeline(row))


def list_statuses(call: ApiCall) -> Response:
    """``GET /leads/pipelines/{id}/statuses``."""
    row = call.portal.account.pipelines.pipelines.get(call.params["record_id"])
    if row is None:
        raise problem(404)
    statuses = call.portal.view.pipeline(row)["_embedded"]["statuses"]
    return listed(call, "statuses", f"leads/pipelines/{row['id']}/statuses", statuses)


def list_events(call: ApiCall) -> Response:
    """``GET /events``: newest first; ids of entities need their one type."""
    query, rows = call.query, list(reversed(call.portal.account.events))
    entities, ids = query.values("entity"), query.values("entity_id")
    if len(ids) > _IDS_MOST or (ids and len(entities) != 1):
        raise problem(400, "filter[entity_id] takes up to 10 ids of exactly one entity")
    if any(each not in SINGULAR.values() for each in entities):
        raise problem(400, "filter[entity] is not a valid choice")
    kinds, bounds = query.values("type"), query.bounds("created_at")
    found = [
        each
        for each in rows
        if (not kinds or each["type"] in kinds)
        and (not entities or each["entity_type"] in entities)
        and (not ids or str(each["entity_id"]) in ids)
        and (bounds is None or bounds[0] <= each["created_at"] <= bounds[1])
    ]
    return page(call, "events", "events", found, call.portal.view.event)


def read_event(call: ApiCall) -> Response:
    """``GET /events/{id}``: ids are text."""
    row = next((each for each in call.portal.account.events if each["id"] == call.params["event_id"]), None)
    return nothing() if row is None else answer(call.portal.view.event(row))

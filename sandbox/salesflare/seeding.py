"""People at work in the vendor's screens, and records stored in bulk."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesflare.activities import take_task
from sandbox.salesflare.errors import VendorError
from sandbox.salesflare.team import TABLES, Team
from sandbox.salesflare.writing import Writer

JsonObject = dict[str, Any]
_WRITTEN = ("accounts", "contacts", "opportunities")


def seed_team(team: Team, body: JsonObject) -> JsonObject:
    """Carry out ``{"actions": [{"action", "object", "id", "fields", "with"}]}`` in order.

    ``create``, ``update``, ``delete``, ``archive`` and ``merge`` are what people can do. A merge leaves the record
    named by ``id`` and takes the other one away without a trace.

    Raises:
        ValueError: the body is something else, or Salesflare would refuse an action.
    """
    actions = body.get("actions")
    if not isinstance(actions, list) or set(body) - {"actions"}:
        message = 'seed takes {"actions": [...]}'
        raise ValueError(message)
    try:
        return {"results": [_act(team, each) for each in cast("list[JsonObject]", actions)]}
    except VendorError as refused:
        raise ValueError(str(refused)) from refused


def _act(team: Team, action: JsonObject) -> JsonObject:
    table, verb = str(action.get("object")), action.get("action")
    if table not in TABLES:
        message = f"unknown object {table!r}; known: {TABLES}"
        raise ValueError(message)
    somebody = max(user_id for user_id, user in team.users.items() if not user["disabled"])
    writer, fields = Writer(team), dict(action.get("fields") or {})
    if verb == "create" and table in _WRITTEN:
        return {"id": writer.create(table, fields, by=somebody)["id"]}
    row_id = int(action.get("id") or 0)
    row = team.row(table, row_id)
    if verb == "update" and table in _WRITTEN:
        writer.update(table, row_id, fields, by=somebody)
    elif verb == "update":
        row.update(take_task(team, dict(row), fields) if table == "tasks" else fields)
        team.touch(table, row, by=somebody)
    elif verb == "delete" and table in _WRITTEN:
        writer.delete(table, row_id)
    elif verb in ("delete", "archive"):
        row["gone" if verb == "delete" else "archived"] = True
        team.touch(table, row, by=somebody)
    elif verb == "merge" and table in ("accounts", "contacts"):
        _merge(team, table, row, int(action.get("with") or 0))
    else:
        message = f"people cannot {verb!r} {table}"
        raise ValueError(message)
    return {"id": row_id}


def _merge(team: Team, table: str, kept: JsonObject, other_id: int) -> None:
    other = team.row(table, other_id)
    for key, value in other.items():
        if kept.get(key) in (None, "", [], {}):
            kept[key] = value
    for each in team.live("contacts") + team.live("opportunities"):
        if table == "accounts" and each.get("account") == other_id:
            each["account"] = kept["id"]
    other["gone"] = True
    team.touch(table, kept)

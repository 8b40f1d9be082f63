"""The team's definitions: people, pipelines, stages, custom fields, currencies."""

from __future__ import annotations

import re
from typing import Any

from sandbox.salesflare import querying
from sandbox.salesflare.calls import Call
from sandbox.salesflare.checking import check
from sandbox.salesflare.errors import invalid, not_found, refusal
from sandbox.salesflare.filterfields import list_filter_fields
from sandbox.salesflare.schemas import CUSTOM_FIELD, NEW_CUSTOM_FIELD
from sandbox.salesflare.team import CURRENCY, TIME_ZONE, Team

JsonObject = dict[str, Any]

TYPES: list[JsonObject] = [
    {"id": place, "name": name, "type": kind, "displayName": label}
    for place, (name, kind, label) in enumerate(
        (
            ("text", "string", "Single text line"),
            ("textarea", "string", "Multiple text lines"),
            ("number", "number", "Number"),
            ("boolean", "boolean", "Checkbox"),
            ("date", "date", "Date"),
            ("select", "select", "Dropdown (single choice)"),
            ("multi_select", "multi_select", "Dropdown (multiple choice)"),
            ("url", "string", "URL"),
        ),
        start=1,
    )
]
"""Of the types, only the keys and ``date`` are recorded; names and ids are of our making."""


def me(call: Call) -> object:
    """Answer whose key it is."""
    team = call.team
    user = team.users[team.me]
    keys = ("id", "name", "firstname", "lastname", "email", "domain", "picture", "type", "disabled")
    about = {"id": 40_251, "name": "Sandbox Team", "currency": CURRENCY, "time_zone": TIME_ZONE}
    role = {"id": 1, "name": "Admin", "permissions": {"view": "CED", "ced": "CED"}}
    return {key: user[key] for key in keys} | {"team": about, "is_admin": True, "role": role, "language": "en"}


def list_users(call: Call) -> object:
    """Answer one page of the team's people."""
    querying.check_keys(querying.KEYS["users"], call.request)
    wanted = querying.ids(call.request, "id")
    rows = [row for row in call.team.users.values() if not wanted or row["id"] in wanted]
    if call.flag("onlyEnabled", default=True):
        rows = [row for row in rows if not row["disabled"]]
    orders = ("id", "name", "email")
    return querying.page(call.team, querying.ordered(rows, call.request, orders), call.request, "users")


def list_pipelines(call: Call) -> object:
    """Answer every pipeline with its stages."""
    querying.check_keys({"search", "order_by", "q"}, call.request)
    return call.team.pipelines


def list_stages(call: Call) -> object:
    """Answer every stage."""
    return [
        stage | {"pipeline": {"id": pipeline["id"], "name": pipeline["name"]}}
        for pipeline in call.team.pipelines
        for stage in pipeline["stages"]
    ]


def list_currencies(_call: Call) -> object:
    """Answer the currencies."""
    return [CURRENCY, {"id": 2, "iso": "EUR", "html": "&euro;"}]


def list_types(_call: Call) -> object:
    """Answer the types of custom fields."""
    return TYPES


def filter_fields(call: Call) -> object:
    """Answer what ``q`` can ask for."""
    return list_filter_fields(call.team, call.params["entity"])


def list_custom_fields(call: Call) -> object:
    """Answer the custom fields of a kind of record."""
    querying.check_keys({"includeDisabled", "pipeline", "name"}, call.request)
    name = call.request.args.get("name")
    rows = [row for row in _table(call).values() if name in (None, row["name"])]
    return [row for row in rows if row["enabled"] or call.flag("includeDisabled", default=False)]


def get_custom_field(call: Call) -> object:
    """Answer one custom field."""
    return _field(call)


def create_custom_field(call: Call) -> object:
    """Make a custom field; its ``api_field`` is made of its name."""
    given = check(NEW_CUSTOM_FIELD, call.json())
    kind = next((each for each in TYPES if each["id"] == given.get("type")), None)
    if kind is None or not given.get("name"):
        raise invalid("payload", "type", '"type" and "name" are required', "any", "required")
    return {"id": add_custom_field(call.team, call.params["itemClass"], given, kind)["id"]}


def add_custom_field(team: Team, table: str, given: JsonObject, kind: JsonObject) -> JsonObject:
    """Store a custom field.

    Raises:
        VendorError: 400, the name is taken; 404, there are no such records.
    """
    if table not in team.custom_fields:
        raise not_found()
    fields = team.custom_fields[table]
    if any(each["name"].lower() == given["name"].lower() for each in fields.values()):
        raise refusal(400, "A custom field with this name already exists")
    slug = re.sub(r"[^a-z0-9]+", "_", given["name"].lower()).strip("_")
    taken = {each["api_field"] for each in fields.values()}
    field_id = team.new_id("customfields")
    row = {
        "id": field_id,
        "name": given["name"],
        "api_field": slug if slug not in taken else f"{slug}_{field_id}",
        "type": kind,
        "required": bool(given.get("required")),
        "enabled": bool(given.get("enabled", True)),
        "archived": False,
        "order": len(fields) + 1,
        "pipeline": given.get("pipeline"),
        "options": _options(team, given.get("options") or []),
    }
    fields[field_id] = row
    return row


def _options(team: Team, given: list[JsonObject]) -> list[JsonObject]:
    return [
        {
            "id": each.get("id") or team.new_id("parts"),
            "name": each["name"],
            "order": each.get("order", place),
            "archived": bool(each.get("archived")),
        }
        for place, each in enumerate(given, start=1)
    ]


def update_custom_field(call: Call) -> object:
    """Change a custom field; its type and ``api_field`` stay."""
    row, given = _field(call), check(CUSTOM_FIELD, call.json())
    row.update({key: given[key] for key in ("name", "required", "enabled", "archived", "order") if key in given})
    if "options" in given:
        row["options"] = _options(call.team, given["options"])
    return {"success": True}


def delete_custom_field(call: Call) -> object:
    """Delete a custom field with every value."""
    row = _field(call)
    del _table(call)[row["id"]]
    for each in call.team.tables[call.params["itemClass"]].values():
        held: JsonObject = each.get("custom") or {}
        held.pop(row["api_field"], None)
    return {"success": True}


def list_options(call: Call) -> object:
    """Answer a custom field's options."""
    for row in _table(call).values():
        if row["api_field"] == call.params["field"]:
            return [each for each in row["options"] if not each["archived"]]
    raise not_found()


def _table(call: Call) -> dict[int, JsonObject]:
    table = call.params["itemClass"]
    if table not in call.team.custom_fields:
        words = '"itemClass" must be one of [accounts, contacts, opportunities]'
        raise invalid("params", "itemClass", words, "any", "allowOnly")
    return call.team.custom_fields[table]


def _field(call: Call) -> JsonObject:
    row = _table(call).get(call.id())
    if row is None:
        raise not_found()
    return row

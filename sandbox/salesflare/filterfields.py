"""The fields that ``q`` can ask for. The ids are of our making: no source shows one."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesflare.errors import not_found
from sandbox.salesflare.team import Team

JsonObject = dict[str, Any]

TABLES = {"account": "accounts", "person": "contacts", "opportunity": "opportunities", "task": "tasks"}
_DISPLAY = {"account": "Account", "person": "Contact", "opportunity": "Opportunity", "task": "Task"}
_DATES = ["after", "before", "on"]
_TEXTS = ["equal", "contains", "in"]


def list_filter_fields(team: Team, entity: str) -> list[JsonObject]:
    """Return what can be asked of an entity.

    Raises:
        VendorError: 404, there is no such entity.
    """
    if entity not in TABLES:
        raise not_found()
    rows = [_row(entity, "name", "Name", "string", _TEXTS), _row(entity, "creation_date", "Created", "date", _DATES)]
    if team.options.modification_filter or entity == "person":
        rows.append(_row(entity, "modification_date", "Last modified", "date", _DATES))
    if entity == "person":
        rows.append(_row(entity, "email", "Email", "string", _TEXTS))
    if team.options.custom_filters:
        for field in team.custom_fields.get(TABLES[entity], {}).values():
            row = _row(entity, f"custom.{field['api_field']}", field["name"], "string", _TEXTS)
            rows.append(row | {"customfield_id": str(field["id"]), "name": field["api_field"]})
    return rows


def _row(entity: str, name: str, label: str, kind: str, operators: list[str]) -> JsonObject:
    return {
        "id": f"{entity}.{name}",
        "query_builder_id": f"{entity}.{name}",
        "customfield_id": "",
        "label": label,
        "name": name,
        "type": kind,
        "input": "text",
        "operators": operators,
        "group": _DISPLAY[entity],
        "entity": entity,
        "display_entity": _DISPLAY[entity],
        "sortable": True,
        "enabled": "true",
    }


def values_of(team: Team, entity: str, row: JsonObject, field_id: str, operator: str) -> list[Any] | None:
    """Return what a row holds in a field that ``q`` names; ``None`` for a field or operator there is not."""
    known = {each["id"]: each for each in list_filter_fields(team, entity)}
    if field_id not in known or operator not in known[field_id]["operators"] or operator == "on":
        return None
    name = field_id.removeprefix(f"{entity}.")
    custom: JsonObject = row.get("custom") or {}
    value: object = custom.get(name.removeprefix("custom.")) if "custom." in name else row.get(name)
    if isinstance(value, dict):
        return [cast("JsonObject", value)["name"]]
    return [] if value is None else [value]

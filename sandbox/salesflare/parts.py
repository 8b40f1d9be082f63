"""Lists inside a record: numbers, addresses, positions, tags, custom values."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesflare.checking import is_date
from sandbox.salesflare.errors import invalid
from sandbox.salesflare.team import Team, day_of

JsonObject = dict[str, Any]

_CONVENIENT = {
    "address": ("addresses", None),
    "position": ("positions", None),
    "phone_number": ("phone_numbers", "work"),
    "mobile_phone_number": ("phone_numbers", "mobile"),
    "home_phone_number": ("phone_numbers", "home"),
    "fax_number": ("phone_numbers", "fax"),
}
_LISTS = ("addresses", "positions", "phone_numbers", "email_addresses", "social_profiles")


def take_parts(team: Team, row: JsonObject, body: JsonObject) -> None:
    """Bring a body's lists into a row: a part with an id is changed or archived, one without is added.

    A part that is not named stays. A number without an id is one more number, never another's new value.
    """
    for name in _LISTS:
        for part in body.get(name, ()):
            _take_part(team, row, name, {"url": part} if isinstance(part, str) else part)
    for name, (place, kind) in _CONVENIENT.items():
        if name in body:
            value = body[name]
            part = {"number": value, "type": kind} if kind else value
            _take_part(team, row, place, part, first=True)
    if "role" in body:
        _take_role(team, row, body["role"])
    if "tags" in body:
        _take_tags(team, row, body["tags"])


def _take_part(team: Team, row: JsonObject, name: str, part: JsonObject, *, first: bool = False) -> None:
    parts: list[JsonObject] = row.setdefault(name, [])
    given = {key: value for key, value in part.items() if key not in ("_dirty", "region")}
    if "region" in part and "state_region" not in part:
        given["state_region"] = part["region"]
    held = next((each for each in parts if each["id"] == part.get("id")), None)
    if part.get("id") is not None and held is None:
        raise invalid("payload", f"{name}.id", '"id" does not exist', "number", "exist")
    if held is not None:
        held.update(given)
        return
    fresh = {"id": team.new_id("parts"), **_blank(name), **given}
    parts.insert(0 if first else len(parts), fresh)


def _blank(name: str) -> JsonObject:
    keys = {
        "addresses": ("street", "zip", "city", "state_region", "country", "type"),
        "positions": ("organisation", "role"),
        "phone_numbers": ("number", "type"),
        "email_addresses": ("email",),
        "social_profiles": ("type", "url", "username"),
    }
    return dict.fromkeys(keys[name])


def _take_role(team: Team, row: JsonObject, role: object) -> None:
    held = [each for each in row.setdefault("positions", []) if not each.get("archived")]
    if held:
        held[0]["role"] = role
    elif role is not None:
        _take_part(team, row, "positions", {"role": role})


def _take_tags(team: Team, row: JsonObject, tags: list[Any]) -> None:
    """Add what is named, take away what is marked as deleted; tags that are not named stay."""
    held: list[int] = row.setdefault("tags", [])
    for tag in tags:
        given: JsonObject = {"name": tag} if isinstance(tag, str) else tag
        tag_id = given.get("id")
        if tag_id is None and given.get("name"):
            tag_id = team.tag_id(str(given["name"]).strip())
        if tag_id not in team.tables["tags"]:
            raise invalid("payload", "tags", '"tags" names a tag that does not exist', "array", "exist")
        if given.get("_deleted"):
            row["tags"] = held = [each for each in held if each != tag_id]
        elif tag_id not in held:
            held.append(cast("int", tag_id))


def take_custom(team: Team, table: str, row: JsonObject, custom: JsonObject) -> None:
    """Bring custom values into a row; keys are each field's ``api_field``.

    Raises:
        VendorError: 400, no such field, or a value of another kind.
    """
    fields = {each["api_field"]: each for each in team.custom_fields[table].values() if each["enabled"]}
    taken: JsonObject = {}
    for name, value in custom.items():
        if name not in fields:
            raise invalid("payload", f"custom.{name}", f'"{name}" is not allowed', "object", "unknown")
        taken[name] = _custom_value(fields[name], value)
    kept: JsonObject = (row.get("custom") or {}) if team.options.update_merges_custom else {}
    row["custom"] = {key: value for key, value in {**kept, **taken}.items() if value is not None}


def _custom_value(field: JsonObject, value: object) -> object:
    if value is None:
        return None
    name, kind = field["api_field"], field["type"]["type"]
    options = {each["id"]: {"id": each["id"], "name": each["name"]} for each in field["options"]}
    if kind in ("select", "multi_select"):
        is_list = isinstance(value, list)
        chosen: list[object] = cast("list[object]", value) if is_list else [value]
        ids: list[Any] = [cast("JsonObject", each).get("id") if isinstance(each, dict) else each for each in chosen]
        if (kind == "select") == is_list or any(each not in options for each in ids):
            raise invalid("payload", f"custom.{name}", f'"{name}" must be one of the options', "any", "allowOnly")
        return [options[each] for each in ids] if kind == "multi_select" else options[ids[0]]
    kinds = {"number": (int, float), "boolean": (bool,)}.get(kind, (str,))
    is_right = isinstance(value, kinds) and (kind == "boolean" or not isinstance(value, bool))
    if not is_right or (kind == "date" and not is_date(str(value))):
        raise invalid("payload", f"custom.{name}", f'"{name}" must be a {kind}', kind, "base")
    return day_of(str(value)) if kind == "date" else value

"""Values of custom fields: what may be written, how it is kept, and how calls and webhooks show it.

Kept is a list of ``{"value", "enum_id", "enum_code"}``. Source: Kommo, custom field values reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sandbox.kommo.errors import choice, missing, wrong_type
from sandbox.kommo.field_types import CHOICES
from sandbox.kommo.setup import TIME_ZONE

JsonObject = dict[str, Any]
Kept = list[JsonObject]
_TEXTS = frozenset({"text", "textarea", "url", "streetaddress", "tracking_data"})
_NUMBERS = frozenset({"numeric", "price", "monetary"})
_TIMES = frozenset({"date", "date_time", "birthday"})
_SINGLE = frozenset({"select", "radiobutton", "category"})


def checked(definition: JsonObject, values: object, path: str) -> tuple[Kept | None, list[JsonObject]]:
    """Return values as they will be kept (``None`` clears), and what is wrong with them."""
    if values is None:
        return None, []
    if not isinstance(values, list) or not values:
        return None, [wrong_type(path, "array")]
    given = cast("list[Any]", values)
    kind = definition["type"]
    if len(given) > 1 and kind not in {"multiselect", "multitext"}:
        return None, [wrong_type(path, "array of one")]
    kept: Kept = []
    wrong: list[JsonObject] = []
    for place, each in enumerate(given):
        spot = f"{path}.{place}"
        if not isinstance(each, dict):
            wrong.append(wrong_type(spot, "array"))
            continue
        value, problem = _one(definition, cast("JsonObject", each), spot)
        wrong += [problem] if problem else []
        kept += [value] if value else []
    return kept, wrong


def _one(definition: JsonObject, given: JsonObject, path: str) -> tuple[JsonObject | None, JsonObject | None]:
    kind = definition["type"]
    if kind in CHOICES:
        return _choice(definition, given, path)
    if "value" not in given:
        return None, missing(f"{path}.value")
    value = _convert(kind, given["value"])
    if value is None:
        return None, wrong_type(f"{path}.value", "int" if kind in _TIMES else "string")
    return {"value": value}, None


def _choice(definition: JsonObject, given: JsonObject, path: str) -> tuple[JsonObject | None, JsonObject | None]:
    enums = cast("list[JsonObject]", definition["enums"])
    if definition["type"] == "multitext":
        value = given.get("value")
        if not isinstance(value, str) or not value:
            return None, wrong_type(f"{path}.value", "string")
        code = given.get("enum_code")
        found = next((each for each in enums if each["code"] == code or each["id"] == given.get("enum_id")), None)
        if found is None and (code or given.get("enum_id")):
            return None, choice(f"{path}.enum_code")
        found = found or enums[0]
        return {"value": value, "enum_id": found["id"], "enum_code": found["code"]}, None
    for key, held in (("enum_id", "id"), ("enum_code", "code"), ("value", "value")):
        if given.get(key) is not None:
            found = next((each for each in enums if each[held] == given[key]), None)
            if found is None:
                return None, choice(f"{path}.{key}")
            return {"value": found["value"], "enum_id": found["id"], "enum_code": found["code"]}, None
    return None, missing(f"{path}.value")


def _convert(kind: str, value: object) -> str | bool | int | None:
    if kind == "checkbox":
        return value if isinstance(value, bool) else None
    if kind in _TIMES:
        return _seconds(value, whole_days=kind != "date_time")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if kind in _NUMBERS:
        try:
            return str(value) if float(value) == float(value) else None
        except ValueError:
            return None
    if kind == "url" and not str(value).startswith(("http://", "https://")):
        return None
    return str(value) or None


def _seconds(value: object, *, whole_days: bool) -> int | None:
    """Return a moment in unix seconds; of a day, its first second where the account is."""
    zone = ZoneInfo(TIME_ZONE)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, zone)
    except (ValueError, OverflowError, OSError):
        return None
    if moment.tzinfo is None:
        return None
    if whole_days:
        moment = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(moment.timestamp())


def shown(definitions: Sequence[JsonObject], kept: dict[int, Kept]) -> list[JsonObject] | None:
    """Return values as calls show them: ``null`` when there are none."""
    rows = [
        {
            "field_id": each["id"],
            "field_name": each["name"],
            "field_code": each["code"],
            "field_type": each["type"],
            "values": [dict(value) for value in kept[each["id"]]],
            "is_computed": False,
        }
        for each in definitions
        if kept.get(each["id"])
    ]
    return rows or None


def in_webhooks(definitions: Sequence[JsonObject], kept: dict[int, Kept]) -> list[JsonObject]:
    """Return values as webhooks show them, which is another way."""
    rows: list[JsonObject] = []
    for each in definitions:
        if not kept.get(each["id"]):
            continue
        row: JsonObject = {"id": each["id"], "name": each["name"], "values": _hook(each["type"])(kept[each["id"]])}
        rows.append(row | ({"code": each["code"]} if each["code"] else {}))
    return rows


def _hook(kind: str) -> Callable[[Kept], Any]:
    if kind in {"date", "date_time"}:
        return lambda kept: [each["value"] for each in kept]
    if kind == "radiobutton":
        return lambda kept: {"value": kept[0]["value"], "enum": kept[0]["enum_id"]}
    if kind in CHOICES:
        return lambda kept: [{"value": each["value"], "enum": each["enum_id"]} for each in kept]
    return lambda kept: [
        {"value": int(each["value"]) if each["value"] in {True, False} else each["value"]} for each in kept
    ]

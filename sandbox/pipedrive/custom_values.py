"""Values of custom fields as v2 takes and shows them, and as webhooks v2 show them.

Source: Pipedrive, API v2 migration guide (custom fields) and webhooks v2 migration guide (typed values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.pipedrive import values
from sandbox.pipedrive.errors import VendorError, invalid
from sandbox.pipedrive.fields import Field

JsonObject = dict[str, Any]
VARCHAR_MAX = 255

_PAIRS: Mapping[str, Mapping[str, Callable[[str, object], object]]] = {
    "monetary": {"value": values.number, "currency": values.currency},
    "daterange": {"value": values.day, "until": values.day},
    "time": {"value": values.hour, "timezone_id": values.integer, "timezone_name": values.text},
    "timerange": {
        "value": values.hour,
        "until": values.hour,
        "timezone_id": values.integer,
        "timezone_name": values.text,
    },
}
_PLAIN: Mapping[str, Callable[[str, object], object]] = {
    "text": values.text,
    "phone": values.text,
    "double": values.number,
    "date": values.day,
    "address": values.address,
    "user": values.integer,
    "org": values.integer,
    "people": values.integer,
}


def check(field: Field, value: object) -> object:
    """Return what is stored for a value given; ``None`` clears.

    Raises:
        VendorError: 400 naming the field's code.
    """
    try:
        return None if value is None else _check(field, value)
    except VendorError as refusal:
        body = cast("JsonObject", refusal.body)
        raise VendorError(refusal.status, body | {"field_code": field.code}) from refusal


def _check(field: Field, value: object) -> object:
    name, kind = f"custom_fields.{field.code}", field.field_type
    if kind in ("varchar", "varchar_auto"):
        given = values.text(name, value)
        if len(given) > VARCHAR_MAX:
            raise invalid(f"{name} must be at most {VARCHAR_MAX} characters")
        return given or None
    if kind == "enum":
        return _option(field, name, value)
    if kind == "set":
        if not isinstance(value, list) or not value:
            raise invalid(f"{name} must be a non-empty array of option ids")
        return sorted({_option(field, name, each) for each in cast("list[object]", value)})
    if kind in _PAIRS:
        return values.known(name, value, _PAIRS[kind])
    return _PLAIN[kind](name, value)


def _option(field: Field, name: str, value: object) -> int:
    if values.integer(name, value) not in {each["id"] for each in field.options}:
        raise invalid(f"{name} is not an option of the field")
    return cast("int", value)


def hooked(field: Field, value: Any) -> JsonObject:
    """Return a value as webhooks v2 show it: with its type."""
    kind = field.field_type
    if kind in ("enum", "user", "org", "people"):
        return {"type": kind, "id": value}
    if kind == "set":
        return {"type": kind, "values": [{"id": each} for each in value]}
    if kind in ("daterange", "timerange"):
        return {"type": kind, "from": value.get("value"), "until": value.get("until")}
    if isinstance(value, dict):
        return {"type": kind, **cast("JsonObject", value)}
    return {"type": kind, "value": value}

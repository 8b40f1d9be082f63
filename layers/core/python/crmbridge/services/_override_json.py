"""Overrides of a mapping as the API takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from crmbridge.domain.mapping.forms import OPS, Transform
from crmbridge.domain.mapping.overrides import FieldMap, Overrides
from crmbridge.domain.records import ENTITIES
from crmbridge.errors import RequestRejectedError

FIELDS_MAX = 500
_KEYS = frozenset({"entity", "field", "heldIn", "values", "transform", "required"})
_TRANSFORM_KEYS = frozenset({"op", "text", "number", "yes", "no"})


def read_overrides(given: Sequence[object]) -> Overrides:
    """Return the overrides that a request sends; whether they can be carried out is asked elsewhere.

    Raises:
        RequestRejectedError: one of them is not what an override looks like; says which part.
    """
    if len(given) > FIELDS_MAX:
        raise _wrong("fields", f"a list of at most {FIELDS_MAX} overrides")
    return tuple(_override(each, f"fields[{number}]") for number, each in enumerate(given))


def show_override(override: FieldMap) -> dict[str, Any]:
    """Return an override as the API shows it; what it does not change is left out."""
    shown: dict[str, Any] = {"entity": override.entity, "field": override.field}
    if override.held_in:
        shown["heldIn"] = override.held_in
    if override.values:
        shown["values"] = dict(override.values)
    if override.transform is not None:
        shown["transform"] = _show_transform(override.transform)
    return {**shown, "required": override.required}


def _show_transform(transform: Transform) -> dict[str, Any]:
    parts = {"text": transform.text, "number": transform.number, "yes": transform.yes, "no": transform.no}
    return {"op": transform.op, **{name: each for name, each in parts.items() if each}}


def _override(given: object, at: str) -> FieldMap:
    raw = _object(given, at, _KEYS)
    if raw.get("entity") not in ENTITIES:
        raise _wrong(f"{at}.entity", f"one of {', '.join(ENTITIES)}")
    required: object = raw.get("required", False)
    if not isinstance(required, bool):
        raise _wrong(f"{at}.required", "true or false")
    name = _text(raw, "field", at)
    held_in = _text(raw, "heldIn", at)
    if not name:
        raise _wrong(f"{at}.field", "the canonical name of a field")
    return FieldMap(
        entity=raw["entity"],
        field=name,
        held_in="" if held_in == name else held_in,
        values=_values(raw.get("values", {}), f"{at}.values"),
        transform=_transform(raw.get("transform"), f"{at}.transform"),
        required=required,
    )


def _values(given: object, at: str) -> dict[str, str]:
    if not isinstance(given, dict):
        raise _wrong(at, "an object of the CRM's words by the hub's")
    words = cast("dict[str, object]", given)
    for ours, theirs in words.items():
        if not isinstance(theirs, str):
            raise _wrong(f"{at}.{ours}", "a text: the CRM's word")
    return {ours: str(theirs) for ours, theirs in sorted(words.items())}


def _transform(given: object, at: str) -> Transform | None:
    if given is None:
        return None
    raw = _object(given, at, _TRANSFORM_KEYS)
    if raw.get("op") not in OPS:
        raise _wrong(f"{at}.op", f"one of {', '.join(OPS)}")
    number: object = raw.get("number", 0)
    if isinstance(number, bool) or not isinstance(number, int):
        raise _wrong(f"{at}.number", "a whole number")
    parts = {name: _text(raw, name, at) for name in ("text", "yes", "no")}
    return Transform(op=raw["op"], number=number, **parts)


def _object(given: object, at: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise _wrong(at, f"an object with {', '.join(sorted(known))}")
    raw = cast("dict[str, Any]", given)
    for key in sorted(raw.keys() - known):
        raise _wrong(f"{at}.{key[:60]}", f"left out: there are {', '.join(sorted(known))}")
    return raw


def _text(raw: Mapping[str, Any], key: str, at: str) -> str:
    value: object = raw.get(key, "")
    if not isinstance(value, str):
        raise _wrong(f"{at}.{key}", "a text")
    return value


def _wrong(field: str, wanted: str) -> RequestRejectedError:
    return RequestRejectedError(f"{field} must be {wanted}", field=field, next_step=f"send {field} as {wanted}")

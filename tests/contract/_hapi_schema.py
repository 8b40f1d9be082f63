"""Values held against a Swagger file that hapi-swagger wrote: joi's rules are in its ``x-`` keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

JsonObject = Mapping[str, Any]
Check = Callable[[JsonObject, Any, str], Iterator[str]]
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def faults(schema: JsonObject, value: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value.

    ``null`` passes everywhere: the file marks nothing as nullable, and answers are full of it. A key that the schema
    does not name is wrong, since joi refuses it; an object without any named key is free.
    """
    if value is None:
        return
    alternatives = schema.get("x-alternatives")
    if alternatives:
        tried = [list(faults({**each, "x-alternatives": None}, value, path)) for each in alternatives]
        yield from min(tried, key=len) if all(tried) else ()
        return
    kind = schema.get("type", "object")
    single = kind == "array" and schema.get("x-constraint", {}).get("single") and not isinstance(value, list)
    if single:
        yield from faults(schema["items"], value, path)
        return
    if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: {kind} expected, got {value!r:.60}"
        return
    check: Check = _CHECKS.get(kind, _nothing)
    yield from check(schema, value, path)


def _nothing(schema: JsonObject, value: Any, path: str) -> Iterator[str]:
    del schema, value, path
    yield from ()


def _object(schema: JsonObject, value: dict[str, Any], path: str) -> Iterator[str]:
    known = schema.get("properties") or schema.get("x-properties") or {}
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}.{name}: required"
    for name, each in value.items():
        if known and name not in known:
            yield f"{path}.{name}: not in the file"
        elif known:
            yield from faults(known[name], each, f"{path}.{name}")


def _array(schema: JsonObject, value: list[Any], path: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{path}: at least {schema['minItems']} items"
    for place, each in enumerate(value):
        yield from faults(schema.get("items", {}), each, f"{path}[{place}]")


def _string(schema: JsonObject, value: str, path: str) -> Iterator[str]:
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{path}: longer than {schema['maxLength']}"
    if schema.get("enum") and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if str(schema.get("format", "")).startswith("date") and not _is_date(value):
        yield f"{path}: {value!r} is no {schema['format']}"


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _number(schema: JsonObject, value: float, path: str) -> Iterator[str]:
    if value < schema.get("minimum", value):
        yield f"{path}: {value} is below {schema['minimum']}"
    if schema.get("x-constraint", {}).get("sign") == "positive" and value <= 0:
        yield f"{path}: {value} is not positive"


_CHECKS: Mapping[str, Check] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _number,
}

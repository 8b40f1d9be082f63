"""Bodies checked as joi checks them: unknown keys, types, lengths, the first fault named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sandbox.salesflare.errors import JsonObject, VendorError, invalid

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ARTICLES = {"array": "an array", "object": "of type object"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one key may hold.

    Attributes:
        kind: ``string``, ``number``, ``boolean``, ``date``, ``email``, ``object``, ``array`` or ``any``.
        nullable: whether ``null`` empties it.
        most: longest text.
        least: smallest number.
        keys: of an object, or of each object in an array; without them any key will do.
        also: a further kind that is taken as well, or that an array's items may be.
        among: the only values.
    """

    kind: str
    nullable: bool = True
    required: bool = False
    most: int | None = None
    least: int | None = None
    keys: Mapping[str, Rule] | None = None
    also: str = ""
    among: tuple[str, ...] = ()


Schema = Mapping[str, Rule]


def check(schema: Schema, body: object, *, path: str = "", source: str = "payload") -> JsonObject:
    """Return a body that keeps to a schema.

    Raises:
        VendorError: 400 naming the first fault.
    """
    if not isinstance(body, dict):
        raise _wrong(source, path, "object", "base", "must be of type object")
    given = cast("JsonObject", body)
    for name, rule in schema.items():
        if rule.required and name not in given:
            raise _wrong(source, _join(path, name), "any", "required", "is required")
    for name, value in given.items():
        if name not in schema:
            raise _wrong(source, _join(path, name), "object", "unknown", "is not allowed")
        _check_value(schema[name], value, _join(path, name), source)
    return given


def _check_value(rule: Rule, value: object, path: str, source: str) -> None:
    if value is None:
        if not rule.nullable:
            raise _wrong(source, path, rule.kind, "base", f"must be {_a(rule.kind)}")
        return
    if rule.also and _is_kind(rule.also, value) and rule.kind != "array":
        return
    if not _is_kind(rule.kind, value):
        raise _wrong(source, path, rule.kind, "base", f"must be {_a(rule.kind)}")
    _check_limits(rule, value, path, source)
    if rule.kind == "object" and rule.keys is not None:
        check(rule.keys, value, path=path, source=source)
    if rule.kind == "array":
        for place, item in enumerate(cast("list[object]", value)):
            _check_item(rule, item, _join(path, str(place)), source)


def _check_item(rule: Rule, item: object, path: str, source: str) -> None:
    if rule.also and _is_kind(rule.also, item):
        return
    if rule.keys is not None:
        check(rule.keys, item, path=path, source=source)
    elif rule.also:
        raise _wrong(source, path, rule.also, "base", f"must be {_a(rule.also)}")


def _check_limits(rule: Rule, value: Any, path: str, source: str) -> None:
    if isinstance(value, str):
        if not value:
            raise _wrong(source, path, "string", "empty", "is not allowed to be empty")
        if rule.most is not None and len(value) > rule.most:
            words = f"length must be less than or equal to {rule.most} characters long"
            raise _wrong(source, path, "string", "max", words)
        if rule.among and value not in rule.among:
            raise _wrong(source, path, "any", "allowOnly", f"must be one of [{', '.join(rule.among)}]")
    elif rule.least is not None and value < rule.least:
        raise _wrong(source, path, "number", "min", f"must be larger than or equal to {rule.least}")


def _is_kind(kind: str, value: object) -> bool:
    if kind == "any":
        return True
    if kind in ("number", "boolean"):
        is_bool = isinstance(value, bool)
        return is_bool if kind == "boolean" else not is_bool and isinstance(value, int | float)
    if kind in ("object", "array"):
        return isinstance(value, dict if kind == "object" else list)
    if not isinstance(value, str):
        return False
    if kind == "email":
        return bool(_EMAIL.fullmatch(value.strip()))
    return kind != "date" or is_date(value)


def is_date(value: str) -> bool:
    """Tell whether a text is an ISO 8601 date or moment."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _a(kind: str) -> str:
    if kind in ("date", "email"):
        return "a valid ISO 8601 date" if kind == "date" else "a valid email"
    return _ARTICLES.get(kind, f"a {kind}")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong(source: str, path: str, kind: str, constraint: str, words: str) -> VendorError:
    label = path.rpartition(".")[2] or "value"
    return invalid(source, path, f'"{label}" {words}', kind, constraint)

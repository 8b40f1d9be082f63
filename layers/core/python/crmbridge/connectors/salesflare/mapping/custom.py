"""Custom fields: which of Salesflare's types holds which kind, and their values both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.mapping.custom_definitions import letters
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition
from crmbridge.domain.custom_fields import CustomField, CustomKind
from crmbridge.domain.records import Value


def read_custom(field: CustomField, definition: Definition, raw: object) -> Value:
    """Return a custom value in canonical form.

    Raises:
        ValueError: it cannot be understood.
    """
    if raw is None or raw == []:
        return None
    if field.kind == "choice":
        return values.text(_option(definition, raw[0] if isinstance(raw, list) else raw))  # pyright: ignore[reportUnknownArgumentType]
    if field.kind == "choices":
        many = cast("list[object]", raw) if isinstance(raw, list) else [raw]
        found = {values.text(_option(definition, each)) for each in many}
        return tuple(sorted(each for each in found if each)) or None
    if field.kind == "boolean":
        return _truth(raw)
    return _read_plain(field.kind, raw)


def _read_plain(kind: CustomKind, raw: object) -> Value:
    if kind == "number":
        return values.decimal_text(raw)
    if kind == "date":
        return values.date_text(raw)
    if kind == "datetime":
        found = values.moment(raw)
        return None if found is None else values.moment_text(found)
    return values.text(raw, multiline=kind == "long_text")


def _truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw).lower() in ("true", "false", "1", "0"):
        return str(raw).lower() in ("true", "1")
    raise ValueError(f"{str(raw)[:40]!r} is no truth value")


def _option(definition: Definition, raw: object) -> object:
    """Return an option's name, whether it came as an object, an id or a name."""
    if isinstance(raw, dict):
        told = cast("Mapping[str, Any]", raw)
        return told.get("name") or _option(definition, told.get("id"))
    by_id = {str(each.id): each.name for each in definition.options or ()}
    return by_id.get(str(raw), raw)


def write_custom(field: CustomField, definition: Definition, value: Value) -> tuple[bool, Any]:
    """Return whether a field can hold a canonical value, and what to send."""
    if value is None:
        return True, None
    if field.kind in ("choice", "choices"):
        ids = {letters(each.name): each.id for each in definition.options or () if not each.archived}
        said = value if isinstance(value, tuple) else (str(value),)
        found = [ids.get(letters(each)) for each in said]
        if None in found or not found:
            return False, None
        return True, found[0] if field.kind == "choice" else found
    try:
        return True, _write_plain(field.kind, value, stores_text="string" in definition.words.split())
    except ValueError:
        return False, None


def _write_plain(kind: CustomKind, value: Value, *, stores_text: bool) -> Value | float:
    if kind == "boolean":
        return _truth(value)
    read = _read_plain(kind, value)
    if read is None or stores_text or kind not in ("number", "date"):
        return read
    if kind == "number":
        number = float(str(read))
        return int(number) if number.is_integer() else number
    return noon(str(read))


def noon(day: str) -> str:
    """Return noon UTC of a day, which is that day in nearly every time zone Salesflare may think in.

    Example:
        >>> noon("2027-03-31")
        '2027-03-31T12:00:00.000Z'
    """
    return f"{day}T12:00:00.000Z"

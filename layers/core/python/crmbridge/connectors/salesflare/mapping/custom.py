"""Custom fields: which of Salesflare's types holds which kind, and their values both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.mapping.answers import Definition, FieldType
from crmbridge.domain.custom_fields import PREFIX, CustomField, CustomKind
from crmbridge.domain.records import Value

_WANTED: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "string", "singletextline", "singlelinetext"),
    "long_text": ("textarea", "longstring", "multipletextlines", "multilinetext", "text"),
    "number": ("number", "double", "decimal", "integer"),
    "boolean": ("boolean", "checkbox", "tristateboolean"),
    "date": ("date",),
    "datetime": ("datetime", "text"),
    "choice": ("select", "singleselect", "dropdown", "dropdownsinglechoice"),
    "choices": ("multiselect", "multipleselect", "dropdownmultiplechoice"),
    "url": ("url", "link", "text"),
}
"""Per kind, the letters of the types that hold it, the best first. No list of Salesflare's types is published."""

_NOT_A_LETTER = re.compile(r"[\W_]+")
_UNNAMED = re.compile(r"[^a-z0-9]+")


def letters(text: str) -> str:
    """Return a text's letters and digits in lower case."""
    return _NOT_A_LETTER.sub("", text.casefold())


def slug(text: str) -> str:
    """Return a text as Salesflare makes an ``api_field`` of it.

    Example:
        >>> slug("Solution type (solar)")
        'solution_type_solar'
    """
    return _UNNAMED.sub("_", text.casefold()).strip("_")


def type_for(kind: CustomKind, types: Iterable[FieldType]) -> FieldType | None:
    """Return the best type for a kind, or ``None`` when the team has none."""
    known = {letters(word): each for each in reversed(list(types)) for word in (each.name, each.type) if word}
    shown = {letters(each.display_name or ""): each for each in types}
    for wanted in _WANTED[kind]:
        found = known.get(wanted) or shown.get(wanted)
        if found is not None:
            return found
    return None


def suits(kind: CustomKind, definition: Definition) -> bool:
    """Tell whether a field that exists can hold a kind; one that does not tell its type is believed."""
    words = definition.words
    said = {letters(each) for each in words.split()} | {letters(words)}
    return not words or bool(said & set(_WANTED[kind])) or (kind in ("text", "url", "datetime") and "string" in said)


def definition_of(field: CustomField, definitions: Sequence[Definition]) -> Definition | None:
    """Return the definition that holds a custom field, the surest match first."""
    in_use = [each for each in definitions if not each.archived]
    wanted: tuple[tuple[str, bool], ...] = (
        (field.remote_name, True),
        (field.remote_name, False),
        (slug(field.label), True),
        (field.label, False),
        (field.name.removeprefix(PREFIX), True),
    )
    for text, is_api_field in wanted:
        for each in in_use:
            if text and text == (each.api_field if is_api_field else each.name):
                return each
    return None


def own_definition(name: str, definitions: Iterable[Definition]) -> Definition | None:
    """Return the definition of our own field."""
    return next((each for each in definitions if name in (each.api_field, each.name) and not each.archived), None)


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

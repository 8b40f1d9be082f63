"""Custom fields: the workspace's kinds in Pipedrive's types, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.lexicon import Definition
from crmbridge.connectors.pipedrive.mapping.rules import NAME_MAX
from crmbridge.domain.custom_fields import CustomField, CustomKind
from crmbridge.domain.records import Value

YES, NO = "Yes", "No"

TYPES: Mapping[CustomKind, str] = {
    "text": "varchar",
    "long_text": "text",
    "number": "double",
    "boolean": "enum",
    "date": "date",
    "datetime": "varchar",
    "choice": "enum",
    "choices": "set",
    "url": "varchar",
}
"""Type in which a field is made; there is none for truth values, nor for moments."""

_YES = frozenset({"yes", "true", "1", "ja", "sim", "oui", "si", "sí"})


def options_of(wanted: CustomField) -> tuple[str, ...]:
    """Return the options a field needs."""
    return (YES, NO) if wanted.kind == "boolean" else wanted.options


def read_custom(wanted: CustomField, definition: Definition, raw: object) -> Value:
    """Return a custom field's value in canonical form.

    Raises:
        ValueError: it is not what the field's kind can be.
    """
    if raw is None or raw in ("", []):
        return None
    if definition.type == "set":
        labels = [definition.label(each) or str(each) for each in cast("list[Any]", raw)]
        return tuple(sorted(labels)) if wanted.kind == "choices" else _canonical(wanted.kind, ", ".join(sorted(labels)))
    if definition.type == "enum":
        raw = definition.label(raw) or str(raw)
    elif isinstance(raw, dict):
        raw = cast("dict[str, Any]", raw).get("value")
    if wanted.kind == "choices":
        label = values.text(raw)
        return (label,) if label else ()
    return _canonical(wanted.kind, raw)


def _canonical(kind: CustomKind, raw: object) -> Value:
    if kind == "number":
        return values.decimal_text(raw)
    if kind == "boolean":
        return str(raw).strip().casefold() in _YES
    if kind == "date":
        return values.date_text(raw)
    if kind == "datetime":
        moment = values.moment(raw)
        return None if moment is None else values.moment_text(moment)
    return values.text(raw, multiline=kind == "long_text")


def write_custom(wanted: CustomField, definition: Definition, value: Value) -> tuple[bool, Any]:
    """Return whether Pipedrive can hold a canonical value, and what to send for it; ``None`` clears.

    Raises:
        ValueError: the value is not of the field's kind.
    """
    if value is None or value == ():
        return True, None
    if definition.type == "set":
        labels = value if isinstance(value, tuple) else (str(value),)
        ids = [definition.option(each) for each in labels]
        return None not in ids, sorted(cast("list[int]", ids)) if None not in ids else None
    if definition.type == "enum":
        option = definition.option(_word(value))
        return option is not None, option
    return _scalar(wanted, definition, value)


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return value[0] if isinstance(value, tuple) else str(value)


def _scalar(wanted: CustomField, definition: Definition, value: Value) -> tuple[bool, Any]:
    if definition.type in ("double", "monetary"):
        number = values.decimal_text(_word(value))
        plain = None if number is None else number_of(number)
        if definition.type == "double":
            return True, plain
        return False, None
    if definition.type == "date":
        return True, values.date_text(value)
    if definition.type in ("varchar", "varchar_auto", "text", "phone"):
        most = values.TEXT_MAX if definition.type == "text" else NAME_MAX
        words = ", ".join(value) if isinstance(value, tuple) else _word(value)
        return True, values.text(words, max_length=most, multiline=wanted.kind == "long_text")
    return False, None


def number_of(plain: str) -> int | float:
    """Return a canonical number as JSON holds it.

    Example:
        >>> number_of("1250000"), number_of("48000.75")
        (1250000, 48000.75)
    """
    return float(plain) if "." in plain else int(plain)

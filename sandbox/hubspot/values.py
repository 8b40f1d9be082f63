"""Validate one written value and turn it into what is stored; pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from sandbox.hubspot.email_headers import read_headers
from sandbox.hubspot.errors import Invalid
from sandbox.hubspot.property_types import Property
from sandbox.hubspot.times import iso, parse_iso

_MAX_TEXT = 65_536
_DAY_MS = 86_400_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")
_INTEGER = re.compile(r"-?\d+\Z")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}\Z")


class InvalidValueError(Exception):
    """A value the property does not take; ``problem`` says why."""

    def __init__(self, problem: Invalid) -> None:
        """Keep the problem."""
        super().__init__(problem.message)
        self.problem = problem


def stored_value(definition: Property, text: str, *, current: str | None) -> str:
    """Return the text to store for a written value.

    Args:
        definition: the property.
        text: the value as text; the empty string clears the property.
        current: what is stored now; appended to if ``text`` starts with ``;``.

    Raises:
        InvalidValueError: the property does not take the value.
    """
    if text == "":
        return ""
    if definition.special == "email":
        return _email(definition, text)
    if definition.special == "headers" and read_headers(text) is None:
        raise _refuse(definition, "INVALID_JSON", f"{definition.name} is not a valid JSON string of email headers")
    convert = _CONVERTERS.get(definition.kind)
    if convert is not None:
        return convert(definition, text)
    if definition.kind == "enumeration":
        return _choices(definition, text, current)
    if len(text) > _MAX_TEXT:
        raise _refuse(definition, "VALUE_TOO_LONG", f"{definition.name} exceeds {_MAX_TEXT} characters")
    return text


def as_text(value: object) -> str | None:
    """Turn a JSON scalar into the text the vendor stores; ``None`` for an array or an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def webhook_value(definition: Property, value: str) -> str:
    """Spell a stored value as webhooks do: datetimes and dates as epoch milliseconds."""
    if value and definition.kind in {"datetime", "date"}:
        text = value if definition.kind == "datetime" else f"{value}T00:00:00Z"
        ms = parse_iso(text)
        return value if ms is None else str(ms)
    return value


def _refuse(definition: Property, code: str, message: str) -> InvalidValueError:
    return InvalidValueError(Invalid(name=definition.name, code=code, message=message))


def _email(definition: Property, text: str) -> str:
    address = text.strip().lower()
    if not _EMAIL.match(address):
        raise _refuse(definition, "INVALID_EMAIL", f"Email address {text} is invalid")
    return address


def _number(definition: Property, text: str) -> str:
    if not _NUMBER.match(text.strip()):
        raise _refuse(definition, "INVALID_INTEGER", f"{text} was not a valid number.")
    return text.strip()


def _bool(definition: Property, text: str) -> str:
    if text not in {"true", "false"}:
        message = f"{text} was not one of the allowed options: [true, false]"
        raise _refuse(definition, "INVALID_OPTION", message)
    return text


def _datetime(definition: Property, text: str) -> str:
    ms = int(text) if _INTEGER.match(text) else parse_iso(text)
    if ms is None:
        raise _refuse(definition, "INVALID_LONG", f"{text} was not a valid long.")
    return iso(ms)


def _date(definition: Property, text: str) -> str:
    if _INTEGER.match(text):
        ms = int(text)
        if ms % _DAY_MS:
            raise _refuse(definition, "INVALID_DATE", f"{text} is at {iso(ms)[11:-1]} UTC, not midnight!")
        return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        day = None
    if day is None:
        raise _refuse(definition, "INVALID_DATE", f"{text} was not a valid date.")
    return day.isoformat()


def _choices(definition: Property, text: str, current: str | None) -> str:
    if not definition.options:
        return text
    several = definition.control == "checkbox"
    parts = [part for part in text.split(";") if part] if several else [text]
    for part in parts:
        if part not in definition.allowed:
            allowed = ", ".join(option.value for option in definition.options)
            message = f"{part} was not one of the allowed options: [{allowed}]"
            raise _refuse(definition, "INVALID_OPTION", message)
    if several and text.startswith(";") and current:
        parts = [*current.split(";"), *parts]
    return ";".join(dict.fromkeys(parts))


_CONVERTERS = {"number": _number, "bool": _bool, "datetime": _datetime, "date": _date}

"""What a column takes: types, lengths, ranges, options.

Source: Dataverse error codes; Common Data Model lengths.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any, cast

from sandbox.dynamics.errors import DataverseError, bad_payload
from sandbox.dynamics.schema.columns import Column
from sandbox.dynamics.times import day, parsed, stamp

_UNITS = {"string": "String", "memo": "String", "boolean": "Boolean", "guid": "Guid", "date": "Date"}


def stored(column: Column, value: object) -> object:
    """Return what is stored for a JSON value.

    Raises:
        DataverseError: the column does not take it.
    """
    if value is None or value == "":
        return None
    return _KINDS[column.kind](column, value)


def guid(text: str) -> str:
    """Return an id in its lower-case form.

    Raises:
        ValueError: it is none.
    """
    return str(uuid.UUID(text)) if len(text.strip("{}")) == 36 else _refuse_guid(text)


def _refuse_guid(text: str) -> str:
    raise ValueError(f"{text!r} is no Edm.Guid")


def _mistyped(column: Column, value: object) -> DataverseError:
    wanted = _UNITS.get(column.kind, {"datetime": "DateTimeOffset", "decimal": "Decimal"}.get(column.kind, "Int32"))
    return bad_payload(
        f"Cannot convert the literal '{value}' to the expected type 'Edm.{wanted}' of the property '{column.name}'."
    )


def _text(column: Column, value: object) -> object:
    if not isinstance(value, str):
        raise _mistyped(column, value)
    if any(ord(each) < 32 and each not in "\t\n\r" for each in value):
        raise bad_payload(f"'{column.name}' holds a character that XML does not allow.")
    if len(value.encode("utf-16-le")) // 2 > column.max_length:
        raise DataverseError(
            "0x80044331",
            f"The length of the '{column.name}' attribute exceeded the maximum allowed length of "
            f"'{column.max_length}'.",
        )
    return value


def _whole(column: Column, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(column, value)
    if not column.low <= value <= column.high:
        raise DataverseError(
            "0x8004432f",
            f"A validation error occurred. The value of '{column.name}' is outside of the allowed values.",
        )
    return value


def _fraction(column: Column, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mistyped(column, value)
    if not column.low <= value <= column.high:
        message = f"A validation error occurred. The value of '{column.name}' is outside of the allowed values."
        raise DataverseError("0x80044330", message)
    return float(round(Decimal(str(value)), column.precision))


def _flag(column: Column, value: object) -> object:
    if not isinstance(value, bool):
        raise _mistyped(column, value)
    return value


def _option(column: Column, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mistyped(column, value)
    if value not in {each.value for each in column.options}:
        message = f"The value of '{column.name}' on record is outside the valid range. Value: {value}"
        raise DataverseError("0x8004431a", message)
    return value


def _options(column: Column, value: object) -> object:
    """Take several options, written as numbers with commas between them."""
    if not isinstance(value, str):
        raise _mistyped(column, value)
    try:
        numbers = sorted({int(each) for each in value.split(",")})
    except ValueError:
        raise _mistyped(column, value) from None
    return ",".join(str(_option(column, each)) for each in numbers)


def _moment(column: Column, value: object) -> object:
    try:
        return stamp(parsed(str(value)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise _mistyped(column, value) from None


def _day(column: Column, value: object) -> object:
    try:
        return day(str(value))
    except ValueError:
        raise _mistyped(column, value) from None


def _id(column: Column, value: object) -> object:
    try:
        return guid(str(value))
    except ValueError:
        raise _mistyped(column, value) from None


_KINDS: Mapping[str, Callable[[Column, object], object]] = {
    "string": _text,
    "memo": _text,
    "integer": _whole,
    "bigint": _whole,
    "decimal": _fraction,
    "money": _fraction,
    "boolean": _flag,
    "picklist": _option,
    "state": _option,
    "status": _option,
    "multiselect": _options,
    "datetime": _moment,
    "date": _day,
    "guid": _id,
}


def as_object(value: object) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        DataverseError: it is something else.
    """
    if not isinstance(value, dict):
        raise bad_payload("A JSON object was expected.")
    return cast("dict[str, Any]", value)

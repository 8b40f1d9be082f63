"""From JSON or CSV values to what rows hold, with the vendor's complaints."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.errors import BadJsonError, SalesforceError
from sandbox.salesforce.schema import Field
from sandbox.salesforce.times import read_date, read_datetime, stamp

EMPTY_IN_CSV = "#N/A"


def from_json(made: Field, value: object) -> Any:
    """Turn a JSON value into a row's value: trimmed, empty text as ``None``, times in UTC.

    Raises:
        BadJsonError: the value is of another kind; the whole call cannot be read.
    """
    if value is None:
        return False if made.type == "boolean" else None
    read = _FROM_JSON.get(made.type, _text)
    result = read(made, value)
    if result is _WRONG:
        raise _cannot(made, value)
    return result


def from_csv(made: Field, value: str) -> Any:
    """Turn a CSV cell into a row's value.

    Raises:
        SalesforceError: INVALID_FIELD, the text is no value of the field's type.
    """
    if value == EMPTY_IN_CSV:
        return False if made.type == "boolean" else None
    try:
        return from_json(made, _unquoted(made, value))
    except (BadJsonError, ValueError) as problem:
        kind = {"date": "xsd:date", "datetime": "xsd:dateTime", "boolean": "xsd:boolean"}.get(made.type, "xsd:double")
        message = f"Failed to deserialize field at col 0. Due to, '{value}' is not a valid value for the type {kind}"
        raise SalesforceError("INVALID_FIELD", message, fields=[made.name]) from problem


def _unquoted(made: Field, value: str) -> object:
    if made.type == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if made.type == "int":
        return int(value)
    return float(value) if made.type in {"double", "currency", "percent"} else value


_WRONG = object()


def _text(made: Field, value: object) -> Any:
    if not isinstance(value, str):
        return _WRONG
    cleaned = value.replace("\r\n", "\n") if made.type == "textarea" else value
    return cleaned.rstrip() or None


def _boolean(_made: Field, value: object) -> Any:
    return value if isinstance(value, bool) else _WRONG


def _integer(_made: Field, value: object) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else _WRONG


def _decimal(made: Field, value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _WRONG
    scale = made.digits[1]
    try:
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return float(value)
    return float(rounded)


def _date(_made: Field, value: object) -> Any:
    day = read_date(value) if isinstance(value, str) else None
    return day.isoformat() if day else _WRONG


def _datetime(_made: Field, value: object) -> Any:
    moment = read_datetime(value) if isinstance(value, str) else None
    return stamp(moment) if moment else _WRONG


_FROM_JSON: dict[str, Callable[[Field, object], Any]] = {
    "boolean": _boolean,
    "int": _integer,
    "double": _decimal,
    "currency": _decimal,
    "percent": _decimal,
    "date": _date,
    "datetime": _datetime,
}


def _cannot(made: Field, value: object) -> BadJsonError:
    if isinstance(value, (dict, list)):
        token, shown = ("START_OBJECT" if isinstance(value, dict) else "START_ARRAY"), ""
    elif isinstance(value, str):
        token, shown = "VALUE_STRING", value
    elif isinstance(value, bool):
        token, shown = ("VALUE_TRUE" if value else "VALUE_FALSE"), json.dumps(value)
    else:
        token = "VALUE_NUMBER_INT" if isinstance(value, int) else "VALUE_NUMBER_FLOAT"
        shown = json.dumps(value)
    kind = "string" if made.is_text or made.type == "reference" else made.type
    return BadJsonError(
        f"Cannot deserialize instance of {kind} from {token} value {shown} or request may be missing a "
        "required field at [line:1, column:2]"
    )

"""Hold a written value to the type of its field."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, cast

from sandbox.freshsales.fields import TEXT_MAX, Field
from sandbox.freshsales.times import iso, parse_ms


def checked(each: Field, value: Any) -> tuple[Any, str]:
    """Return a value as it is stored, and what is wrong with it (empty if nothing is)."""
    if value is None or value == "":
        return None, ""
    check = {
        "number": _number,
        "checkbox": _checkbox,
        "date": _moment,
        "datetime": _moment,
        "dropdown": _choice,
        "radio": _choice,
        "multi_select_dropdown": _choices,
        "list": _names,
    }.get(each.type, _text)
    return check(each, value)


def _text(each: Field, value: Any) -> tuple[Any, str]:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None, f"{each.label} is invalid"
    text = str(value)
    if each.type == "text" and len(text) > TEXT_MAX:
        return None, f"{each.label} is too long (maximum is {TEXT_MAX} characters)"
    return text, ""


def _number(each: Field, value: Any) -> tuple[Any, str]:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None, f"{each.label} is not a number"
    if isinstance(value, bool) or not number.is_finite():
        return None, f"{each.label} is not a number"
    return int(number) if number == number.to_integral_value() else float(number), ""


def _checkbox(each: Field, value: Any) -> tuple[Any, str]:
    return (value, "") if isinstance(value, bool) else (None, f"{each.label} is invalid")


def _moment(each: Field, value: Any) -> tuple[Any, str]:
    """Store a day as its midnight in the account's own offset."""
    try:
        moment = iso(parse_ms(value))
    except (ValueError, OverflowError):
        return None, f"{each.label} is not a valid date"
    return (f"{moment[:10]}T00:00:00{moment[19:]}" if each.type == "date" else moment), ""


def _choice(each: Field, value: Any) -> tuple[Any, str]:
    return (value, "") if value in each.choices else (None, f"{each.label} is not included in the list")


def _choices(each: Field, value: Any) -> tuple[Any, str]:
    parts = value.split(";") if isinstance(value, str) else []
    if not parts or any(part not in each.choices for part in parts):
        return None, f"{each.label} is not included in the list"
    return value, ""


def _names(each: Field, value: Any) -> tuple[Any, str]:
    names = cast("list[object]", value) if isinstance(value, list) else [None]
    if any(not isinstance(name, str) or not name.strip() for name in names):
        return None, f"{each.label} is invalid"
    return list(dict.fromkeys(names)), ""

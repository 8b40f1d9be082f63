"""Values on their way in: what each data type takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from sandbox.zoho.errors import invalid_value
from sandbox.zoho.fields import Field
from sandbox.zoho.times import is_day, seconds

_EMAIL = re.compile(r"[\w+\-][\w!#$%&'*+\-/=?^`{|}~.]*@(?=.{4,256}$)(?:\w+(?:[\-_]*\w)*\.)+[^\W\d_]{2,22}")
_PHONE = re.compile(r"\+?(?![.\-])(?:[.\-]?[ ]?\(?[\da-zA-Z]+\)?)+(?:[,;#][\da-zA-Z]+)*[#;]?")
_WEBSITE = re.compile(r"(?:(?:https?|ftp)://(?:www\.)?|www\.)[^\s\"'()*,;<>?\[\]{}]+\.[^\s\"'()*,;<>\[\]{}]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def checked(field: Field, value: object, path: str) -> Any:
    """Return a value as it is stored, lookups aside.

    Raises:
        ZohoError: INVALID_DATA with the type or length that was expected.
    """
    if value is None or (value == "" and field.data_type not in ("boolean", "multiselectpicklist")):
        if field.mandatory:
            raise invalid_value(field.api_name, path)
        return None
    return _CHECKS.get(field.data_type, _text)(field, value, path)


def _text(field: Field, value: object, path: str) -> str:
    if not isinstance(value, str):
        raise invalid_value(field.api_name, path, expected_data_type=field.data_type)
    if len(value) > field.length:
        raise invalid_value(field.api_name, path, maximum_length=field.length)
    cleaned = _CONTROL.sub("", value)
    return cleaned if field.data_type == "textarea" else cleaned.replace("\r\n", " ").replace("\n", " ").strip()


def _matching(pattern: re.Pattern[str]) -> Callable[[Field, object, str], str]:
    def check(field: Field, value: object, path: str) -> str:
        found = _text(field, value, path)
        if not pattern.fullmatch(found):
            raise invalid_value(field.api_name, path, expected_data_type=field.data_type)
        return found

    return check


def _options(field: Field, value: object, path: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in cast("list[object]", value)):
        raise invalid_value(field.api_name, path, expected_data_type="jsonarray")
    return list(dict.fromkeys(cast("list[str]", value)))


def _integer(field: Field, value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_value(field.api_name, path, expected_data_type="integer")
    if len(str(abs(value))) > field.length:
        raise invalid_value(field.api_name, path, maximum_length=field.length)
    return value


def _number(field: Field, value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_value(field.api_name, path, expected_data_type="double")
    if abs(value) >= 10**16:
        raise invalid_value(field.api_name, path, maximum_length=16)
    return round(value, 9)


def _boolean(field: Field, value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise invalid_value(field.api_name, path, expected_data_type="boolean")
    return value


def _day(field: Field, value: object, path: str) -> str:
    if not is_day(value):
        raise invalid_value(field.api_name, path, expected_data_type="date")
    return str(value)


def _moment(field: Field, value: object, path: str) -> int:
    found = seconds(value)
    if found is None:
        raise invalid_value(field.api_name, path, expected_data_type="datetime")
    return found


_CHECKS: dict[str, Callable[[Field, object, str], Any]] = {
    "email": _matching(_EMAIL),
    "phone": _matching(_PHONE),
    "website": _matching(_WEBSITE),
    "multiselectpicklist": _options,
    "integer": _integer,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
}

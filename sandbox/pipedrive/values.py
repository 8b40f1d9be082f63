"""What v2 takes as a value: strictly typed, nothing coerced.

Source: Pipedrive, API v2 migration guide (types), webhooks guide and OpenAPI file (shapes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.times import parse_v2

TEXT_MAX = 65_535
ADDRESS_KEYS = (
    "value", "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route",
    "street_number", "subpremise", "postal_code",
)  # fmt: skip
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_STATUSES = ("open", "won", "lost")
_VISIBLE = (1, 3, 5, 7)


def text(name: str, value: object) -> str:
    """Take text."""
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    if len(value) > TEXT_MAX:
        raise invalid(f"{name} is too long")
    return value


def integer(name: str, value: object) -> int:
    """Take a whole number; text that looks like one is refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"{name} must be an integer")
    return value


def number(name: str, value: object) -> float | int:
    """Take a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name} must be a number")
    return value


def boolean(name: str, value: object) -> bool:
    """Take true or false, not 1 or 0."""
    if not isinstance(value, bool):
        raise invalid(f"{name} must be a boolean")
    return value


def day(name: str, value: object) -> str:
    """Take a calendar day."""
    try:
        return date.fromisoformat(text(name, value)).isoformat()
    except ValueError as problem:
        raise invalid(f"{name} must be a date in format YYYY-MM-DD") from problem


def hour(name: str, value: object) -> str:
    """Take a time of day or a duration, with or without seconds."""
    given = text(name, value)
    if not _HOUR.fullmatch(given):
        raise invalid(f"{name} must be in format HH:MM")
    return given if given.count(":") == 2 else f"{given}:00"


def moment(name: str, value: object) -> str:
    """Take a moment as v2 writes it."""
    parse_v2(name, text(name, value))
    return cast("str", value)


def percent(name: str, value: object) -> float | int:
    """Take a number from 0 to 100."""
    if not 0 <= number(name, value) <= 100:
        raise invalid(f"{name} must be between 0 and 100")
    return cast("int", value)


def currency(name: str, value: object) -> str:
    """Take a currency code."""
    if not _CURRENCY.fullmatch(text(name, value)):
        raise invalid(f"{name} is not a supported currency")
    return cast("str", value)


def status(name: str, value: object) -> str:
    """Take a deal's status; deals are deleted by DELETE."""
    if value not in _STATUSES:
        raise invalid(f"{name} must be one of: open, won, lost")
    return cast("str", value)


def visible_to(name: str, value: object) -> int:
    """Take a visibility group, a number in v2."""
    if integer(name, value) not in _VISIBLE:
        raise invalid(f"{name} must be one of: 1, 3, 5, 7")
    return cast("int", value)


def uuid(name: str, value: object) -> str:
    """Take the id of a lead or a lead label."""
    if not _UUID.fullmatch(text(name, value)):
        raise invalid(f"{name} must be a valid uuid")
    return cast("str", value)


def objects(name: str, value: object, keys: Mapping[str, Callable[[str, object], object]]) -> list[dict[str, Any]]:
    """Take a list of objects that hold known keys only."""
    if not isinstance(value, list):
        raise invalid(f"{name} must be an array")
    return [known(f"{name}[{place}]", each, keys) for place, each in enumerate(cast("list[object]", value))]


def known(name: str, value: object, keys: Mapping[str, Callable[[str, object], object]]) -> dict[str, Any]:
    """Take an object that holds known keys only."""
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object")
    given = cast("dict[str, Any]", value)
    strangers = sorted(set(given) - set(keys))
    if strangers:
        raise invalid(f"{name}.{strangers[0]} is not allowed")
    return {key: None if each is None else keys[key](f"{name}.{key}", each) for key, each in given.items()}


def contact_points(name: str, value: object) -> list[dict[str, Any]]:
    """Take e-mail addresses or telephone numbers; the list replaces the stored one."""
    rows = objects(name, value, {"value": text, "primary": boolean, "label": text})
    if sum(bool(row.get("primary")) for row in rows) > 1:
        raise invalid(f"{name} may have only one primary value")
    if any(not row.get("value") for row in rows):
        raise invalid(f"{name}.value is required")
    has_primary = any(row.get("primary") for row in rows)
    return [
        {
            "label": row.get("label") or "work",
            "value": row["value"],
            "primary": bool(row.get("primary")) or (not has_primary and place == 0),
        }
        for place, row in enumerate(rows)
    ]


def address(name: str, value: object) -> dict[str, Any]:
    """Take an address; what is not given is empty: the object replaces the stored one."""
    given = known(name, value, dict.fromkeys(ADDRESS_KEYS, text))
    if not given.get("value"):
        raise invalid(f"{name}.value is required")
    return {key: given.get(key) or None for key in ADDRESS_KEYS}


def attendees(name: str, value: object) -> list[dict[str, Any]]:
    """Take the people invited to an activity."""
    keys = {
        "email": text, "name": text, "status": text, "is_organizer": boolean, "person_id": integer, "user_id": integer
    }  # fmt: skip
    return objects(name, value, keys)


CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "text": text,
    "integer": integer,
    "number": number,
    "boolean": boolean,
    "date": day,
    "hour": hour,
    "time": moment,
    "percent": percent,
    "currency": currency,
    "status": status,
    "visible_to": visible_to,
    "uuid": uuid,
    "id": integer,
    "option": integer,
    "activity_type": text,
    "labels": lambda name, value: [integer(name, each) for each in _listed(name, value)],
    "contact_points": contact_points,
    "address": address,
    "participants": lambda name, value: objects(name, value, {"person_id": integer, "primary": boolean}),
    "attendees": attendees,
}


def _listed(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise invalid(f"{name} must be an array")
    return cast("list[object]", value)

"""A body checked against its object's fields before anything is stored."""

from __future__ import annotations

from typing import Any, cast

from sandbox.pipedrive import custom_values
from sandbox.pipedrive.company import ACTIVITY_TYPES, Company
from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.schema import FieldSpec, ObjectSpec
from sandbox.pipedrive.values import CHECKS, moment

JsonObject = dict[str, Any]
NAME_MAX = 255


def checked(company: Company, spec: ObjectSpec, body: JsonObject, *, is_new: bool) -> tuple[JsonObject, JsonObject]:
    """Return the values and custom fields to store.

    Raises:
        VendorError: 400, a field that is unknown, read-only, of the wrong type or points nowhere.
    """
    given = dict(body)
    custom = given.pop("custom_fields", None)
    values: JsonObject = {}
    if is_new and spec.name in ("person", "organization") and "add_time" in given:
        values["add_time"] = moment("add_time", given.pop("add_time"))
    if is_new and spec.required and not given.get(spec.required):
        raise invalid(f"{spec.required} is required")
    for name, value in given.items():
        values[name] = _checked(company, spec, name, value)
    return values, _custom(company, spec, custom)


def _checked(company: Company, spec: ObjectSpec, name: str, value: object) -> object:
    field = spec.fields.get(name)
    if field is None or not field.writable:
        raise invalid(f"{name} is not allowed")
    if field.contact_sync and not company.options.contact_sync:
        raise invalid(f"{name} is available only with contact sync")
    if value is None:
        if not field.nullable:
            raise invalid(f"{name} must not be null")
        return [] if field.kind in ("labels", "contact_points", "participants", "attendees") else None
    taken = CHECKS[field.kind](name, value)
    _check_meaning(company, spec, name, field, taken)
    return taken


def _check_meaning(company: Company, spec: ObjectSpec, name: str, field: FieldSpec, value: Any) -> None:
    if field.refers_to and not company.exists(field.refers_to, value):
        raise invalid(f"{name}: {field.refers_to} {value} does not exist or is not visible")
    if name in ("name", "title", "subject") and not 0 < len(value) <= NAME_MAX:
        raise invalid(f"{name} must have 1 to {NAME_MAX} characters")
    if field.kind == "activity_type" and value not in ACTIVITY_TYPES:
        raise invalid(f"{name} {value} is not an activity type of the company")
    if field.kind == "participants":
        _check_participants(company, cast("list[JsonObject]", value))
    book = company.book(spec)
    if field.kind in ("labels", "option") and book is not None and book.fields[name].options:
        known = {each["id"] for each in book.fields[name].options}
        wanted = cast("list[int]", value if isinstance(value, list) else [value])
        if not set(wanted) <= known:
            raise invalid(f"{name} holds an option that does not exist")


def _check_participants(company: Company, rows: list[JsonObject]) -> None:
    for row in rows:
        if not company.exists("person", row.get("person_id")):
            raise invalid(f"participants: person {row.get('person_id')} does not exist or is not visible")
    if rows and sum(bool(row.get("primary")) for row in rows) != 1:
        raise invalid("participants must have exactly one primary")


def _custom(company: Company, spec: ObjectSpec, given: object) -> JsonObject:
    if given is None:
        return {}
    book = company.book(spec)
    if book is None or not isinstance(given, dict):
        raise invalid("custom_fields is not allowed" if book is None else "custom_fields must be an object")
    fields = book.custom()
    stored: JsonObject = {}
    for code, value in cast("JsonObject", given).items():
        if code not in fields:
            raise invalid(f"custom_fields.{code} is not a custom field", code)
        stored[code] = custom_values.check(fields[code], value)
    return stored

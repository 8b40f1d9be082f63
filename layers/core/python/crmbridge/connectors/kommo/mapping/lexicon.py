"""What one account calls things: its people, stages, custom fields, currency and time zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.connectors.kommo.mapping.definitions import Definition
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity

_TEXTS = frozenset({"text", "textarea", "url", "streetaddress", "tracking_data"})
TYPES: Mapping[str, frozenset[str]] = {
    "text": _TEXTS,
    "long_text": _TEXTS,
    "url": _TEXTS,
    "number": frozenset({"numeric", "price", "monetary"}),
    "boolean": frozenset({"checkbox"}),
    "date": frozenset({"date", "birthday"}),
    "datetime": frozenset({"date_time"}),
    "choice": frozenset({"select", "radiobutton", "category"}),
    "choices": frozenset({"multiselect"}),
}
"""Kommo's types that can hold each kind of custom field; a field of another type is not touched."""


def code_of(wanted: CustomField) -> str:
    """Return the code that a custom field has where we make it."""
    return (wanted.remote_name or wanted.name).upper()


def bound(
    entity: Entity, wanted: Iterable[CustomField], definitions: Iterable[Definition]
) -> tuple[tuple[CustomField, Definition], ...]:
    """Join the workspace's custom fields of an entity with the account's.

    A field is meant by its id, its code or its name; one of a type that cannot hold the kind is left out.
    """
    found: list[tuple[CustomField, Definition]] = []
    held = tuple(definitions)
    for each in wanted:
        definition = defined(each, held) if each.entity == entity else None
        if definition is not None and definition.type in TYPES[each.kind]:
            found.append((each, definition))
    return tuple(found)


def defined(wanted: CustomField, definitions: Iterable[Definition]) -> Definition | None:
    """Return the account's definition of a custom field, whatever its type."""
    held = tuple(definitions)
    name = wanted.remote_name or wanted.name
    by_id = next((each for each in held if str(each.field_id) == name), None)
    by_code = next((each for each in held if each.code and each.code.upper() == code_of(wanted)), None)
    by_name = next((each for each in held if wanted.remote_name and each.name.casefold() == name.casefold()), None)
    return by_id or by_code or by_name


def zone_of(name: str) -> tzinfo:
    """Return a time zone, UTC where its name is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC

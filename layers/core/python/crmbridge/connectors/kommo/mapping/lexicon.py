"""What one account calls things: its people, stages, custom fields, currency and time zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.connectors.kommo.mapping.stages import StageMap
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


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a custom field."""

    enum_id: int
    value: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One custom field as the account defines it."""

    field_id: int
    name: str
    code: str
    type: str
    options: tuple[Option, ...] = ()
    is_predefined: bool = False

    def option(self, word: str) -> Option | None:
        """Return the option that is called so, capitals aside."""
        wanted = word.strip().casefold()
        return next((each for each in self.options if each.value.strip().casefold() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One account's vocabulary for one entity.

    Attributes:
        country: of the account, by which telephone numbers without a country code are understood.
        owner_emails: e-mail address by user id, people who have left included.
        owner_ids: user id by e-mail address, of those who can be given records.
        custom: the workspace's custom fields that the account can hold.
    """

    zone: tzinfo = UTC
    country: str = ""
    currency: str = ""
    owner_emails: Mapping[int, str] = field(default_factory=dict[int, str])
    owner_ids: Mapping[str, int] = field(default_factory=dict[str, int])
    stages: StageMap = field(default_factory=StageMap)
    definitions: tuple[Definition, ...] = ()
    custom: tuple[tuple[CustomField, Definition], ...] = ()

    def by_code(self, code: str) -> Definition | None:
        """Return the custom field with a code."""
        return next((each for each in self.definitions if each.code == code), None)


def definitions_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Definition, ...]:
    """Read the account's definitions."""
    return tuple(
        Definition(
            field_id=int(row["id"]),
            name=str(row.get("name") or ""),
            code=str(row.get("code") or ""),
            type=str(row.get("type") or ""),
            options=tuple(
                Option(int(each["id"]), str(each.get("value") or ""), str(each.get("code") or ""))
                for each in row.get("enums") or ()
            ),
            is_predefined=bool(row.get("is_predefined")),
        )
        for row in rows
    )


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

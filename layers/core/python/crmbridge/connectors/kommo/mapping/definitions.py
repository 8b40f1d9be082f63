"""Custom fields of an account, by id and by what they are to us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from crmbridge.connectors.kommo.mapping.stages import StageMap
from crmbridge.domain.custom_fields import CustomField


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

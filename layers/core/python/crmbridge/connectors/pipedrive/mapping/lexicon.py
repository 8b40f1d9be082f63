"""What one company calls things: its people, fields, labels and stages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors.pipedrive import EXTERNAL_ID
from crmbridge.connectors.pipedrive.mapping.stages import StageMap
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity

LABEL_CODES = ("label_ids", "labels", "label")
"""Codes under which the labels' own field may be listed; the documentation names none."""

_CODE = re.compile(r"[0-9a-f]{40}")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def letters(text: str) -> str:
    """Return a text's letters and digits, so that spelling does not hide equality.

    Example:
        >>> letters("Computer Software") == letters("COMPUTER_SOFTWARE")
        True
    """
    return _NOT_A_LETTER.sub("", text.casefold()) or text


@dataclass(frozen=True, slots=True)
class Definition:
    """One field as the company defines it."""

    code: str
    name: str
    type: str
    is_custom: bool
    options: tuple[tuple[int, str], ...] = ()

    def label(self, option_id: object) -> str | None:
        """Return an option's label."""
        return next((label for each, label in self.options if each == option_id), None)

    def option(self, label: str) -> int | None:
        """Return the option that is meant by a label."""
        exact = next((each for each, said in self.options if said == label), None)
        return (
            exact
            if exact is not None
            else next((each for each, said in self.options if letters(said) == letters(label)), None)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One company's vocabulary for one entity.

    Attributes:
        owner_emails: e-mail address by user id, people who left included.
        owner_ids: user id by e-mail address, of those who can be given records.
        fields: by code.
        labels: the labels' own field.
        can_add_labels: labels that do not exist yet can be made.
        external_code: code of our own field, empty before it was made.
        custom: the workspace's own fields with their definitions.
    """

    owner_emails: Mapping[int, str] = field(default_factory=dict[int, str])
    owner_ids: Mapping[str, int] = field(default_factory=dict[str, int])
    fields: Mapping[str, Definition] = field(default_factory=dict[str, Definition])
    labels: Definition | None = None
    can_add_labels: bool = True
    stages: StageMap = field(default_factory=StageMap)
    external_code: str = ""
    custom: tuple[tuple[CustomField, Definition], ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])


def definition_of(row: Mapping[str, Any]) -> Definition:
    """Read one field definition of API v2."""
    options = row.get("options")
    return Definition(
        code=str(row["field_code"]),
        name=str(row.get("field_name") or ""),
        type=str(row.get("field_type") or ""),
        is_custom=bool(row.get("is_custom_field")),
        options=tuple(
            (each["id"], str(each.get("label") or "")) for each in options or () if isinstance(each.get("id"), int)
        ),
    )


def external_code(definitions: Iterable[Definition]) -> str:
    """Return the code of our own field, the first of several of that name; empty where there is none."""
    found = (each.code for each in definitions if each.is_custom and each.name == EXTERNAL_ID)
    return next(found, "")


def bound(
    entity: Entity, wanted: Sequence[CustomField], definitions: Iterable[Definition]
) -> tuple[tuple[CustomField, Definition], ...]:
    """Return the workspace's fields of an entity with the company's definitions of them, those that have one."""
    listed = list(definitions)
    pairs = ((each, find_definition(each, listed)) for each in wanted if each.entity == entity)
    return tuple((each, found) for each, found in pairs if found is not None)


def find_definition(wanted: CustomField, definitions: Iterable[Definition]) -> Definition | None:
    """Return the company's field that holds one of the workspace's: by code, or else by name."""
    own = [each for each in definitions if each.is_custom]
    if _CODE.fullmatch(wanted.remote_name):
        return next((each for each in own if each.code == wanted.remote_name), None)
    return next((each for each in own if each.name == remote_label(wanted)), None)


def remote_label(wanted: CustomField) -> str:
    """Return the name under which a field is made and found again.

    Example:
        >>> remote_label(CustomField("contact", "x_score", "Lead score", "number"))
        'Lead score'
    """
    return wanted.remote_name or wanted.label or wanted.name


def label_field(definitions: Mapping[str, Definition]) -> Definition | None:
    """Return the field whose options are the labels."""
    return next((definitions[code] for code in LABEL_CODES if code in definitions), None)

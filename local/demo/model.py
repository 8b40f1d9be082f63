"""What the demo types into the CRMs, before any CRM has seen it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from local.demo.canonical import canonical

Entity: TypeAlias = Literal["company", "contact", "deal"]

ENTITIES: tuple[Entity, ...] = ("company", "contact", "deal")
"""In the order in which references can be resolved."""

REFERENCES: Mapping[Entity, Mapping[str, Entity]] = {
    "company": {},
    "contact": {"company": "company"},
    "deal": {"company": "company", "contacts": "contact"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Somebody who owns records; known to a CRM by the e-mail address.

    Attributes:
        crms: where this person has a seat.
    """

    email: str
    first_name: str
    last_name: str
    crms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One thing as somebody typed it into one CRM.

    Attributes:
        key: names the thing; the drafts of one thing in two CRMs have the same.
        fields: text by neutral field name, exactly as typed; absent means never filled in.
        company: key of the company it belongs to, or empty.
        contacts: keys of the people it belongs to.
    """

    entity: Entity
    key: str
    fields: Mapping[str, str]
    company: str = ""
    contacts: tuple[str, ...] = ()


FIELDS: Mapping[Entity, tuple[str, ...]] = {
    "company": (
        "name", "domain", "phone", "industry", "street", "city", "state", "postal_code", "country",
        "employees", "annual_revenue", "description", "owner",
    ),
    "contact": (
        "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "street", "city",
        "state", "postal_code", "country", "description", "owner",
    ),
    "deal": ("title", "amount", "stage", "close_on", "description", "owner"),
}  # fmt: skip
"""Every field that is typed and compared, references aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a thing carries its key for everybody to read, whichever CRM it stands in.

    Attributes:
        field: neutral field name.
        pattern: finds the key in that field's canonical text as its first group.
    """

    field: str
    pattern: re.Pattern[str]

    def key_of(self, fields: Mapping[str, str]) -> str:
        """Return the key that a record carries, or an empty string."""
        found = self.pattern.search(canonical(self.field, fields))
        return found.group(1) if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything typed before the first sync.

    Attributes:
        name: what the report calls this data.
        drafts: per CRM, companies first.
        marks: per entity, where a thing carries its key; the first that is there counts.
        source: the only CRM that holds records, or empty when several do.
    """

    name: str
    sellers: tuple[Seller, ...]
    drafts: Mapping[str, tuple[Draft, ...]]
    marks: Mapping[Entity, tuple[Mark, ...]]
    source: str = ""

    def of(self, crm: str, entity: Entity) -> dict[str, Draft]:
        """Return one CRM's drafts of one entity by key."""
        return {each.key: each for each in self.drafts.get(crm, ()) if each.entity == entity}

    def keys(self, entity: Entity) -> frozenset[str]:
        """Return the keys of every thing of an entity, whichever CRM holds it."""
        found = (each.key for drafts in self.drafts.values() for each in drafts if each.entity == entity)
        return frozenset(found)

    def key_of(self, entity: Entity, fields: Mapping[str, str]) -> str:
        """Return the key that a record carries, or an empty string."""
        return next((key for mark in self.marks.get(entity, ()) if (key := mark.key_of(fields))), "")

    def typed(self, entity: Entity) -> dict[str, dict[str, Draft]]:
        """Return the drafts of an entity by key, then by the CRM into which each was typed."""
        found: dict[str, dict[str, Draft]] = {}
        for crm in self.drafts:
            for key, draft in self.of(crm, entity).items():
                found.setdefault(key, {})[crm] = draft
        return found

    @property
    def total(self) -> int:
        """Count the things, each once."""
        return sum(len(self.keys(entity)) for entity in ENTITIES)

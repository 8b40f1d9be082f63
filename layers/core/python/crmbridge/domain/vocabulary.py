"""The words for what is kept in step: kinds of records, their fields, and what points to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Entity: TypeAlias = Literal["contact", "company", "deal", "lead", "activity"]
"""What kind of thing a record is; the same words in every CRM."""

ENTITIES: tuple[Entity, ...] = ("company", "contact", "lead", "deal", "activity")
"""Every entity, in the order in which references can be resolved."""

REFERENCES: Mapping[Entity, Mapping[str, Entity]] = {
    "company": {},
    "contact": {"company": "company"},
    "lead": {},
    "deal": {"company": "company", "contacts": "contact"},
    "activity": {"company": "company", "contacts": "contact", "deal": "deal"},
}
"""Reference fields of each entity and the entity they point to.

``company`` and ``deal`` hold one record id, ``contacts`` a tuple of record ids in ascending order."""

PREFIXES: Mapping[Entity, str] = {
    "company": "com",
    "contact": "con",
    "deal": "dea",
    "lead": "lea",
    "activity": "act",
}
"""First three letters of every record id, so that an id tells its entity."""


def entity_of(record_id: str) -> Entity:
    """Return the entity a record id belongs to.

    Raises:
        KeyError: the id has no known prefix.

    Example:
        >>> entity_of("con_01JD000000000000000000000A")
        'contact'
    """
    return _ENTITY_BY_PREFIX[record_id[:3]]


_ENTITY_BY_PREFIX: Mapping[str, Entity] = {prefix: entity for entity, prefix in PREFIXES.items()}

Value: TypeAlias = str | int | bool | tuple[str, ...] | None
"""A canonical value. Text is trimmed and never empty; ``None`` says "known to be empty".

Amounts are decimal strings without exponent or trailing zeros (``"1054.5"``), dates are
``YYYY-MM-DD``, times ``YYYY-MM-DDTHH:MM:SSZ``, selects and reference lists are tuples in ascending order.
A field that is absent is unknown, which is different from ``None``: absent never wipes."""

Fields: TypeAlias = Mapping[str, Value]

FIELD_NAMES: Mapping[Entity, tuple[str, ...]] = {
    "contact": (
        "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "lead_source",
        "lead_status", "lifecycle_stage", "street", "city", "state", "postal_code", "country",
        "description", "owner", "company", "tags",
    ),
    "company": (
        "name", "domain", "phone", "industry", "street", "city", "state", "postal_code", "country",
        "employees", "annual_revenue", "description", "owner", "tags",
    ),
    "deal": (
        "title", "amount", "currency", "stage", "close_on", "probability", "lead_source", "description",
        "deal_type", "owner", "company", "contacts", "tags",
    ),
    "lead": (
        "email", "first_name", "last_name", "company_name", "job_title", "phone", "mobile_phone",
        "lead_source", "lead_status", "industry", "street", "city", "state", "postal_code", "country",
        "description", "owner", "tags",
    ),
    "activity": (
        "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "priority", "direction",
        "duration_s", "email_from", "email_to", "owner", "company", "contacts", "deal",
    ),
}  # fmt: skip
"""The fields CRM Bridge knows of each entity. ``owner`` is the owner's e-mail address, lower case;
``stage`` and ``lead_status`` are canonical keys (see ``domain.stages``); ``probability`` is 0..100;
``tags`` is a tuple of names. An activity's ``kind`` is one of ``ACTIVITY_KINDS`` and never changes; ``starts_at``,
``due_at`` and ``ends_at`` are times (``ends_at`` of a finished thing is when it was done); ``status`` is ``open``,
``completed`` or ``cancelled``; ``priority`` is ``low``, ``normal`` or ``high``; ``direction`` is ``inbound`` or
``outbound``. Beside these, a workspace has custom fields of its own (see ``domain.custom_fields``)."""

ACTIVITY_KINDS: tuple[str, ...] = ("note", "task", "call", "meeting", "email")
"""What an activity can be; each kind has one place in each CRM."""

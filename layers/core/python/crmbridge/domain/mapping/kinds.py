"""What each field holds, so that a mapping never puts a date where a number belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import ACTIVITY_KINDS, FIELD_NAMES, REFERENCES, Entity
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES, LIFECYCLE_STAGES

Kind: TypeAlias = Literal[
    "text",
    "long_text",
    "number",
    "whole",
    "boolean",
    "date",
    "datetime",
    "choice",
    "choices",
    "url",
    "reference",
]
"""Canonical values: ``number`` a decimal string, ``whole`` an integer, the rest as ``CustomKind`` says."""

TEXTUAL: frozenset[Kind] = frozenset({"text", "long_text", "choice", "url"})
"""Kinds whose canonical value is one text, so that each can stand in a field of another."""

FIXED: frozenset[str] = frozenset(
    {"email", "phone", "mobile_phone", "domain", "owner", "kind", "currency", "email_from", "email_to"}
)
"""Fields whose place and words stay: records are recognised by them, or their values are not anybody's to choose."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "stage": DEAL_STAGES,
    "lead_status": LEAD_STATUSES,
    "lifecycle_stage": LIFECYCLE_STAGES,
    "status": ("open", "completed", "cancelled"),
    "priority": ("low", "normal", "high"),
    "direction": ("inbound", "outbound"),
    "kind": ACTIVITY_KINDS,
}
"""Standard fields that hold no other words than these."""

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(WORDS, "choice"),
    "lead_source": "choice",
    "industry": "choice",
    "deal_type": "choice",
    "description": "long_text",
    "street": "long_text",
    "amount": "number",
    "annual_revenue": "number",
    "probability": "whole",
    "employees": "whole",
    "duration_s": "whole",
    "close_on": "date",
    "starts_at": "datetime",
    "due_at": "datetime",
    "ends_at": "datetime",
    "tags": "choices",
    "email_to": "choices",
}


def kind_of(entity: Entity, name: str, custom: Iterable[CustomField]) -> Kind | None:
    """Return what a field holds, ``None`` where the entity has no such field.

    Example:
        >>> kind_of("deal", "amount", ()), kind_of("deal", "contacts", ()), kind_of("deal", "city", ())
        ('number', 'reference', None)
    """
    if name in REFERENCES[entity]:
        return "reference"
    if name in FIELD_NAMES[entity]:
        return _KINDS.get(name, "text")
    return next((each.kind for each in custom if (each.entity, each.name) == (entity, name)), None)


def words_of(entity: Entity, name: str, custom: Iterable[CustomField]) -> tuple[str, ...]:
    """Return the only words that a field holds; empty where any will do."""
    if name in FIELD_NAMES[entity]:
        return WORDS.get(name, ())
    return next((each.options for each in custom if (each.entity, each.name) == (entity, name)), ())

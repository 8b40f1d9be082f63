"""Which hub record a CRM's row that is not linked yet belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.domain.keys import NATURAL_KEY_FIELDS, NaturalKey
from crmbridge.domain.records import Entity, Fields, Observation, Record

MATCH_FIELDS: Mapping[Entity, tuple[str, NaturalKey] | None] = {
    "contact": ("email", "email"),
    "lead": ("email", "email"),
    "company": ("domain", "domain"),
    "deal": None,
}
"""The one natural key that proves two rows to be the same thing; deals have none."""


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for an unlinked row.

    Attributes:
        record: the one record it belongs to, or ``None``: it is new, or several could be meant.
        candidates: ids of records that share the key but cannot be told apart; empty when the row is simply new.
    """

    record: Record | None
    candidates: tuple[str, ...] = ()


def match_key(entity: Entity, fields: Fields) -> tuple[NaturalKey, str] | None:
    """Return the natural key and value by which a row is matched, or ``None`` when it has none.

    Example:
        >>> match_key("contact", {"email": "ana@example.com"})
        ('email', 'ana@example.com')
    """
    rule = MATCH_FIELDS[entity]
    if rule is None:
        return None
    value = fields.get(rule[0])
    return (rule[1], value) if isinstance(value, str) and value else None


def match(
    observation: Observation,
    candidates: Iterable[Record],
    *,
    integration_id: str,
    workspace_id: str,
    entity: Entity,
) -> Match:
    """Choose the record an unlinked row belongs to, never guessing between several.

    Our own id in the CRM's external-id field counts before the natural key. A record that already has another row of
    the same CRM is no candidate: one CRM may hold two people with one e-mail address, and they stay two.

    Args:
        observation: the row.
        candidates: records found by its correlation id or natural key; others are ignored.
        integration_id: where the row comes from.
        workspace_id: of the integration.
        entity: what the row is.
    """
    free = [
        each
        for each in candidates
        if each.workspace_id == workspace_id
        and each.entity == entity
        and each.deleted_at is None
        and not each.merged_into
        and _is_free(each, integration_id)
    ]
    named = [each for each in free if each.record_id == observation.correlation_id]
    if named:
        return Match(named[0])
    key = match_key(entity, observation.fields)
    same = [each for each in free if key is not None and _holds(each, key)]
    if len(same) == 1:
        return Match(same[0])
    return Match(None, tuple(sorted(each.record_id for each in same)))


def _is_free(record: Record, integration_id: str) -> bool:
    link = record.links.get(integration_id)
    return link is None or link.state == "creating"


def _holds(record: Record, key: tuple[NaturalKey, str]) -> bool:
    return any(
        name == key[0] and record.fields.get(field) == key[1] for field, name in NATURAL_KEY_FIELDS[record.entity]
    )

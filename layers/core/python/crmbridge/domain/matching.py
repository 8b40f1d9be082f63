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
    "activity": None,
}
"""The one natural key that proves two rows to be the same thing; deals and activities have none."""

HINTS: Mapping[Entity, tuple[str, ...]] = {
    "contact": ("phone", "mobile_phone"),
    "lead": ("phone", "mobile_phone"),
    "company": (),
    "deal": (),
    "activity": (),
}
"""Fields that two people may share: alone they prove the same person only where nothing speaks against it."""


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
    ours = [each for each in candidates if each.record_id == observation.correlation_id]
    if ours and _is_orphan(ours[0], integration_id, workspace_id, entity):
        return Match(ours[0])
    meant = {observation.correlation_id, *(each.merged_into for each in ours)}
    named = [each for each in free if each.record_id in meant]
    if named:
        return Match(named[0])
    key = match_key(entity, observation.fields)
    same = [each for each in free if key is not None and _holds(each, key)]
    sharing = [each for each in free if _shares_number(each, observation.fields) and each not in same]
    if len(same) == 1:
        return _unless_another(same[0], [each for each in sharing if is_alike(each.fields, observation.fields)])
    if same:
        return _doubt(same)
    alike = [each for each in sharing if is_alike(each.fields, observation.fields)]
    if len(alike) == 1:
        return Match(alike[0])
    return _doubt(alike) if alike else Match(None)


def _is_orphan(record: Record, integration_id: str, workspace_id: str, entity: Entity) -> bool:
    """Tell whether a row with our id is what we made for a record that was deleted before the answer came."""
    link = record.links.get(integration_id)
    is_same = record.workspace_id == workspace_id and record.entity == entity
    return is_same and record.deleted_at is not None and link is not None and link.state == "creating"


def _unless_another(record: Record, others: list[Record]) -> Match:
    """Take the record of the key, unless a telephone number points just as clearly at somebody else."""
    return _doubt([record, *others]) if others else Match(record)


def _doubt(records: list[Record]) -> Match:
    return Match(None, tuple(sorted(each.record_id for each in records)))


def numbers(entity: Entity, fields: Fields) -> tuple[str, ...]:
    """Return the telephone numbers of a row in E.164, ascending; others prove nothing.

    Example:
        >>> numbers("contact", {"phone": "+5581999990000", "mobile_phone": "ask Ana"})
        ('+5581999990000',)
    """
    found = {fields.get(name) for name in HINTS[entity]}
    return tuple(sorted(each for each in found if isinstance(each, str) and each.startswith("+")))


def _shares_number(record: Record, fields: Fields) -> bool:
    return bool(set(numbers(record.entity, record.fields)) & set(numbers(record.entity, fields)))


def is_alike(one: Fields, other: Fields) -> bool:
    """Tell whether nothing speaks against two rows with one number being one person.

    Example:
        >>> is_alike({"last_name": "Prado", "email": "a@example.com"}, {"last_name": "prado"})
        True
    """
    for name in ("email", "last_name", "first_name"):
        mine, theirs = one.get(name), other.get(name)
        if isinstance(mine, str) and isinstance(theirs, str) and mine.casefold() != theirs.casefold():
            return False
    return isinstance(one.get("last_name"), str) and isinstance(other.get("last_name"), str)


def is_awaited(record: Record, integration_id: str) -> bool:
    """Tell whether a live record's create was intended in a CRM and its answer is still to come."""
    link = record.links.get(integration_id)
    return record.deleted_at is None and not record.merged_into and link is not None and link.state == "creating"


def _is_free(record: Record, integration_id: str) -> bool:
    link = record.links.get(integration_id)
    return link is None or link.state == "creating"


def _holds(record: Record, key: tuple[NaturalKey, str]) -> bool:
    return any(
        name == key[0] and record.fields.get(field) == key[1] for field, name in NATURAL_KEY_FIELDS[record.entity]
    )

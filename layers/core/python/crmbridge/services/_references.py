"""References between records: a CRM's external ids to our record ids, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import REFERENCES, Entity, Link, Observation, Record, Value
from crmbridge.services.hub import Hub

SINGLE: frozenset[str] = frozenset({"company", "deal"})
"""Reference fields that hold one record id rather than a list."""


def wanted(entity: Entity, observations: Iterable[Observation]) -> dict[Entity, tuple[str, ...]]:
    """Return, per entity, the external ids that some observations refer to, ascending."""
    ids: dict[Entity, set[str]] = {}
    for observation in observations:
        for name, external_ids in observation.refs.items():
            ids.setdefault(REFERENCES[entity][name], set()).update(external_ids)
    return {target: tuple(sorted(found)) for target, found in ids.items() if found}


def known(
    hub: Hub, integration: Integration, external_ids: Mapping[Entity, tuple[str, ...]]
) -> dict[tuple[Entity, str], str]:
    """Return the record ids of external ids that the hub has already."""
    found: dict[tuple[Entity, str], str] = {}
    for entity, ids in external_ids.items():
        by_id = hub.records.find_external(integration.workspace_id, integration.integration_id, entity, ids)
        found.update({(entity, external_id): record_id for external_id, record_id in by_id.items()})
    return found


def resolve(entity: Entity, observation: Observation, ids: Mapping[tuple[Entity, str], str]) -> Observation:
    """Put references among the fields as record ids; one that the hub does not know leaves its field unsaid."""
    if not observation.refs:
        return observation
    fields: dict[str, Value] = dict(observation.fields)
    for name, external_ids in observation.refs.items():
        target = REFERENCES[entity][name]
        record_ids = sorted({ids[target, each] for each in external_ids if (target, each) in ids})
        if len(record_ids) < len(set(external_ids)):
            continue
        fields[name] = _value(name, record_ids)
    return Observation(
        observation.external_id,
        fields,
        observation.refs,
        observation.version,
        observation.modified_at,
        observation.field_times,
        observation.correlation_id,
        observation.author,
        observation.loose,
    )


def _value(name: str, record_ids: list[str]) -> Value:
    """Return a reference field's value, from record ids in ascending order."""
    if name in SINGLE:
        return record_ids[0] if record_ids else None
    return tuple(record_ids) or None


@dataclass(frozen=True, slots=True)
class Addressed:
    """Reference fields ready to be written to one CRM.

    Attributes:
        refs: by field, the CRM's external ids.
        held_back: fields that must wait until a record they point to exists in that CRM; those in ``refs`` as well
            can be told in part.
        in_part: by field that is told in part only, what of its hub value is told; the rest has no place there.
        soon: whether those records are about to be made there, rather than waiting for people or for a later try.
    """

    refs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    held_back: tuple[str, ...] = ()
    in_part: dict[str, Value] = field(default_factory=dict[str, Value])
    soon: bool = False


def targets(entity: Entity, records: Iterable[Record], names: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the record ids that some records refer to, ascending and without repeats."""
    found: set[str] = set()
    for record in records:
        for name in REFERENCES[entity]:
            if names is None or name in names:
                found.update(_ids(record.fields.get(name)))
    return tuple(sorted(found))


def address(
    record: Record, names: Iterable[str], *, integration: Integration, by_id: Mapping[str, Record], now_s: float
) -> Addressed:
    """Translate a record's references into one CRM's external ids.

    A field is left out when all it points to will never come into being there.

    Args:
        names: reference fields to translate.
        by_id: the records referred to, as far as the hub has them, survivors of merges under the merged ids too.
        now_s: our clock, epoch seconds; tells what is due now from what is due later.
    """
    refs: dict[str, tuple[str, ...]] = {}
    held_back: list[str] = []
    in_part: dict[str, Value] = {}
    soon = False
    for name in names:
        external: dict[str, str] = {}
        waits, record_ids = False, _ids(record.fields.get(name))
        for target in (by_id[each] for each in record_ids if each in by_id):
            link = target.links.get(integration.integration_id)
            if link is not None and link.external_id and link.state in ("active", "invisible"):
                external[link.external_id] = target.record_id
            elif _may_come(target, link, integration):
                waits = True
                soon = soon or target.due_for.get(integration.integration_id, now_s + 1) <= now_s
        if waits:
            held_back.append(name)
        if external or not (waits or record_ids):
            refs[name] = tuple(sorted(external))
        if len(external) < len(record_ids):
            in_part[name] = _value(name, sorted(external.values()))
    return Addressed(refs, tuple(held_back), in_part, soon)


def _may_come(target: Record, link: Link | None, integration: Integration) -> bool:
    """Tell whether a record may still be made in a CRM: at once, or once people have decided or mended something."""
    rule = integration.rule(target.entity)
    ended = target.deleted_at is not None or target.merged_into or not rule.enabled or rule.direction == "from_crm"
    return not ended and (link is None or link.state == "creating")


def _ids(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()

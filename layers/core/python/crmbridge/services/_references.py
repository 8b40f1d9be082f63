"""References between records: a CRM's external ids to our record ids, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import REFERENCES, Entity, Observation, Record, Value
from crmbridge.services.hub import Hub

SINGLE: frozenset[str] = frozenset({"company"})
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
        if name in SINGLE:
            fields[name] = record_ids[0] if record_ids else None
        else:
            fields[name] = tuple(record_ids) or None
    return replace(observation, fields=fields)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Reference fields ready to be written to one CRM.

    Attributes:
        refs: by field, the CRM's external ids.
        held_back: fields that must wait until a record they point to exists in that CRM.
        hopeless: fields pointing to a record that will not come into being there.
    """

    refs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    held_back: tuple[str, ...] = ()
    hopeless: tuple[str, ...] = ()


def targets(entity: Entity, records: Iterable[Record], names: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the record ids that some records refer to, ascending and without repeats."""
    found: set[str] = set()
    for record in records:
        for name in REFERENCES[entity]:
            if names is None or name in names:
                found.update(_ids(record.fields.get(name)))
    return tuple(sorted(found))


def address(record: Record, names: Iterable[str], *, integration_id: str, by_id: Mapping[str, Record]) -> Addressed:
    """Translate a record's references into one CRM's external ids.

    Args:
        names: reference fields to translate.
        by_id: the records referred to, as far as the hub has them.
    """
    refs: dict[str, tuple[str, ...]] = {}
    held_back: list[str] = []
    hopeless: list[str] = []
    for name in names:
        external: list[str] = []
        waits = False
        dead = False
        for record_id in _ids(record.fields.get(name)):
            target = by_id.get(record_id)
            link = None if target is None else target.links.get(integration_id)
            if link is not None and link.external_id and link.state in ("active", "invisible"):
                external.append(link.external_id)
            elif target is not None and integration_id in target.due_for:
                waits = True
            else:
                dead = True
        if waits:
            held_back.append(name)
        elif dead and not external:
            hopeless.append(name)
        else:
            refs[name] = tuple(sorted(external))
    return Addressed(refs, tuple(held_back), tuple(hopeless))


def _ids(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()

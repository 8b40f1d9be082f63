"""Records that rows of a CRM could belong to."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge.domain.keys import NaturalKey
from crmbridge.domain.matching import match_key, numbers
from crmbridge.domain.records import PREFIXES, Entity, Observation, Record
from crmbridge.services.hub import Hub


def candidates_of(hub: Hub, workspace_id: str, entity: Entity, rows: Iterable[Observation]) -> dict[str, Record]:
    """Return, by id, all records that share our own id or a natural key with one of some rows.

    Which of them a row belongs to, if any, is for ``domain.matching`` to say.
    """
    ids: set[str] = set()
    values: dict[NaturalKey, set[str]] = {}
    for each in rows:
        if each.correlation_id.startswith(PREFIXES[entity] + "_"):
            ids.add(each.correlation_id)
        key = match_key(entity, each.fields)
        if key is not None:
            values.setdefault(key[0], set()).add(key[1])
        for number in numbers(entity, each.fields):
            values.setdefault("phone", set()).add(number)
    for key, wanted in values.items():
        for found in hub.records.find_key(workspace_id, entity, key, sorted(wanted)).values():
            ids.update(found)
    found = hub.records.get_many(workspace_id, sorted(ids)) if ids else {}
    survivors = {each.merged_into for each in found.values() if each.merged_into} - found.keys()
    return {**found, **hub.records.get_many(workspace_id, sorted(survivors))} if survivors else found

"""Joins records that two CRMs' readers imported at the same moment, neither knowing of the other's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmbridge.domain import matching
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Entity, Observation, Record
from crmbridge.services._candidates import candidates_of
from crmbridge.services._joining import Joiner
from crmbridge.services.hub import Hub

YOUNG_S = 3600
"""How long after an import its worker may still be started again, in seconds."""


def is_young(record: Record, now: datetime) -> bool:
    """Tell whether a record is as it was imported not long ago: whoever did may have died before looking for twins."""
    if record.rev != 1 or record.created_at is None or record.candidates:
        return False
    return (now - record.created_at).total_seconds() < YOUNG_S


def heal(
    hub: Hub,
    integration: Integration,
    integrations: Mapping[str, Integration],
    entity: Entity,
    fresh: Mapping[str, tuple[str, Observation]],
) -> None:
    """Join records with those that others imported meanwhile.

    Whoever stored second sees both, since look-ups are read consistently after the save; both seeing both does no
    harm, for the older record always stays.

    Args:
        fresh: by external id, the record and what the CRM says.
    """
    candidates = candidates_of(hub, integration.workspace_id, entity, [row for _, row in fresh.values()])
    joiner = Joiner(hub, integration.workspace_id, integrations, integration.integration_id)
    ours = {record_id for record_id, _ in fresh.values()}
    others = [each for each in candidates.values() if each.record_id not in ours]
    for record_id, row in fresh.values():
        hit = matching.match(
            row,
            others,
            integration_id=integration.integration_id,
            workspace_id=integration.workspace_id,
            entity=entity,
        )
        if hit.record is not None:
            older, newer = sorted((record_id, hit.record.record_id))
            if not joiner.must_wait(newer, older):
                joiner.join(newer, older)

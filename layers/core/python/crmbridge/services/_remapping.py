"""Records on their way from one mapping of an integration to another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.mapping.overrides import changed_fields
from crmbridge.domain.mapping.rebase import Face, rebased
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.domain.records import Entity, Record
from crmbridge.services.hub import Hub

PLACED = ("active", "invisible", "held")
"""States of links whose rows in the CRM are thought to hold what the mapping made of the hub's values."""


@dataclass(frozen=True, slots=True)
class Remapping:
    """What a change of mapping means for one entity's records.

    Attributes:
        names: fields that stand otherwise in the CRM.
    """

    integration_id: str
    names: tuple[str, ...]
    rule: EntityRule
    before: Face
    after: Face

    def turned(self, record: Record) -> Record:
        """Return a record with its link as it is under the new mapping."""
        link = record.links.get(self.integration_id)
        if not self.names or link is None or link.state not in PLACED or not link.external_id:
            return record
        fresh = rebased(record, link, self.names, rule=self.rule, before=self.before, after=self.after)
        return record if fresh is link else replace(record, links={**record.links, self.integration_id: fresh})


def remapping_of(hub: Hub, before: Integration, after: Integration, entity: Entity) -> Remapping:
    """Return what a change of an integration's overrides means for one entity.

    Args:
        before: the integration until now.
        after: the integration from now on.
    """
    client = hub.connectors.client(replace(before, field_maps=()))
    faces = [
        Face(Rendering(entity, each.field_maps), lambda fields: client.project(entity, fields))
        for each in (before, after)
    ]
    names = changed_fields(before.field_maps, after.field_maps, entity)
    return Remapping(before.integration_id, names, after.rule(entity), faces[0], faces[1])

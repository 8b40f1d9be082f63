"""Stores what pushing to one CRM found out, many records in one go, on top of whatever happened meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crmbridge.domain.altering import altered
from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import Merged, merge
from crmbridge.domain.records import REFERENCES, Entity, Fields, LastChange, Observation, Record, Value
from crmbridge.ports import CrmClient, Save
from crmbridge.services import _references as references
from crmbridge.services.hub import Hub

TRIES = 5

MERGES_FOLLOWED = 5
"""Merges of merged records that a reference is followed through."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one record that can be made again on a newer revision of it.

    Attributes:
        record: as last read.
        make: the change; pure.
        kind: for the journal, see ``LastChange``.
    """

    record: Record
    make: Callable[[Record], Record]
    kind: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reads and stores records of one entity while they are written to one CRM."""

    hub: Hub
    integration: Integration
    integrations: Mapping[str, Integration]
    entity: Entity
    client: CrmClient

    @property
    def key(self) -> str:
        """The integration's id, under which records hold their link."""
        return self.integration.integration_id

    def project(self, fields: Fields) -> dict[str, Value]:
        """Render values as the CRM would say them."""
        return self.client.project(self.entity, fields)

    def merge(self, record: Record, observation: Observation) -> Merged:
        """Merge what the CRM says into a record, without storing it."""
        return merge(
            record,
            observation,
            integration=self.integration,
            integrations=self.integrations,
            project=self.project,
            now=self.hub.now(),
        )

    def resolve(self, observed: Mapping[str, Observation]) -> dict[str, Observation]:
        """Put references among the fields as record ids, as far as the hub knows them."""
        wanted = references.wanted(self.entity, observed.values())
        ids = references.known(self.hub, self.integration, wanted) if wanted else {}
        return {key: references.resolve(self.entity, each, ids) for key, each in observed.items()}

    def targets(self, records: Iterable[Record]) -> dict[str, Record]:
        """Return the records that some records refer to, the survivors of merges under the merged ids."""
        ids = references.targets(self.entity, records)
        found = self.hub.records.get_many(self.integration.workspace_id, ids) if ids else {}
        for _ in range(MERGES_FOLLOWED):
            survivors = {each.merged_into for each in found.values() if each.merged_into}
            if not survivors:
                break
            held = self.hub.records.get_many(self.integration.workspace_id, sorted(survivors))
            found = {key: held.get(each.merged_into, each) for key, each in found.items()}
        return found

    def address(self, record: Record, names: Iterable[str], by_id: Mapping[str, Record]) -> references.Addressed:
        """Translate those of some fields that are references into the CRM's external ids."""
        fields = [name for name in names if name in REFERENCES[self.entity]]
        now_s = self.hub.now().timestamp()
        return references.address(record, fields, integration=self.integration, by_id=by_id, now_s=now_s)

    def owners(self, external_ids: Sequence[str]) -> dict[str, str]:
        """Return which record each of some external ids belongs to."""
        return self.hub.records.find_external(self.integration.workspace_id, self.key, self.entity, external_ids)

    def save_all(self, saves: Sequence[tuple[Record, Record]]) -> list[Record | None]:
        """Store (before, after) pairs; ``None`` where somebody else wrote first."""
        complete = [
            Save(before, with_due(after, self.integrations.values(), rev=before.rev + 1)) for before, after in saves
        ]
        stored = self.hub.records.save_many(complete)
        return [save.after if ok else None for save, ok in zip(complete, stored, strict=True)]

    def change_all(self, changes: Sequence[Change]) -> None:
        """Make and store changes; where a record has moved, make the change again on what it is now.

        A change that loses five times is given up: the next look at the CRM finds out the same.
        """
        pending: list[Change] = list(changes)
        for _ in range(TRIES):
            if not pending:
                return
            now = self.hub.now()
            saves = [
                (each.record, altered(each.make(each.record), last=LastChange(each.kind, self.key, now)))
                for each in pending
            ]
            stored = self.save_all(saves)
            lost = [each for each, ok in zip(pending, stored, strict=True) if ok is None]
            ids = [each.record.record_id for each in lost]
            fresh = self.hub.records.get_many(self.integration.workspace_id, ids) if ids else {}
            pending = [
                replace(each, record=fresh[each.record.record_id]) for each in lost if each.record.record_id in fresh
            ]

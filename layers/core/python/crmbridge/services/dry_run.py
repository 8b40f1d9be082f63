"""Rehearse what a sync would write to one CRM: the real pushing, a door that records, stores that keep nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import Ticket
from crmbridge.domain.records import Entity, Record
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import CrmClient
from crmbridge.services._dry_run_places import DuePlace, ListPlace, read_place
from crmbridge.services._overlay import NoQueues, OverlayDocuments, OverlayRecords
from crmbridge.services._pushed import Pushed
from crmbridge.services._recording import RecordingClient, RecordingConnectors, Written
from crmbridge.services._remapping import Remapping, remapping_of
from crmbridge.services.hub import Hub, entities_of, load_integrations, save_integration
from crmbridge.services.mapped_client import MappedClient
from crmbridge.services.push_changes import push_changes

BUDGET_S = 15.0
"""After how many seconds no further batch is begun, so that a page is answered well within the API's time."""

RECORDS_PAGE = 200


@dataclass(slots=True)
class Rehearsal:
    """One page of what would be written.

    Attributes:
        batches: as the connector would be given them, in order.
        counts: rows by outcome, as pushing counts them.
        stopped: by entity, why nothing more of it is written now: ``drained``, ``held``, ``blocked``, ``closed``.
        next_cursor: for the next page; ``None`` on the last one.
    """

    batches: list[Written] = field(default_factory=list[Written])
    counts: Pushed = field(default_factory=Pushed)
    stopped: dict[Entity, str] = field(default_factory=dict[Entity, str])
    next_cursor: str | None = None

    @property
    def rows(self) -> int:
        """How many rows would be written."""
        return sum(len(each.ops) for each in self.batches)


def dry_run(
    hub: Hub,
    integration: Integration,
    *,
    draft: Integration | None = None,
    entity: Entity | None = None,
    cursor: str | None = None,
    limit: int,
) -> Rehearsal:
    """Return one page of the writes that pushing would make to a CRM now.

    Rows are read and looked for in the CRM as pushing does. Nothing is written there, stored or queued.

    Args:
        integration: as it is stored.
        draft: as it would be after a change that is not stored; ``None`` to rehearse what is due now.
        entity: only this one; all in order by default.
        cursor: ``next_cursor`` of the page before.
        limit: no further batch is begun after so many rows.

    Raises:
        RequestRejectedError: the integration is not connected, or the cursor is none of this rehearsal's.
        ConflictError: what is due has moved since the page before, or the mapping is being changed; begin again.
        ProviderError: the CRM answered badly.
    """
    if integration.status not in ("active", "paused"):
        step = "connect it first: its rows are read before they are written"
        raise RequestRejectedError(f"the integration is {integration.status}", field="integrationId", next_step=step)
    if integration.remapping:
        raise ConflictError("the mapping is being changed; rehearse once that is over")
    stage = _Stage(hub, integration, draft, limit)
    known = entities_of(hub, stage.rehearsed)
    entities: tuple[Entity, ...] = tuple(each for each in known if entity in (None, each))
    return stage.page(entities, cursor)


class _Stage:
    """The hub with its doors shut, for one page."""

    def __init__(self, hub: Hub, integration: Integration, draft: Integration | None, limit: int) -> None:
        self.real, self.integration, self.draft, self.limit = hub, integration, draft, limit
        self.rehearsed = replace(draft or integration, status="active", version=integration.version)
        raw = hub.connectors.client(replace(integration, field_maps=()))
        self.door = RecordingClient(raw)
        self.changes: dict[Entity, Remapping] = {}
        self.records = OverlayRecords(hub.records, integration.integration_id, self._turned)
        self.hub = replace(
            hub,
            records=self.records,
            documents=OverlayDocuments(hub.documents),
            queues=NoQueues(),
            connectors=RecordingConnectors(hub.connectors, self._client),
            parsed={},
            runs={},
        )
        save_integration(self.hub, self.rehearsed)
        self.integrations = load_integrations(self.hub, integration.workspace_id)
        self.until = hub.now() + timedelta(seconds=BUDGET_S)
        self.found = Rehearsal(batches=self.door.written)

    def _client(self, integration: Integration) -> CrmClient:
        if not integration.field_maps:
            return self.door
        return MappedClient(self.door, integration.field_maps, provider=integration.crm)

    def page(self, entities: Sequence[Entity], cursor: str | None) -> Rehearsal:
        """Rehearse from a cursor on until the page is full or time is up."""
        place = read_place(cursor, entities, is_draft=self.draft is not None)
        for number in range(entities.index(place.entity) if place else 0, len(entities)):
            entity = entities[number]
            self.records.made = frozenset(entities[:number])
            at = place if place is not None and place.entity == entity else None
            ends = self._draft_entity(entity, at) if self.draft else self._due_entity(entity, at)
            if ends is not None:
                self.found.next_cursor = ends
                break
        return self.found

    def _has_time(self) -> bool:
        return self.real.now() < self.until and self.found.rows < self.limit

    def _push(self, entity: Entity, seen: set[str], has_time: Callable[[], bool]) -> str:
        where = self.integration
        ticket = Ticket(where.workspace_id, where.integration_id, entity)
        report = push_changes(self.hub, ticket, has_time=has_time, seen=seen)
        for each in fields(Pushed):
            setattr(
                self.found.counts, each.name, getattr(self.found.counts, each.name) + getattr(report.pushed, each.name)
            )
        self.found.stopped[entity] = report.stopped
        return report.stopped

    # ------------------------------------------------------------------------------------------- what is due now

    def _due_entity(self, entity: Entity, at: DuePlace | ListPlace | None) -> str | None:
        seen = at.seen(self._due_now(entity)) if isinstance(at, DuePlace) else set[str]()
        if self._push(entity, seen, self._has_time) != "time":
            return None
        return DuePlace.after(entity, self._due_now(entity), seen).to_cursor()

    def _due_now(self, entity: Entity) -> tuple[str, ...]:
        where = self.integration
        return self.real.records.due(
            where.workspace_id, entity, where.integration_id, now=self.real.now(), limit=DuePlace.MOST
        )

    # ------------------------------------------------------------------------------------------- what would be due

    def _draft_entity(self, entity: Entity, at: DuePlace | ListPlace | None) -> str | None:
        workspace_id, key = self.integration.workspace_id, self.integration.integration_id
        listed, seen = (at.listed, set(at.done)) if isinstance(at, ListPlace) else (None, set[str]())
        while self._has_time():
            page = self.records.list_records(workspace_id, entity, cursor=listed, limit=RECORDS_PAGE)
            now_s = self.real.now().timestamp()
            self.records.offered = sorted(
                each.record_id for each in page.items if each.due_for.get(key, now_s + 1) <= now_s
            )
            stopped = self._push(entity, seen, self._has_time)
            if stopped == "time":
                break
            if page.next_cursor is None or stopped != "drained":
                return None
            listed, seen = page.next_cursor, set[str]()
        return ListPlace(entity, listed, tuple(sorted(seen))).to_cursor()

    def _turned(self, record: Record) -> Record:
        """Return a record as the draft would have it; without one, as it is."""
        if self.draft is None:
            return record
        change = self.changes.get(record.entity)
        if change is None:
            change = remapping_of(self.real, self.integration, self.rehearsed, record.entity)
            self.changes[record.entity] = change
        return with_due(change.turned(record), self.integrations.values())

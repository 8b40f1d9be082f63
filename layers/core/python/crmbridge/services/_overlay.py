"""What would be stored, in front of what is: reads go through, writes stay here, and nothing leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from crmbridge.domain.keys import external_keys, natural_keys
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import Entity, Link, Record
from crmbridge.errors import ConflictError
from crmbridge.ports import Document, Documents, Page, RecordStore, Save

NEW = "new:"
"""Begins what stands for the id that a CRM will give to a record."""


@dataclass(slots=True)
class OverlayRecords:
    """The ``RecordStore`` of a rehearsal.

    Attributes:
        base: the real one, only read.
        integration_id: whose writing is rehearsed.
        offered: ids that ``due`` gives out; ``None`` to ask the real store.
        turn: what would have become of a record that nobody has stored here.
        made: entities whose records count as made in the CRM wherever that is due.
        saved: what would be stored, by id.
    """

    base: RecordStore
    integration_id: str
    turn: Callable[[Record], Record]
    offered: Sequence[str] | None = None
    made: frozenset[Entity] = frozenset()
    saved: dict[str, Record] = field(default_factory=dict[str, Record])

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records as they would be."""
        missing = [each for each in record_ids if each not in self.saved]
        held = self.base.get_many(workspace_id, missing) if missing else {}
        found = {**{key: self._as_made(each) for key, each in held.items()}, **self.saved}
        return {each: found[each] for each in record_ids if each in found}

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id, as they would be."""
        found = self.base.find_external(workspace_id, integration_id, entity, external_ids)
        for record in self.saved.values():
            if record.entity == entity:
                keys = [theirs for key, theirs in external_keys(record) if key == integration_id]
                found.update({each: record.record_id for each in keys if each in external_ids})
        return found

    def find_key(
        self, workspace_id: str, entity: Entity, key: Literal["email", "phone", "domain"], values: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of live records that would hold a key value."""
        found = {value: set(ids) for value, ids in self.base.find_key(workspace_id, entity, key, values).items()}
        for record in self.saved.values():
            holds = {value for name, value in natural_keys(record) if name == key and record.entity == entity}
            for value in values:
                ids = found.setdefault(value, set())
                (ids.add if value in holds else ids.discard)(record.record_id)
        return {value: tuple(sorted(ids)) for value, ids in found.items() if ids}

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Keep records here on the condition that they have not moved."""
        current = {
            key: each.rev
            for workspace_id in {each.after.workspace_id for each in saves}
            for key, each in self.get_many(workspace_id, [one.after.record_id for one in saves]).items()
        }
        return tuple([self._kept(each, current.get(each.after.record_id)) for each in saves])

    def save_together(self, saves: Sequence[Save]) -> bool:
        """Keep a few records here, all or none."""
        before = dict(self.saved)
        kept = all(self.save_many(saves))
        if not kept:
            self.saved = before
        return kept

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due: those that are offered, or the store's, as far as they still are."""
        ids = self.offered
        if ids is None:
            ids = self.base.due(workspace_id, entity, integration_id, now=now, limit=limit + len(self.saved))
        at = now.timestamp()
        return tuple(
            [
                each
                for each in ids
                if each not in self.saved or self.saved[each].due_for.get(integration_id, at + 1) <= at
            ][:limit]
        )

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of all records, as they would be."""
        page = self.base.list_records(workspace_id, entity, cursor=cursor, limit=limit)
        items = tuple([self.saved.get(each.record_id) or self.turn(each) for each in page.items])
        return replace(page, items=items)

    def _kept(self, save: Save, rev: int | None) -> bool:
        if rev != (None if save.before is None else save.before.rev):
            return False
        self.saved[save.after.record_id] = save.after
        return True

    def _as_made(self, record: Record) -> Record:
        """Return a record as it would be, its create carried out where its entity was rehearsed before."""
        key, record = self.integration_id, self.turn(record)
        link = record.links.get(key)
        if record.entity not in self.made or key not in record.due_for or (link is not None and link.external_id):
            return record
        return replace(record, links={**record.links, key: Link(key, NEW + record.record_id)})


@dataclass(slots=True)
class OverlayDocuments:
    """The ``Documents`` of a rehearsal."""

    base: Documents
    saved: dict[tuple[str, str], Document | None] = field(default_factory=dict[tuple[str, str], "Document | None"])

    def get(self, pk: str, sk: str) -> Document | None:
        """Read one document, as it would be."""
        return self.saved[pk, sk] if (pk, sk) in self.saved else self.base.get(pk, sk)

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        """Keep a document here.

        Raises:
            ConflictError: it has moved.
        """
        held = self.get(document.pk, document.sk)
        version = 0 if held is None else held.version
        if not unconditionally and version != document.version:
            raise ConflictError(f"{document.pk} {document.sk} has moved")
        kept = replace(document, version=version + 1)
        self.saved[document.pk, document.sk] = kept
        return kept

    def append(self, documents: Sequence[Document]) -> None:
        """Keep documents here."""
        self.saved.update({(each.pk, each.sk): replace(each, version=1) for each in documents})

    def delete(self, document: Document) -> None:
        """Keep in mind that a document would be gone."""
        self.saved[document.pk, document.sk] = None

    def query(self, pk: str, prefix: str = "") -> tuple[Document, ...]:
        """Return a partition's documents, as they would be."""
        found: dict[str, Document | None] = {each.sk: each for each in self.base.query(pk, prefix)}
        found.update({sk: each for (part, sk), each in self.saved.items() if part == pk and sk.startswith(prefix)})
        return tuple(each for _, each in sorted(found.items()) if each is not None)


class NoQueues:
    """The ``Queues`` of a rehearsal: nobody is told anything."""

    def send_changes(self, hints: Sequence[ChangeHint], *, delay_s: int = 0) -> None:
        """Send nothing."""

    def send_steps(self, steps: Sequence[SyncStep], *, delay_s: int = 0) -> None:
        """Send nothing."""

    def send_tickets(self, tickets: Sequence[Ticket], *, cause: str) -> None:
        """Send nothing."""

    def send_wakes(self, wakes: Sequence[Wake], *, delay_s: int) -> None:
        """Send nothing."""

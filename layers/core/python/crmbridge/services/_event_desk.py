"""What every kind of event is worked off with: its workspace's records and rules, one worker per thing at a time."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from crmbridge.domain.keys import digest
from crmbridge.domain.records import Entity, Fields, Record, Value
from crmbridge.domain.workflows.events import InEvent
from crmbridge.domain.workflows.newest import Mark, still_new
from crmbridge.domain.workspace_sections import Section
from crmbridge.errors import LeaseHeldError
from crmbridge.ports import Document
from crmbridge.services._leases import lease
from crmbridge.services.enter_records import Entry, enter_one, reference_key
from crmbridge.services.hub import Hub
from crmbridge.services.workspace_settings import load_section

MARKS_KEPT_S = 30 * 24 * 3600
"""How long it is remembered which event said a field last; queues keep nothing for longer than half of it."""

WAIT_S, WAITS = 0.5, 8
"""Seconds between two tries at a thing that another worker is at, and how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of an event.

    Attributes:
        records: ids of the records it is about, the first one first.
        words: what was not done and why; empty where nothing was left out.
        is_passed_over: it changed nothing, and rightly so.
    """

    records: tuple[str, ...] = ()
    words: str = ""
    is_passed_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One event being worked off.

    Attributes:
        by: who told it; recorded in the history.
    """

    hub: Hub
    workspace_id: str
    event: InEvent
    by: str

    @property
    def data(self) -> Mapping[str, Any]:
        """What the event says."""
        return self.event.data

    @property
    def at(self) -> str:
        """When it happened, as a canonical time."""
        return self.event.at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def section(self, section: Section) -> dict[str, Any]:
        """Return a section of the workspace's settings as it holds."""
        return load_section(self.hub, self.workspace_id, section)

    @contextmanager
    def alone(self, thing: str) -> Generator[None]:
        """Be the only one at a thing for the time of a block; waits a few seconds for whoever is at it.

        Raises:
            LeaseHeldError: somebody else is at it for longer, or died there a moment ago.
        """
        with ExitStack() as held:
            self._hold(held, f"event#{digest(thing)}")
            yield

    def _hold(self, held: ExitStack, name: str) -> None:
        for left in reversed(range(WAITS)):
            try:
                held.enter_context(lease(self.hub, self.workspace_id, name))
            except LeaseHeldError:
                if not left:
                    raise
                self.hub.sleep(WAIT_S)
            else:
                return

    def news(self, thing: str, said: Fields) -> dict[str, Value]:
        """Return what of an event no later one has said already, noting that this one says it; only while ``alone``."""
        pk, sk = f"{self.workspace_id}#SAID", digest(thing)
        held = self.hub.documents.get(pk, sk)
        before: dict[str, Mark] = {} if held is None else {name: (at, key) for name, (at, key) in held.body.items()}
        fresh, marks = still_new(said, (self.event.at_ms, digest(self.event.event_id)), before)
        if marks != before:
            body = {name: list(mark) for name, mark in marks.items()}
            expires_at = int(self.hub.now().timestamp()) + MARKS_KEPT_S
            version = 0 if held is None else held.version
            self.hub.documents.put(Document(pk, sk, body, version=version, expires_at=expires_at))
        return fresh

    def enter(self, entity: Entity, fields: Fields, *, record_id: str = "", reference: str = "") -> Record:
        """Enter a record as our own API does: into the hub, and from there into every CRM.

        Raises:
            RequestRejectedError: several records could be meant.
            ConflictError: the record kept moving; try again.
        """
        entered = enter_one(self.hub, self.workspace_id, entity, Entry(fields, record_id, reference), by=self.by)
        return cast("Record", entered.record)

    def named(self, entity: Entity, reference: str) -> tuple[str, Record | None]:
        """Return the id that a name stands for, and its record as it is now, or that of its survivor.

        Returns:
            An empty id where the name is new; no record where it was never made, or was deleted.
        """
        held = self.hub.documents.get(*reference_key(self.workspace_id, entity, reference))
        if held is None:
            return "", None
        record_id = str(held.body["record_id"])
        return record_id, self.live(record_id)

    def live(self, record_id: str) -> Record | None:
        """Return a record, or the one it became part of; none where it is gone."""
        for _ in range(5):
            record = self.hub.records.get_many(self.workspace_id, [record_id]).get(record_id)
            if record is None or not record.merged_into:
                return None if record is None or record.deleted_at is not None else record
            record_id = record.merged_into
        return None

"""The records with their look-ups and due work, in dictionaries."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import nsmallest
from typing import Literal, TypeAlias

from crmbridge.adapters._listing import Place, cursor_after, place_of
from crmbridge.adapters._look_ups import NONE, LookUps, check_saves, due_at, look_ups
from crmbridge.domain.keys import shard_of
from crmbridge.domain.records import Entity, Record
from crmbridge.ports import Page, Save

OnChange: TypeAlias = Callable[[Record | None, Record], None]
"""Hears of every stored save, as the table's stream does: the record before, the record after."""


class MemoryRecords:
    """Keeps records as they are: they are immutable, so nothing is copied.

    Args:
        on_change: called after each stored save, in the order of the saves.
    """

    def __init__(self, *, on_change: OnChange | None = None) -> None:
        self._on_change = on_change
        self._records: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        self._external: dict[tuple[str, str, Entity, str], str] = {}
        self._natural: defaultdict[tuple[str, Entity, str, str], set[str]] = defaultdict(set)
        self._places: defaultdict[tuple[str, Entity], list[Place]] = defaultdict(list)
        self._due: defaultdict[tuple[str, Entity, str], dict[str, tuple[int, int]]] = defaultdict(dict)

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records by id; see ``RecordStore``."""
        records = self._records[workspace_id]
        return {each: records[each] for each in record_ids if each in records}

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id; see ``RecordStore``."""
        found = ((each, self._external.get((workspace_id, integration_id, entity, each))) for each in external_ids)
        return {external_id: record_id for external_id, record_id in found if record_id is not None}

    def find_key(
        self, workspace_id: str, entity: Entity, key: Literal["email", "phone", "domain"], values: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of live records by a key value; values nobody holds are left out."""
        found = ((value, self._natural.get((workspace_id, entity, key, value))) for value in values)
        return {value: tuple(sorted(record_ids)) for value, record_ids in found if record_ids}

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records one after the other; see ``RecordStore``.

        Raises:
            ValueError: the saves break the port's own rules; nothing was stored.
        """
        check_saves(saves)
        return tuple([self._save(save) for save in saves])

    def save_together(self, saves: Sequence[Save]) -> bool:
        """Store a few records as one; see ``RecordStore``.

        Raises:
            ValueError: the saves break the port's own rules; nothing was stored.
        """
        check_saves(saves)
        ours = {each.after.record_id for each in saves}
        changed = [(each, look_ups(each)) for each in saves]
        if not all(self._has_stood_still(each) and self._is_free(each.after, found, ours) for each, found in changed):
            return False
        for each, found in changed:
            self._apply(each.after, replace(found, new_external=(), new_natural=()))
        for each, found in changed:
            self._apply(each.after, replace(found, gone_external=(), gone_natural=()))
            self._keep(each)
        return True

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due, longest due first; see ``RecordStore``."""
        waiting = self._due.get((workspace_id, entity, integration_id))
        if not waiting:
            return ()
        epoch_s = now.timestamp()
        ripe = ((at, record_id) for record_id, (at, not_before) in waiting.items() if not_before <= epoch_s)
        return tuple(record_id for _, record_id in nsmallest(limit, ripe))

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of an entity's records, by shard and id; see ``RecordStore``.

        Raises:
            RequestRejectedError: the cursor was not given out by a listing.
        """
        places, records = self._places[workspace_id, entity], self._records[workspace_id]
        start = bisect_right(places, place_of(cursor))
        items = tuple(records[record_id] for _, record_id in places[start : start + limit])
        return Page(items, cursor_after(items[-1].record_id) if len(items) == limit else None)

    def list_new(self, workspace_id: str, entity: Entity, *, after: str, limit: int) -> tuple[Record, ...]:
        """Return the oldest records that are newer than one; see ``RecordStore``."""
        newer = sorted(each for _, each in self._places[workspace_id, entity] if each > after)
        return tuple(self._records[workspace_id][each] for each in newer[:limit])

    def _save(self, save: Save) -> bool:
        changes = look_ups(save)
        if not self._has_stood_still(save):
            return False
        if changes is not NONE:
            if not self._is_free(save.after, changes, {save.after.record_id}):
                return False
            self._apply(save.after, changes)
        self._keep(save)
        return True

    def _has_stood_still(self, save: Save) -> bool:
        stored = self._records[save.after.workspace_id].get(save.after.record_id)
        return (None if stored is None else stored.rev) == (None if save.before is None else save.before.rev)

    def _keep(self, save: Save) -> None:
        before, after = save.before, save.after
        if before is None:
            insort(self._places[after.workspace_id, after.entity], (shard_of(after.record_id), after.record_id))
        self._index(before, after)
        self._records[after.workspace_id][after.record_id] = after
        if self._on_change is not None:
            self._on_change(before, after)

    def _is_free(self, record: Record, changes: LookUps, ours: Collection[str]) -> bool:
        keys = (*changes.new_external, *changes.gone_external)
        owners = (self._external.get((record.workspace_id, crm, record.entity, theirs)) for crm, theirs in keys)
        return all(owner is None or owner in ours for owner in owners)

    def _apply(self, record: Record, changes: LookUps) -> None:
        workspace_id, entity, record_id = record.workspace_id, record.entity, record.record_id
        for integration_id, external_id in changes.new_external:
            self._external[workspace_id, integration_id, entity, external_id] = record_id
        for integration_id, external_id in changes.gone_external:
            self._external.pop((workspace_id, integration_id, entity, external_id), None)
        for key, value in changes.new_natural:
            self._natural[workspace_id, entity, key, value].add(record_id)
        for key, value in changes.gone_natural:
            self._natural[workspace_id, entity, key, value].discard(record_id)

    def _index(self, before: Record | None, after: Record) -> None:
        workspace_id, entity, record_id = after.workspace_id, after.entity, after.record_id
        for integration_id in () if before is None else before.due_for:
            if integration_id not in after.due_for:
                self._due[workspace_id, entity, integration_id].pop(record_id, None)
        if after.due_for:
            at = due_at(after)
            for integration_id, not_before in after.due_for.items():
                self._due[workspace_id, entity, integration_id][record_id] = (at, not_before)

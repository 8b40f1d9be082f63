# ruff: noqa: ARG002 - one workspace a file, but a port keeps its signature
"""The records in a file: a store outside of this process's memory, as DynamoDB is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from crmbridge.adapters._listing import cursor_after, place_of
from crmbridge.adapters._look_ups import check_saves, due_at, look_ups
from crmbridge.domain.codec import from_text, to_text
from crmbridge.domain.keys import shard_of
from crmbridge.domain.records import Entity, Record
from crmbridge.ports import Page, Save

_SCHEMA = """
CREATE TABLE records (id TEXT PRIMARY KEY, shard INT, entity TEXT, rev INT, body TEXT) WITHOUT ROWID;
CREATE INDEX places ON records (entity, shard, id);
CREATE TABLE external (integration TEXT, entity TEXT, theirs TEXT, ours TEXT,
    PRIMARY KEY (integration, entity, theirs)) WITHOUT ROWID;
CREATE TABLE natural (entity TEXT, name TEXT, value TEXT, ours TEXT, PRIMARY KEY (entity, name, value, ours))
    WITHOUT ROWID;
CREATE TABLE due (integration TEXT, entity TEXT, at INT, ours TEXT, wait INT, PRIMARY KEY (integration, entity, ours))
    WITHOUT ROWID;
CREATE INDEX waiting ON due (integration, entity, at, ours);
"""


class DiskRecords:
    """A ``RecordStore`` of one workspace in SQLite; not safe against a crash, which is not what is measured.

    Args:
        on_change: hears of every stored save.
    """

    def __init__(self, path: Path, *, on_change: Callable[[Record | None, Record], None]) -> None:
        self._on_change = on_change
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;")
        self._base.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records by id; see ``RecordStore``."""
        rows = self._of("SELECT id, body FROM records WHERE id IN", record_ids)
        return {record_id: from_text(body) for record_id, body in rows}

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id; see ``RecordStore``."""
        asked = "SELECT theirs, ours FROM external WHERE integration = ? AND entity = ? AND theirs IN"
        return dict(self._of(asked, external_ids, integration_id, entity))

    def find_key(
        self, workspace_id: str, entity: Entity, key: Literal["email", "phone", "domain"], values: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of records by a key value; see ``RecordStore``."""
        found: dict[str, list[str]] = {}
        asked = "SELECT value, ours FROM natural WHERE entity = ? AND name = ? AND value IN"
        for value, record_id in self._of(asked, values, entity, key):
            found.setdefault(value, []).append(record_id)
        return {value: tuple(sorted(record_ids)) for value, record_ids in found.items()}

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records; see ``RecordStore``.

        Raises:
            ValueError: the saves break the port's own rules; nothing was stored.
        """
        check_saves(saves)
        self._base.execute("BEGIN")
        stored = tuple([self._save(save) for save in saves])
        self._base.execute("COMMIT")
        for save, ok in zip(saves, stored, strict=True):
            if ok:
                self._on_change(save.before, save.after)
        return stored

    def save_together(self, saves: Sequence[Save]) -> bool:
        """Store a few records one after the other, if all are as they were read; nobody else is at the file."""
        held = self.get_many(saves[0].after.workspace_id, [each.after.record_id for each in saves])
        revs = [held[each.after.record_id].rev if each.after.record_id in held else None for each in saves]
        if revs != [None if each.before is None else each.before.rev for each in saves]:
            return False
        return all(self.save_many(saves))

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due, longest due first; see ``RecordStore``."""
        asked = "SELECT ours FROM due WHERE integration = ? AND entity = ? AND wait <= ? ORDER BY at, ours LIMIT ?"
        return tuple(row[0] for row in self._base.execute(asked, (integration_id, entity, now.timestamp(), limit)))

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of an entity's records; see ``RecordStore``.

        Raises:
            RequestRejectedError: the cursor was not given out by a listing.
        """
        asked = "SELECT body FROM records WHERE entity = ? AND (shard, id) > (?, ?) ORDER BY shard, id LIMIT ?"
        rows = self._base.execute(asked, (entity, *place_of(cursor), limit))
        items = tuple(from_text(row[0]) for row in rows)
        return Page(items, cursor_after(items[-1].record_id) if len(items) == limit else None)

    def list_new(self, workspace_id: str, entity: Entity, *, after: str, limit: int) -> tuple[Record, ...]:
        """Return the oldest records that are newer than one; see ``RecordStore``."""
        asked = "SELECT body FROM records WHERE entity = ? AND id > ? ORDER BY id LIMIT ?"
        return tuple(from_text(row[0]) for row in self._base.execute(asked, (entity, after, limit)))

    def _of(self, asked: str, values: Sequence[str], *before: str) -> Iterable[tuple[str, str]]:
        for start in range(0, len(values), 500):
            chunk = values[start : start + 500]
            marks = ",".join("?" * len(chunk))
            yield from self._base.execute(f"{asked} ({marks})", (*before, *chunk))

    def _save(self, save: Save) -> bool:
        before, after = save.before, save.after
        row = self._base.execute("SELECT rev FROM records WHERE id = ?", (after.record_id,)).fetchone()
        if (None if row is None else row[0]) != (None if before is None else before.rev):
            return False
        changes = look_ups(save)
        for integration_id, theirs in changes.new_external:
            if self.find_external("", integration_id, after.entity, [theirs]).get(theirs, after.record_id) != (
                after.record_id
            ):
                return False
        one = (after.entity,)
        self._many(
            "INSERT OR REPLACE INTO external VALUES (?, ?, ?, ?)",
            ((integration_id, *one, theirs, after.record_id) for integration_id, theirs in changes.new_external),
        )
        self._many(
            "DELETE FROM external WHERE integration = ? AND entity = ? AND theirs = ?",
            ((integration_id, *one, theirs) for integration_id, theirs in changes.gone_external),
        )
        self._many(
            "INSERT OR REPLACE INTO natural VALUES (?, ?, ?, ?)",
            ((*one, name, value, after.record_id) for name, value in changes.new_natural),
        )
        self._many(
            "DELETE FROM natural WHERE entity = ? AND name = ? AND value = ? AND ours = ?",
            ((*one, name, value, after.record_id) for name, value in changes.gone_natural),
        )
        self._index(before, after)
        place = (after.record_id, shard_of(after.record_id), after.entity, after.rev, to_text(after))
        self._base.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", place)
        return True

    def _index(self, before: Record | None, after: Record) -> None:
        settled = set(() if before is None else before.due_for) - set(after.due_for)
        self._many(
            "DELETE FROM due WHERE integration = ? AND entity = ? AND ours = ?",
            ((each, after.entity, after.record_id) for each in settled),
        )
        self._many(
            "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?, ?)",
            ((each, after.entity, due_at(after), after.record_id, wait) for each, wait in after.due_for.items()),
        )

    def _many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._base.executemany(statement, rows)

"""Rows of one object, living and deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]
RecordId = int | str

PURGED_AFTER_MS = 30 * 86_400_000
"""A deleted object is gone for good after thirty days."""


@dataclass(slots=True, kw_only=True)
class Record:
    """One row.

    Attributes:
        values: what people and programs set.
        custom: custom fields by their code; only those that hold something.
        update_ms: last change; of a deleted row, its deletion.
        indexed_ms: when searches see the present values.
    """

    record_id: RecordId
    values: JsonObject
    add_ms: int
    update_ms: int
    custom: JsonObject = field(default_factory=dict[str, Any])
    creator_id: int = 0
    deleted_ms: int | None = None
    indexed_ms: int = 0
    found_by: JsonObject = field(default_factory=dict[str, Any])
    """Values and custom fields as searches still see them until ``indexed_ms``."""


@dataclass(slots=True)
class Table:
    """All rows of one object."""

    next_id: int = 1
    rows: dict[RecordId, Record] = field(default_factory=dict[RecordId, Record])

    def add(self, record: Record) -> None:
        """Store a new row."""
        self.rows[record.record_id] = record

    def take_id(self) -> int:
        """Return the next id; ids are never given twice."""
        taken = self.next_id
        self.next_id += 1
        return taken

    def live(self, record_id: object) -> Record | None:
        """Return a row that is not deleted."""
        record = self.known(record_id)
        return None if record is None or record.deleted_ms is not None else record

    def known(self, record_id: object) -> Record | None:
        """Return a row, deleted ones included."""
        return self.rows.get(record_id) if isinstance(record_id, int | str) else None

    def purge(self, now_ms: int) -> None:
        """Forget what was deleted more than thirty days ago."""
        old = [
            key
            for key, row in self.rows.items()
            if row.deleted_ms is not None and row.deleted_ms <= now_ms - PURGED_AFTER_MS
        ]
        for key in old:
            del self.rows[key]

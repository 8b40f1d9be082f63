"""Records of one module, live and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.zoho.modules import Module

Values = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Record:
    """One record; times in whole seconds, lookups as ids."""

    record_id: str
    values: Values
    created_s: int
    modified_s: int
    created_by: str
    modified_by: str
    tags: list[str] = field(default_factory=list[str])
    roles: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True, kw_only=True)
class Grave:
    """One deleted record; ``permanent`` ones have lost their names."""

    record: Record
    name: str
    deleted_s: int
    deleted_by: str
    permanent: bool = False


class Table:
    """The records of one module."""

    def __init__(self, module: Module) -> None:
        """Start empty."""
        self.module = module
        self.live: dict[str, Record] = {}
        self.graves: dict[str, Grave] = {}
        self._taken: dict[str, dict[str, str]] = {}

    def __iter__(self) -> Iterator[Record]:
        """Return live records, oldest id first."""
        return iter(self.live.values())

    def holder(self, name: str, value: object) -> str:
        """Return the id of the live record that holds a unique value, empty if none does."""
        return self._taken.get(name, {}).get(_folded(value), "")

    def put(self, record: Record) -> None:
        """Store a new record."""
        self.live[record.record_id] = record
        self._index(record)

    def change(self, record: Record, values: Values) -> None:
        """Set values of a live record."""
        self._unindex(record)
        record.values = {**record.values, **values}
        self._index(record)

    def bury(self, record: Record, *, name: str, at_s: int, by: str) -> None:
        """Move a live record into the recycle bin."""
        self._unindex(record)
        del self.live[record.record_id]
        self.graves[record.record_id] = Grave(record=record, name=name, deleted_s=at_s, deleted_by=by)

    def reindex(self) -> None:
        """Look at unique fields anew."""
        self._taken.clear()
        for record in self:
            self._index(record)

    def _index(self, record: Record) -> None:
        for name, value in self._unique(record):
            self._taken.setdefault(name, {})[_folded(value)] = record.record_id

    def _unindex(self, record: Record) -> None:
        for name, value in self._unique(record):
            self._taken.get(name, {}).pop(_folded(value), None)

    def _unique(self, record: Record) -> list[tuple[str, object]]:
        unique = [each.api_name for each in self.module.fields.values() if each.unique]
        return [(name, record.values[name]) for name in unique if record.values.get(name) is not None]


def _folded(value: object) -> str:
    return str(value).casefold()

"""Who may hold a value that must be unique, found without passing through all records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sandbox.freshsales.records import Record

EMAILS = "emails"


class Holders:
    """Records of one module by the unique values they hold now or held once: whoever asks checks what they hold."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._names: frozenset[str] = frozenset()
        self._ids: dict[tuple[str, str], set[int]] = {}

    def follow(self, names: Collection[str], table: Mapping[int, Record]) -> None:
        """Begin anew with what a table holds when other fields are unique than before."""
        if frozenset(names) != self._names:
            self._names, self._ids = frozenset(names), {}
            for record in table.values():
                self.add(record)

    def add(self, record: Record) -> None:
        """Note what a record holds."""
        for state in (record, record.seen):
            for key in self._keys(state) if state is not None else ():
                self._ids.setdefault(key, set()).add(record.record_id)

    def like(self, record: Record) -> list[int]:
        """Return the ids that may share a unique value with a record, oldest first."""
        return sorted({found for key in self._keys(record) for found in self._ids.get(key, ())})

    def of(self, name: str, value: str) -> list[int] | None:
        """Return the ids that may hold a folded value, oldest first; ``None`` for a field that is not followed."""
        return sorted(self._ids.get((name, value), ())) if name == EMAILS or name in self._names else None

    def _keys(self, record: Record) -> Iterable[tuple[str, str]]:
        for each in record.addresses():
            yield EMAILS, each
        for name in self._names:
            value: Any = record.custom.get(name, record.values.get(name))
            if value not in (None, ""):
                yield name, str(value).lower()

"""The organization: its tables, its rows, what was deleted, and who works there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.dynamics.errors import no_segment, not_found
from sandbox.dynamics.schema import TableDef, new_tables
from sandbox.dynamics.times import stamp

Row = dict[str, Any]
"""One version of a row; never changed once stored, a save puts another in its place."""

EMPTY_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One stored change, for webhooks and for undoing it.

    Attributes:
        message: Create, Update, Delete, Merge, Win, Lose or QualifyLead; empty for what fires nothing.
        sent: names of the columns that the request named.
        extra: further input of the message.
    """

    table: str
    row_id: str
    before: Row | None
    after: Row | None
    message: str
    by: str
    sent: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Org:
    """Stores rows; every write takes the next version number of the whole database."""

    def __init__(self, clock: Clock, *, seed: int) -> None:
        """Make an organization without rows."""
        self._clock, self._seed = clock, seed
        self.clear()

    def clear(self) -> None:
        """Forget every row, column and key made since the start."""
        self.tables: dict[str, TableDef] = new_tables()
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in self.tables}
        self.gone: dict[str, list[tuple[int, str]]] = {name: [] for name in self.tables}
        self.unique: dict[tuple[str, str], dict[tuple[object, ...], str]] = {}
        self.version = 4_000_000
        self.journal: list[Change] = []
        self.random = Random(self._seed)

    @property
    def now(self) -> str:
        """The present moment as columns hold it."""
        return stamp(self._clock.now())

    def seconds(self) -> float:
        """The present moment in seconds."""
        return self._clock.now().timestamp()

    def new_id(self) -> str:
        """Return an id nobody has; they do not ascend."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def table(self, name: str) -> TableDef:
        """Return a table by its logical name.

        Raises:
            DataverseError: there is none.
        """
        found = self.tables.get(name)
        if found is None:
            raise no_segment(name)
        return found

    def by_set(self, set_name: str) -> TableDef:
        """Return a table by its plural name.

        Raises:
            DataverseError: there is none.
        """
        for each in self.tables.values():
            if each.set_name == set_name:
                return each
        raise no_segment(set_name)

    def row(self, table: str, row_id: str) -> Row:
        """Return a live row.

        Raises:
            DataverseError: there is none.
        """
        found = self.rows[table].get(row_id)
        if found is None:
            raise not_found(table, row_id)
        return found

    def where(self, table: str, wanted: Callable[[Row], bool]) -> list[Row]:
        """Return live rows that fulfil a condition."""
        return [row for row in self.rows[table].values() if wanted(row)]

    # --------------------------------------------------------------------------------------- writing

    def put(self, table: str, row: Row, *, by: str, message: str, sent: Iterable[str] = (), **extra: Any) -> Row:
        """Store a version of a row and note the change."""
        definition = self.tables[table]
        row_id = row[definition.primary]
        self.version += 1
        stored = {**row, "versionnumber": self.version}
        change = Change(
            table=table,
            row_id=row_id,
            before=self.rows[table].get(row_id),
            after=stored,
            message=message,
            by=by,
            sent=tuple(sent),
            extra=extra,
        )
        self._swap(table, row_id, stored)
        self.journal.append(change)
        return stored

    def drop(self, table: str, row_id: str, *, by: str, message: str = "Delete") -> None:
        """Delete a row for good; only its id and the version of its deletion stay."""
        before = self.row(table, row_id)
        self.version += 1
        self._swap(table, row_id, None)
        self.gone[table].append((self.version, row_id))
        self.journal.append(Change(table=table, row_id=row_id, before=before, after=None, message=message, by=by))

    def note(self, change: Change) -> None:
        """Note a message that changes no row by itself."""
        self.journal.append(change)

    def mark(self) -> int:
        """Return a place in the journal to go back to."""
        return len(self.journal)

    def roll_back(self, mark: int) -> None:
        """Undo every change since a mark."""
        for change in reversed(self.journal[mark:]):
            if change.before is change.after:
                continue
            if change.after is None:
                self.gone[change.table] = [each for each in self.gone[change.table] if each[1] != change.row_id]
            self._swap(change.table, change.row_id, change.before)
        del self.journal[mark:]

    def commit(self) -> list[Change]:
        """Take the changes noted since the last commit."""
        taken, self.journal = self.journal, []
        return taken

    # --------------------------------------------------------------------------------------- alternate keys

    def index(self, table: str, key: str) -> None:
        """Build the index of an alternate key."""
        columns = self.tables[table].keys[key].columns
        found = self.unique[table, key] = {}
        for row_id, row in self.rows[table].items():
            value = _key_value(row, columns)
            if value is not None:
                found[value] = row_id

    def id_by_key(self, table: str, key: str, row: Mapping[str, Any]) -> str | None:
        """Return the id of the row with a key's value."""
        value = _key_value(row, self.tables[table].keys[key].columns)
        return None if value is None else self.unique[table, key].get(value)

    def _swap(self, table: str, row_id: str, row: Row | None) -> None:
        before = self.rows[table].get(row_id)
        for key in self.tables[table].keys.values():
            entries = self.unique[table, key.name]
            old = None if before is None else _key_value(before, key.columns)
            if old is not None and entries.get(old) == row_id:
                del entries[old]
            new = None if row is None else _key_value(row, key.columns)
            if new is not None:
                entries[new] = row_id
        if row is None:
            self.rows[table].pop(row_id, None)
        else:
            self.rows[table][row_id] = row


def _key_value(row: Mapping[str, Any], columns: Iterable[str]) -> tuple[object, ...] | None:
    """Return a row's value of a key, letters' case aside; ``None`` when a part is empty, which nobody checks."""
    found = tuple(row.get(name) for name in columns)
    if any(each is None for each in found):
        return None
    return tuple(each.casefold() if isinstance(each, str) else each for each in found)

"""Rows of one object, found by id, by key or by time without looking at all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.salesforce.schema import Field, SObject

Row = dict[str, Any]
"""One version of a record; never changed once stored, a save puts another in its place."""


def folded(value: object) -> object:
    """Return a value as comparisons see it: text without case."""
    return value.lower() if isinstance(value, str) else value


class Table:
    """The rows of one object; those in the recycle bin included."""

    def __init__(self, sobject: SObject) -> None:
        """Start empty."""
        self.sobject = sobject
        self._rows: dict[str, Row] = {}
        self._by_value: dict[str, dict[object, dict[str, None]]] = {}
        self._stamps: list[tuple[str, str]] = []
        for made in sobject.fields.values():
            self.index(made)

    def __len__(self) -> int:
        """Count all rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """Yield rows, newest record first: an order nobody should rely on."""
        return (self._rows[record_id] for record_id in reversed(list(self._rows)))

    def index(self, made: Field) -> None:
        """Begin to find rows by a field if it is a key, a reference or a name."""
        wanted = made.is_key or made.unique or made.name_field or made.type == "reference"
        if made.name == "Id" or not wanted or made.name in self._by_value:
            return
        self._by_value[made.name] = {}
        for row in self._rows.values():
            self._enter(made.name, row)

    def forget(self, name: str) -> None:
        """Stop finding rows by a field that is no more."""
        self._by_value.pop(name, None)

    def get(self, record_id: str) -> Row | None:
        """Return the row with an 18-character id."""
        return self._rows.get(record_id)

    def put(self, row: Row) -> None:
        """Store a row, in the place of an older version."""
        old = self._rows.get(row["Id"])
        if old is not None:
            self._leave_all(old, row)
        self._rows[row["Id"]] = row
        for name in self._by_value:
            if old is None or old.get(name) != row.get(name):
                self._enter(name, row)
        if old is None or old.get("SystemModstamp") != row.get("SystemModstamp"):
            insort(self._stamps, (row["SystemModstamp"], row["Id"]))

    def drop(self, record_id: str) -> None:
        """Remove a row for good."""
        old = self._rows.pop(record_id)
        self._leave_all(old, {})

    def finds_by(self, name: str) -> bool:
        """Tell whether ``ids_by`` knows the field."""
        return name == "Id" or name in self._by_value

    def ids_by(self, name: str, value: object) -> Iterable[str]:
        """Return ids of rows whose field equals ``value``, letters' case aside."""
        if name == "Id":
            return (str(value),) if value in self._rows else ()
        return self._by_value[name].get(folded(value), ())

    def ids_since(self, stamp: str) -> list[str]:
        """Return ids of rows last changed at ``stamp`` or later, oldest first."""
        start = bisect_left(self._stamps, (stamp, ""))
        return [record_id for _, record_id in self._stamps[start:]]

    def _enter(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None:
            self._by_value[name].setdefault(folded(value), {})[row["Id"]] = None

    def _leave_all(self, old: Row, new: Row) -> None:
        for name, entries in self._by_value.items():
            value = old.get(name)
            if value is not None and value != new.get(name):
                ids = entries[folded(value)]
                ids.pop(old["Id"], None)
                if not ids:
                    del entries[folded(value)]
        if old["SystemModstamp"] != new.get("SystemModstamp"):
            place = bisect_left(self._stamps, (old["SystemModstamp"], old["Id"]))
            del self._stamps[place]

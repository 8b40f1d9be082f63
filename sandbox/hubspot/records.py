"""Records of one object type, with indexes for every unique property."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from sandbox.hubspot.object_types import ObjectType
from sandbox.hubspot.property_groups import PropertyGroup, standard_groups
from sandbox.hubspot.property_types import Property
from sandbox.hubspot.search_index import SearchIndex

_FIRST_ID = 210_340_000_000
_LARGEST_ID_STEP = 5
EMAIL = "email"
ADDITIONAL_EMAILS = "hs_additional_emails"

Values = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Record:
    """One record; ``properties`` is replaced, never changed in place.

    Attributes:
        record_id: digits; unique within its object type only.
        properties: stored text by name; the empty string is a cleared value.
        archived_ms: when it was archived, ``None`` while it is not.
    """

    record_id: str
    properties: Values
    created_ms: int
    updated_ms: int
    archived_ms: int | None = None


class ObjectTable:
    """All records of one object type, archived ones included, and its definitions."""

    def __init__(self, kind: ObjectType, *, rng: Random, now_ms: int) -> None:
        """Start without records, with the standard properties and groups."""
        self.kind = kind
        self._rng = rng
        self._next_id = _FIRST_ID + rng.randint(1, _LARGEST_ID_STEP)
        group = f"{kind.singular}information"
        self.definitions: dict[str, Property] = {
            item.name: replace(item, group=group, created_ms=now_ms, updated_ms=now_ms) for item in kind.standard
        }
        self.groups: dict[str, PropertyGroup] = standard_groups(group, kind.singular)
        self.records: dict[str, Record] = {}
        self.merged_into: dict[str, str] = {}
        self.index = SearchIndex()
        self._ids: list[int] = []
        self._unique: dict[str, dict[str, str]] = {}
        for item in self.definitions.values():
            if item.special == EMAIL:
                self._unique[item.name] = {}

    def new_id(self) -> str:
        """Return an id never used before for this type, larger than all before."""
        record_id = self._next_id
        self._next_id += self._rng.randint(1, _LARGEST_ID_STEP)
        return str(record_id)

    def reserve_id(self, record_id: str) -> None:
        """Take a chosen id, so that ``new_id`` stays beyond it."""
        self._next_id = max(self._next_id, int(record_id) + 1)

    def live(self, record_id: str) -> Record | None:
        """Return a record that is not archived."""
        record = self.records.get(record_id)
        return record if record is not None and record.archived_ms is None else None

    def survivor(self, record_id: str) -> Record | None:
        """Return a live record, following merges from an id that was merged away."""
        while record_id in self.merged_into:
            record_id = self.merged_into[record_id]
        return self.live(record_id)

    def is_key(self, name: str) -> bool:
        """Tell whether ``name`` identifies records: the e-mail or a unique property."""
        return name in self._unique

    def holder(self, name: str, value: str) -> str | None:
        """Return the id of the live record that holds a unique value."""
        return self._unique[name].get(value)

    def key_names(self) -> tuple[str, ...]:
        """Return the names of all unique properties."""
        return tuple(self._unique)

    def start_unique(self, name: str) -> None:
        """Index a new unique property, which no record has yet."""
        self._unique[name] = {}

    def drop_unique(self, name: str) -> None:
        """Forget the index of a deleted unique property."""
        self._unique.pop(name, None)

    def insert(self, record: Record) -> None:
        """Add a record; its unique values must be free."""
        self.records[record.record_id] = record
        number = int(record.record_id)
        if self._ids and number < self._ids[-1]:
            self._ids.insert(bisect_left(self._ids, number), number)
        else:
            self._ids.append(number)
        self._claim(record)

    def store(self, record: Record, properties: Values) -> None:
        """Replace a live record's properties; new unique values must be free."""
        self._release(record)
        record.properties = properties
        self._claim(record)

    def archive(self, record: Record, now_ms: int) -> None:
        """Archive a live record and free its unique values."""
        self._release(record)
        record.archived_ms = now_ms

    def restore(self, record: Record) -> None:
        """Bring an archived record back; its unique values must be free."""
        record.archived_ms = None
        self._claim(record)

    def forget(self, record: Record) -> None:
        """Remove a record as if it had never been."""
        self._release(record)
        del self.records[record.record_id]
        del self._ids[bisect_left(self._ids, int(record.record_id))]

    def after(self, first_id: int, *, archived: bool) -> Iterator[Record]:
        """Yield records from ``first_id`` on in order of id, archived ones or the others."""
        for position in range(bisect_left(self._ids, first_id), len(self._ids)):
            record = self.records[str(self._ids[position])]
            if (record.archived_ms is not None) is archived:
                yield record

    def conflicts(self, values: Values, record_id: str | None) -> Iterator[tuple[str, str]]:
        """Yield (property, holder's id) for each value another live record holds."""
        for name, value in _unique_values(values, self._unique):
            holder = self._unique[name].get(value)
            if holder is not None and holder != record_id:
                yield name, holder

    def _claim(self, record: Record) -> None:
        for name, value in _unique_values(record.properties, self._unique):
            self._unique[name][value] = record.record_id

    def _release(self, record: Record) -> None:
        for name, value in _unique_values(record.properties, self._unique):
            if self._unique[name].get(value) == record.record_id:
                del self._unique[name][value]


def _unique_values(values: Values, unique: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    for name in unique:
        value = values.get(name)
        if value:
            yield name, value
        if name == EMAIL:
            for address in values.get(ADDITIONAL_EMAILS, "").split(";"):
                if address:
                    yield name, address

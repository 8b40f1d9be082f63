"""Everything the simulated account stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.hubspot.account import account_details
from sandbox.hubspot.associations import AssociationBook
from sandbox.hubspot.errors import unknown_object_type
from sandbox.hubspot.object_types import OBJECT_TYPES, find_object_type
from sandbox.hubspot.options import Options
from sandbox.hubspot.owners import OwnerBook
from sandbox.hubspot.pipelines import PipelineBook
from sandbox.hubspot.records import ObjectTable, Record
from sandbox.hubspot.times import iso

JsonObject = dict[str, Any]


class AccountState:
    """Records, definitions, associations, owners and pipelines of one account."""

    def __init__(self, clock: Clock, *, random_seed: int) -> None:
        """Start as a fresh account with standard properties and default pipelines."""
        self.clock = clock
        self.rng = Random(random_seed)
        now_ms = clock.now_ms()
        self.options = Options()
        self.tables = {kind.name: ObjectTable(kind, rng=self.rng, now_ms=now_ms) for kind in OBJECT_TYPES}
        self.associations = AssociationBook()
        self.owners = OwnerBook(now_ms)
        self.pipelines = PipelineBook(now_ms)

    def table(self, spelling: str) -> ObjectTable:
        """Return the table of an object type, spelt in any of the vendor's ways.

        Raises:
            VendorError: there is no such type.
        """
        kind = find_object_type(spelling)
        if kind is None:
            raise unknown_object_type(spelling)
        return self.tables[kind.name]

    def as_json(self) -> JsonObject:
        """Return the whole state; values that are empty are left out."""
        return {
            **{name: self._rows(table, table.records.values()) for name, table in self.tables.items()},
            "owners": [owner.as_json() for owner in self.owners.owners.values()],
            "pipelines": {
                kind: [pipeline.as_json() for pipeline in pipelines.values()]
                for kind, pipelines in self.pipelines.by_type.items()
            },
            "properties": {
                name: [item.as_json(iso) for item in table.definitions.values() if not item.predefined]
                for name, table in self.tables.items()
            },
            "account": account_details(),
        }

    def rows(self, name: str, ids: Sequence[str]) -> list[JsonObject]:
        """Return the rows of one object type as ``as_json`` shows them, some of them or all."""
        table = self.tables[name]
        if not ids:
            return self._rows(table, table.records.values())
        return self._rows(table, [table.records[each] for each in ids if each in table.records])

    def _rows(self, table: ObjectTable, records: Iterable[Record]) -> list[JsonObject]:
        merged: dict[str, list[str]] = {}
        for old_id, new_id in table.merged_into.items():
            merged.setdefault(new_id, []).append(old_id)
        return [self._row(table, record, merged) for record in records]

    def _row(self, table: ObjectTable, record: Record, merged: dict[str, list[str]]) -> JsonObject:
        links = self.associations.all_targets((table.kind.name, record.record_id))
        row: JsonObject = {
            "id": record.record_id,
            "properties": {name: value for name, value in record.properties.items() if value},
            "createdAt": iso(record.created_ms),
            "updatedAt": iso(record.updated_ms),
            "archived": record.archived_ms is not None,
            "associations": {
                target: [
                    {"id": record_id, "typeIds": [kind.type_id for kind in kinds]}
                    for record_id, kinds in linked.items()
                ]
                for target, linked in links.items()
            },
        }
        if record.record_id in merged:
            row["mergedIds"] = merged[record.record_id]
        return row

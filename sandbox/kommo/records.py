"""Everything one account stores."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.kommo.fields import ENTITIES, FieldBook
from sandbox.kommo.options import Options
from sandbox.kommo.people import UserBook
from sandbox.kommo.pipelines import PipelineBook

JsonObject = dict[str, Any]
TABLES = (*ENTITIES, "tasks", "notes")
SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company", "tasks": "task", "notes": "note"}


class Account:
    """Records, definitions, people, pipelines, tags and the log of events.

    Attributes:
        tables: live records by id, per table.
        trash: deleted records by id, per table.
        merged: (table, id) of records that were merged away, with the id of the survivor.
        tags: names by id, per entity.
        events: oldest first.
    """

    def __init__(self, clock: Clock, *, random_seed: int) -> None:
        """Start as a fresh account."""
        self.clock = clock
        self.rng = Random(random_seed)
        self.options = Options()
        self.fields = FieldBook()
        self.users = UserBook()
        self.pipelines = PipelineBook()
        self.tables: dict[str, dict[int, JsonObject]] = {name: {} for name in TABLES}
        self.trash: dict[str, dict[int, JsonObject]] = {name: {} for name in TABLES}
        self.merged: dict[tuple[str, int], int] = {}
        self.tags: dict[str, dict[int, str]] = {name: {} for name in ENTITIES}
        self.events: list[JsonObject] = []
        self.unsorted: dict[str, JsonObject] = {}
        self._last_id = 17_611_271
        self._last_tag_id = 263_805

    def now_s(self) -> int:
        """Return the account's time in seconds: nothing here is finer."""
        return self.clock.now_ms() // 1000

    def new_id(self) -> int:
        """Return a record id; tables share the sequence here."""
        self._last_id += 2
        return self._last_id

    def tag_id(self, entity: str, name: str) -> int:
        """Return the id of a tag, made when it is new."""
        for tag_id, held in self.tags[entity].items():
            if held == name:
                return tag_id
        self._last_tag_id += 2
        self.tags[entity][self._last_tag_id] = name
        return self._last_tag_id

    def log(self, kind: str, entity: str, record_id: int, *, by: int, after: Any = (), before: Any = ()) -> None:
        """Write one line into the account's history."""
        self.events.append(
            {
                "id": f"01k{self.rng.getrandbits(96):024x}",
                "type": kind,
                "entity_id": record_id,
                "entity_type": SINGULAR[entity],
                "created_by": by,
                "created_at": self.now_s(),
                "value_after": list(after),
                "value_before": list(before),
            }
        )

    def as_json(self) -> JsonObject:
        """Return everything stored; what is in the trash says so."""
        tables = {
            name: [*rows.values(), *({**each, "is_deleted": True} for each in self.trash[name].values())]
            for name, rows in self.tables.items()
        }
        return {
            **tables,
            "users": list(self.users.users.values()),
            "pipelines": list(self.pipelines.pipelines.values()),
            "custom_fields": {name: self.fields.of(name) for name in ENTITIES},
            "tags": {name: list(held.values()) for name, held in self.tags.items()},
            "events": self.events,
        }

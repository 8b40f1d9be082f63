"""Everything the simulated company stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.pipedrive.account import ADMIN_ID, users
from sandbox.pipedrive.errors import not_found
from sandbox.pipedrive.fields import FieldBook
from sandbox.pipedrive.records import Record, Table
from sandbox.pipedrive.schema import OBJECTS, ObjectSpec

JsonObject = dict[str, Any]
TABLES = ("person", "organization", "deal", "activity", "lead", "note", "pipeline", "stage")
ACTIVITY_TYPES = ("call", "meeting", "task", "deadline", "email", "lunch")
STAGES = ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")


@dataclass(slots=True)
class Options:
    """How the company is set up; see ``POST /_sandbox/options``.

    Attributes:
        contact_sync: person fields such as job title exist.
        index_lag_s: how long searches do not see a change; the vendor tells no figure.
    """

    contact_sync: bool = False
    index_lag_s: float = 2.0


@dataclass(slots=True, kw_only=True)
class Actor:
    """Who does something: a person in the screens, or a program through the API."""

    user_id: int = ADMIN_ID
    source: str = "app"


@dataclass(slots=True)
class Participants:
    """Persons of one deal by the id of their participation."""

    rows: dict[int, int] = field(default_factory=dict[int, int])

    def replace(self, old: object, new: int) -> None:
        """Let another person take a person's place."""
        self.rows = {key: new if person_id == old else person_id for key, person_id in self.rows.items()}


class Company:
    """The state of one company."""

    def __init__(self, clock: Clock, *, random_seed: int, options: Options | None = None) -> None:
        """Start as a fresh company with one pipeline."""
        self.clock = clock
        self.rng = Random(random_seed)
        self.options = options or Options()
        self.tables = {name: Table() for name in TABLES}
        self.users = users()
        self.lead_labels: dict[str, JsonObject] = {}
        self.participants: dict[int, Participants] = {}
        self.next_participant = 1
        self.fields = {spec.name: FieldBook(spec, self.rng) for spec in OBJECTS.values() if spec.fields_path}
        self.set_contact_sync(on=self.options.contact_sync)
        self.add_pipeline("Sales pipeline", STAGES)

    def set_contact_sync(self, *, on: bool) -> None:
        """Give persons the fields of contact sync, or take them away."""
        self.options.contact_sync = on
        self.fields["person"].set_contact_sync(OBJECTS["person"], on=on)

    def add_pipeline(self, name: str, stages: Sequence[str]) -> int:
        """Open another pipeline; returns its id."""
        now_ms = self.clock.now_ms()
        pipeline_id = self.tables["pipeline"].take_id()
        values = {"name": name, "order_nr": pipeline_id, "is_deal_probability_enabled": True}
        self.tables["pipeline"].add(Record(record_id=pipeline_id, values=values, add_ms=now_ms, update_ms=now_ms))
        for place, stage in enumerate(stages):
            self.add_stage(pipeline_id, stage, place, probability=100 * (place + 1) // len(stages))
        return pipeline_id

    def add_stage(self, pipeline_id: int, name: str, place: int, *, probability: int) -> int:
        """Add a stage to a pipeline; returns its id."""
        now_ms = self.clock.now_ms()
        stage_id = self.tables["stage"].take_id()
        values: JsonObject = {
            "name": name,
            "order_nr": place,
            "pipeline_id": pipeline_id,
            "deal_probability": probability,
            "is_deal_rot_enabled": False,
            "days_to_rotten": None,
        }
        self.tables["stage"].add(Record(record_id=stage_id, values=values, add_ms=now_ms, update_ms=now_ms))
        return stage_id

    def book(self, spec: ObjectSpec) -> FieldBook | None:
        """Return an object's field definitions, ``None`` where it has no custom fields."""
        return self.fields.get(spec.name)

    def live(self, name: str, record_id: object) -> Record:
        """Return a row that is not deleted.

        Raises:
            VendorError: 404.
        """
        found = self.tables[name].live(record_id)
        if found is None:
            raise not_found(name.capitalize())
        return found

    def exists(self, name: str, record_id: object) -> bool:
        """Tell whether a reference can point to something."""
        return record_id in self.users if name == "user" else self.tables[name].live(record_id) is not None

    def stages_of(self, pipeline_id: object) -> list[Record]:
        """Return a pipeline's stages in order."""
        rows = [each for each in self.tables["stage"].rows.values() if each.values["pipeline_id"] == pipeline_id]
        return sorted(rows, key=lambda each: each.values["order_nr"])

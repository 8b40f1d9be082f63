"""One seeded story: people at work in several CRMs, faults all around, then peace and a reckoning."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.domain.records import Entity, Value
from crmbridge.services.hub import change_integration, load_integration
from tests.simulation.crm import Row, SimCrm
from tests.simulation.world import WORKSPACE, Crash, World

ENTITIES: tuple[Entity, ...] = ("company", "contact", "deal")
NAMES = {"company": "name", "contact": "email", "deal": "title"}
EDITED = {
    "company": ("city", "phone", "industry"),
    "contact": ("city", "job_title", "last_name"),
    "deal": ("amount", "description"),
}
OPEN_TO_OTHERS = frozenset({"write", "save_many", "read", "get_many"})
"""Calls in whose midst another worker may get its turn."""

SAME_SECOND = timedelta(seconds=1)
"""Where a CRM stamps whole seconds, edits within one second cannot be put in order."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person did to one field of one thing."""

    at: datetime
    crm: str
    value: Value


@dataclass(slots=True)
class Thing:
    """One company, person or deal of the story, known by a name nobody edits."""

    entity: Entity
    name: str
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    deleted_in: set[str] = field(default_factory=set)


class ViolationError(AssertionError):
    """An invariant does not hold."""


class Story:
    """Plays one seed."""

    def __init__(self, seed: int, *, faults: bool = True, trace: Callable[[str], None] | None = None) -> None:
        self.seed = seed
        self.trace = trace
        self.digest = hashlib.sha256()
        self.world = World(seed=seed, crms=("alpha", "bravo", "chary"))
        self.random = self.world.random
        self.on_delete = self.random.choice(("keep", "propagate"))
        self.faults = faults
        self.things: list[Thing] = []
        self.rates = {"crash": 0.01, "429": 0.01, "500": 0.02, "lost": 0.05, "meanwhile": 0.05} if faults else {}
        self.nested = False
        self.world.on_deliver = self.say
        for crm in self.world.crms.values():
            crm.fault = self._fault
        self.world.set_on_delete(self.on_delete)

    # ---------------------------------------------------------------- telling

    def say(self, text: str) -> None:
        """Add a line to the trace."""
        line = (
            f"{(self.world.time - datetime(2026, 3, 1, 9, tzinfo=self.world.time.tzinfo)).total_seconds():9.2f}  {text}"
        )
        self.digest.update(line.encode())
        if self.trace is not None:
            self.trace(line)

    # ---------------------------------------------------------------- faults

    def _fault(self, kind: str) -> str:
        for name in ("429", "500"):
            if self.random.random() < self.rates.get(name, 0.0):
                self.say(f"      ! {name} on {kind}")
                return name
        if kind == "write" and self.random.random() < self.rates.get("lost", 0.0):
            self.say("      ! the answer of a write is lost")
            return "lost"
        return ""

    def _meanwhile(self, name: str) -> None:
        """Another worker handles something in the middle of this one's work, or this one dies."""
        if name in OPEN_TO_OTHERS and not self.nested and self.random.random() < self.rates.get("meanwhile", 0.0):
            pending = self.world.queues.pending("changes")
            if pending:
                self.nested = True
                self.say(f"      ! meanwhile, at {name}:")
                self.world.deliver(self.random.choice(pending))
                self.nested = False
        self._crash(name)

    def _crash(self, name: str) -> None:
        if self.random.random() < self.rates.get("crash", 0.0):
            self.say(f"      ! the worker dies at {name}")
            raise Crash

    # ---------------------------------------------------------------- people

    def play(self, actions: int = 14) -> Story:
        """Have people act and workers work, all mixed; then end the faults and let everything settle."""
        for number in range(8):
            self._create(number)
        late = self.random.random() < 0.3
        if late:
            self._set_status("chary", "pending")
        for number in range(actions):
            if late and number == actions // 2:
                self.say("chary is connected only now")
                self._set_status("chary", "active")
            self._act(number)
            self._mess_with_hints()
            self.world.before_call = self.world.after_call = self._meanwhile if self.faults else None
            for _ in range(self.random.randint(0, 5)):
                self.world.step()
            self.world.before_call = self.world.after_call = None
            self.world.advance(self.random.random() * 30)
        self.rates = {}
        for _ in range(3):
            self.world.sync()
        return self

    def _act(self, number: int) -> None:
        roll = self.random.random()
        if roll < 0.25 or not self.things:
            self._create(100 + number)
        elif roll < 0.9:
            self._edit()
        else:
            self._delete()

    def _mess_with_hints(self) -> None:
        """Lose some webhooks and double others; their order is random anyway."""
        if not self.faults:
            return
        for message in self.world.queues.pending("changes"):
            roll = self.random.random()
            if roll < 0.1:
                self.say("      ! a webhook is lost")
                self.world.queues.acknowledge(message)
            elif roll < 0.2:
                self.world.queues.send_changes([message.content])  # type: ignore[list-item] - hints only

    def _create(self, number: int) -> None:
        entity = self.random.choice(ENTITIES)
        name = f"{entity[0]}{number}@example.com" if entity == "contact" else f"{entity} {number}"
        crms = list(self.world.crms.values())
        holders = [self.random.choice(crms)]
        if entity == "contact" and self.random.random() < 0.3:
            holders = self.random.sample(crms, 2)
        thing = Thing(entity, name)
        self.things.append(thing)
        for crm in holders:
            fields: dict[str, Value] = {NAMES[entity]: name, EDITED[entity][0]: f"{self.random.randint(1, 99)}"}
            refs = self._refs(crm, entity)
            self.say(f"{crm.character.name}: a person creates {name} {fields} {refs}")
            crm.human_create(entity, fields, refs)
            self._note(thing, crm, {EDITED[entity][0]: fields[EDITED[entity][0]]})

    def _refs(self, crm: SimCrm, entity: Entity) -> dict[str, tuple[str, ...]]:
        companies, contacts = list(crm.live("company")), list(crm.live("contact"))
        refs: dict[str, tuple[str, ...]] = {}
        if entity in ("contact", "deal") and companies and self.random.random() < 0.6:
            refs["company"] = (self.random.choice(companies),)
        if entity == "deal" and contacts and self.random.random() < 0.6:
            refs["contacts"] = (self.random.choice(contacts),)
        return refs

    def _edit(self) -> None:
        thing = self.random.choice(self.things)
        held = [(crm, row) for crm in self.world.crms.values() for row in self._rows(crm, thing)]
        if not held:
            return
        crm, row = self.random.choice(held)
        name = self.random.choice(EDITED[thing.entity])
        # where two CRMs held it before the hub knew, what one of them lacks is filled from the other, cleared or not
        may_clear = len({edit.crm for edits in thing.edits.values() for edit in edits[:2]}) == 1
        value: Value = None if may_clear and self.random.random() < 0.1 else f"V{self.random.randint(1, 999)}"
        self.say(f"{crm.character.name}: a person sets {name} of {thing.name} to {value!r}")
        crm.human_edit(thing.entity, row.external_id, {name: value})
        self._note(thing, crm, {name: value})

    def _delete(self) -> None:
        thing = self.random.choice(self.things)
        held = [(crm, row) for crm in self.world.crms.values() for row in self._rows(crm, thing)]
        if held:
            crm, row = self.random.choice(held)
            self.say(f"{crm.character.name}: a person deletes {thing.name}")
            owners = {self._owner(each, thing.entity, copy) for each, copy in held}
            crm.human_delete(thing.entity, row.external_id)
            if len(owners) == 1 and "" not in owners:
                thing.deleted_in.add(crm.character.name)
            else:  # the hub did not know all copies for one yet, so making it there again is no resurrection
                self.things.remove(thing)

    def _owner(self, crm: SimCrm, entity: Entity, row: Row) -> str:
        key = f"int_{crm.character.name}"
        found = self.world.records.find_external(WORKSPACE, key, entity, [row.external_id])
        return found.get(row.external_id, "")

    def _set_status(self, name: str, status: str) -> None:
        integration = load_integration(self.world.hub, WORKSPACE, f"int_{name}")
        change_integration(self.world.hub, integration, status=status)

    def _note(self, thing: Thing, crm: SimCrm, changes: dict[str, Value]) -> None:
        for name, value in changes.items():
            thing.edits.setdefault(name, []).append(Edit(self.world.time, crm.character.name, value))

    def _rows(self, crm: SimCrm, thing: Thing) -> list[Row]:
        return [row for row in crm.live(thing.entity).values() if row.fields.get(NAMES[thing.entity]) == thing.name]

    # ---------------------------------------------------------------- the reckoning

    def check(self) -> Story:
        """Check every invariant.

        Raises:
            ViolationError: one does not hold; says which, where, and of which thing.
        """
        for problem in self._problems():
            raise ViolationError(f"seed {self.seed}: {problem}")
        written = self.world.total_rows_written()
        self.world.sync()
        self.world.sync()
        if self.world.total_rows_written() != written:
            raise ViolationError(
                f"seed {self.seed}: {self.world.total_rows_written() - written} writes with nothing to say"
            )
        return self

    def _problems(self) -> Iterator[str]:
        if self.world.queues.messages or self.world.stream:
            yield "the queues are not empty"
        for thing in self.things:
            counts = {name: len(self._rows(crm, thing)) for name, crm in self.world.crms.items()}
            if max(counts.values()) > 1:
                yield f"{thing.name} stands more than once: {counts}"
            elif thing.deleted_in:
                yield from self._check_deleted(thing, counts)
            elif min(counts.values()) == 0:
                yield f"{thing.name} is missing: {counts}"
            else:
                yield from self._check_values(thing)

    def _check_deleted(self, thing: Thing, counts: dict[str, int]) -> Iterator[str]:
        if self.on_delete == "propagate" and any(counts.values()):
            yield f"{thing.name} was deleted in {thing.deleted_in} and still stands: {counts}"
        back = sorted(name for name in thing.deleted_in if counts[name])
        if back:
            yield f"{thing.name} was deleted in {thing.deleted_in} and came back in {back}"

    def _check_values(self, thing: Thing) -> Iterator[str]:
        for name, edits in thing.edits.items():
            shown = {key: self._rows(crm, thing)[0].fields.get(name) for key, crm in self.world.crms.items()}
            newest = max(edit.at for edit in edits)
            allowed = {edit.value for edit in edits if newest - edit.at <= SAME_SECOND}
            for key, crm in self.world.crms.items():
                wanted = {crm.normal(name, value) for value in allowed}
                if shown[key] not in wanted:
                    yield f"{thing.name}.{name} in {key} is {shown[key]!r}, not {wanted}: {edits}"

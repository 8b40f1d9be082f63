"""People at work in several CRMs, who know nothing of each other."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from crmbridge.domain.records import Entity, Value
from tests.simulation.characters import LAG_S
from tests.simulation.crm import REFUSED, SimCrm
from tests.simulation.rows import Row
from tests.simulation.things import EDITED, NAMES, Thing, name_of
from tests.simulation.world import WORKSPACE, World


class People:
    """Everybody who works in the CRMs of a story; what they do is written down as things.

    Attributes:
        away: CRMs in which nobody works yet.
        in_turn: they do one thing at a time, so that it can be counted what each should cost.
        is_sure: no write's answer is ever lost; else a field emptied in between looks as if nothing had arrived.
        pause: lets the workers work for a while.
    """

    def __init__(self, world: World, dice: random.Random, say: Callable[[str], None]) -> None:
        self.world = world
        self.dice = dice
        self.say = say
        self.things: list[Thing] = []
        self.away: set[str] = set()
        self.hidden: list[tuple[SimCrm, Row]] = []
        self.broken: list[tuple[SimCrm, Row]] = []
        self.in_turn = False
        self.is_sure = True
        self.pause: Callable[[], None] = lambda: None
        self._made = 0
        self._acts: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.22, self.create),
            (0.30, self.edit),
            (0.10, self.insist),
            (0.12, self.quarrel),
            (0.08, self.relink),
            (0.08, self.delete),
            (0.05, self.merge),
            (0.03, self.hide),
            (0.02, self.damage),
        )

    def act(self) -> None:
        """Have somebody do something."""
        roll = self.dice.random()
        for chance, act in self._acts:
            roll -= chance
            if roll < 0:
                act()
                return
        self.edit()

    # ---------------------------------------------------------------- creating

    def create(self) -> None:
        """Somebody makes a record; sometimes somebody else makes the same one elsewhere."""
        self._made += 1
        entity = self.dice.choice(self.world.entities)
        thing, fields = self._invent(entity, self._made)
        crms = self._at_work()
        both = thing.by == "email" or "domain" in fields or "phone" in fields
        several = both and len(crms) > 1 and not (self.in_turn and len(crms) > 2) and self.dice.random() < 0.35
        holders = self.dice.sample(crms, 2) if several else [self.dice.choice(crms)]
        self.things.append(thing)
        for crm in holders:
            self._enter(crm, thing, fields)
        if not self.in_turn and self.dice.random() < 0.5:
            self._correct(holders[0], thing)

    def _correct(self, crm: SimCrm, thing: Thing) -> None:
        """Who has just made a record changes it once more, while it is on its way to the others."""
        self.pause()
        rows = thing.rows(crm)
        if len(rows) == 1:
            self._change(crm, thing, rows[0], EDITED[thing.entity][0])

    def create_in(self, crm: SimCrm, entity: Entity, *, times: int = 1) -> Thing:
        """Somebody makes a record in one CRM, perhaps more than once."""
        self._made += 1
        thing, fields = self._invent(entity, self._made, by_email=True)
        self.things.append(thing)
        for _ in range(times):
            self._enter(crm, thing, fields)
        thing.vague = times > 1
        return thing

    def copy_into(self, crm: SimCrm, thing: Thing) -> None:
        """Somebody makes the same record in another CRM."""
        self._enter(crm, thing, {"email": thing.name})

    def _invent(self, entity: Entity, number: int, *, by_email: bool = False) -> tuple[Thing, dict[str, Value]]:
        if entity == "contact":
            if by_email or self.dice.random() < 0.75:
                return Thing(entity, f"c{number}@example.com", "email"), {"email": f"c{number}@example.com"}
            # every third of them shares the telephone of the one before
            known_by_phone = {"phone": f"+55119{number - (number % 3 == 0):08d}", "last_name": f"Person {number}"}
            return Thing(entity, f"Person {number}", "last_name"), dict(known_by_phone)
        fields: dict[str, Value] = {NAMES[entity]: f"{entity} {number}"}
        if entity == "company" and self.dice.random() < 0.6:
            fields["domain"] = f"n{number}.example.com"
        return Thing(entity, f"{entity} {number}", NAMES[entity]), fields

    def _enter(self, crm: SimCrm, thing: Thing, given: dict[str, Value]) -> None:
        name = EDITED[thing.entity][0]
        fields = {**given, name: self._value()}
        refs = self._refs(crm, thing.entity)
        self.say(f"{crm.character.name}: a person creates {thing.name} {fields} {refs}")
        if crm.human_create(thing.entity, fields, refs):
            thing.made += 1
            thing.note(crm, name, crm.normal(name, fields[name]), at=self.world.time)
            self._note_refs(crm, thing, refs)

    def _refs(self, crm: SimCrm, entity: Entity) -> dict[str, tuple[str, ...]]:
        refs: dict[str, tuple[str, ...]] = {}
        companies = list(crm.live("company")) if entity != "company" else []
        people = list(crm.live("contact")) if entity == "deal" else []
        if companies and self.dice.random() < 0.6:
            refs["company"] = (self.dice.choice(companies),)
        if people and self.dice.random() < 0.6:
            refs["contacts"] = tuple(sorted(self.dice.sample(people, min(len(people), 1 + (self.dice.random() < 0.3)))))
        return refs

    def _note_refs(self, crm: SimCrm, thing: Thing, refs: dict[str, tuple[str, ...]]) -> None:
        for name, ids in refs.items():
            target: Entity = "contact" if name == "contacts" else "company"
            names = tuple(sorted({name_of(crm.rows[target][each]) for each in ids}))
            thing.note(crm, name, names, at=self.world.time)

    def _value(self) -> str:
        return f"v{int(self.dice.random() * 1e6):06d} this and that and more"

    # ---------------------------------------------------------------- changing

    def edit(self) -> None:
        """Somebody changes a field of something, or empties it."""
        found = self._pick()
        if found is not None:
            crm, thing, row = found
            self._change(crm, thing, row, self._field(thing))

    def insist(self) -> None:
        """Somebody changes a field, and soon afterwards changes it once more."""
        found = self._pick()
        if found is None:
            return
        crm, thing, row = found
        name = self._field(thing)
        self._change(crm, thing, row, name)
        self.pause()
        if row.deleted_at is None:
            self._change(crm, thing, row, name)

    def quarrel(self) -> None:
        """Two people change one thing in two CRMs at nearly the same moment, the same field or two."""
        held = [
            (thing, copies) for thing in self.things if len(copies := self._copies(thing)) > 1 and not thing.merged_in
        ]
        if not held or (self.in_turn and len(self.world.crms) > 2):
            self.edit()
            return
        thing, copies = self._recent(held)
        first = self._field(thing)
        (one, row), (other, its) = self.dice.sample(copies, 2)
        self._change(one, thing, row, first)
        self.world.advance(self.dice.choice((0.0, 0.4, 3.0)))
        self._change(other, thing, its, first if self.dice.random() < 0.6 else self._field(thing))

    def _field(self, thing: Thing) -> str:
        """Choose a field, most often the one that is edited all the time."""
        return EDITED[thing.entity][self.dice.random() < 0.35]

    def _change(self, crm: SimCrm, thing: Thing, row: Row, name: str) -> None:
        # where two CRMs held it before the hub knew, what one of them lacks is filled from the other, cleared or not;
        # and of a row of ours whose answer was lost nobody can say whether something was cleared or never arrived
        homes = {edit.crm for edits in thing.edits.values() for edit in edits[:2]}
        may_clear = len(homes) == 1 and self._is_one(thing) and (self.is_sure or homes == {crm.character.name})
        clears = may_clear and self.dice.random() < 0.15 and self._is_known(crm, row, name)
        value: Value = None if clears else self._value()
        while not crm.takes(name, value):
            value = self._value()
        if value is not None and not self.in_turn and self.dice.random() < 0.05:
            value = f"{REFUSED}{value}"
        self.say(f"{crm.character.name}: a person sets {name} of {thing.name} to {value!r}")
        if crm.normal(name, value) != row.fields.get(name) and crm.human_edit(
            thing.entity, row.external_id, {name: value}
        ):
            thing.note(crm, name, crm.normal(name, value), at=self.world.time)

    def _is_known(self, crm: SimCrm, row: Row, name: str) -> bool:
        """Tell whether the hub knows a value; one that comes and goes unseen leaves nothing to be seen."""
        key = f"int_{crm.character.name}"
        ids = self.world.records.find_external(WORKSPACE, key, row.entity, [row.external_id])
        records = self.world.records.get_many(WORKSPACE, list(ids.values()))
        return any(crm.normal(name, each.fields.get(name)) == row.fields.get(name) for each in records.values())

    def relink(self) -> None:
        """Somebody lets a contact or a deal belong to others."""
        found = self._pick(("contact", "deal"))
        if found is None:
            self.edit()
            return
        crm, thing, row = found
        refs = self._refs(crm, thing.entity)
        if self.dice.random() < 0.3 and self._is_one(thing):
            refs = dict.fromkeys(row.refs, ())
        refs = {name: ids for name, ids in refs.items() if row.refs.get(name, ()) != ids}
        if refs and thing.edits.keys() & refs.keys():
            self.say(f"{crm.character.name}: a person lets {thing.name} belong to {refs}")
            crm.human_relink(thing.entity, row.external_id, refs)
            self._note_refs(crm, thing, refs)

    # ---------------------------------------------------------------- ending

    def delete(self) -> None:
        """Somebody deletes a record."""
        found = self._pick()
        if found is None:
            return
        crm, thing, row = found
        if any(row.external_id == each.external_id or each in thing.rows(other) for other, each in self.hidden):
            return  # what is hidden from us we cannot delete, and who hid it has to
        if self.in_turn:
            self.world.advance(LAG_S)  # a listing that lags would show it for the first time, being gone already
        self.say(f"{crm.character.name}: a person deletes {thing.name}")
        known = self._is_one(thing)
        crm.human_delete(thing.entity, row.external_id)
        if known:
            thing.deleted_in.add(crm.character.name)
        else:  # the hub did not know all copies for one yet, so making it there again is no resurrection
            thing.vague = True

    def merge(self) -> None:
        """Somebody merges two records of one CRM."""
        chances = [
            (crm, one, other)
            for crm in self._at_work()
            for entity in self.world.entities
            for one, other in self._two([each for each in self.things if each.entity == entity], crm)
        ]
        if not chances:
            return
        crm, winner, loser = self.dice.choice(chances)
        self.say(f"{crm.character.name}: a person merges {loser.name} into {winner.name}")
        known = self._is_one(winner) and self._is_one(loser) and not (winner.deleted_in or loser.deleted_in)
        crm.human_merge(winner.entity, winner.rows(crm)[0].external_id, loser.rows(crm)[0].external_id)
        winner.vague = loser.vague = True
        if known:
            loser.merged_in = crm.character.name

    def _two(self, things: list[Thing], crm: SimCrm) -> list[tuple[Thing, Thing]]:
        here = [each for each in things if len(each.rows(crm)) == 1]
        pairs = [(here[-2], here[-1]), (here[-1], here[-2]), (here[0], here[-1])] if len(here) > 1 else []
        # a survivor without an address would take over the loser's, and with it the loser's name
        return [(winner, loser) for winner, loser in pairs if winner.by in (loser.by, "email")]

    def hide(self) -> None:
        """An administrator hides a record from us for a while."""
        found = self._pick()
        # nobody can match what they have never seen, or delete what they cannot
        if found is not None and self._is_one(found[1]) and not found[1].deleted_in:
            crm, thing, row = found
            self.say(f"{crm.character.name}: {thing.name} is hidden from us")
            crm.human_hide(thing.entity, row.external_id, hidden=True)
            self.hidden.append((crm, row))

    def damage(self) -> None:
        """Somebody puts something into a record that no connector can read."""
        found = self._pick()
        if found is not None and self._is_one(found[1]):
            crm, thing, row = found
            self.say(f"{crm.character.name}: {thing.name} can no longer be read")
            crm.human_break(thing.entity, row.external_id, broken=True)
            self.broken.append((crm, row))

    def make_good(self) -> bool:
        """Show again what was hidden and repair what was broken; tells whether there was anything hidden."""
        for crm, row in self.broken:
            if row.deleted_at is None:
                crm.human_break(row.entity, row.external_id, broken=False)
        for crm, row in self.hidden:
            crm.human_hide(row.entity, row.external_id, hidden=False)
        return bool(self.hidden)

    # ---------------------------------------------------------------- who and what

    def _at_work(self) -> list[SimCrm]:
        return [crm for name, crm in self.world.crms.items() if name not in self.away]

    def _copies(self, thing: Thing) -> list[tuple[SimCrm, Row]]:
        return [(crm, row) for crm in self._at_work() for row in thing.rows(crm)]

    def _pick(self, entities: tuple[Entity, ...] = ("company", "contact", "deal")):
        """Return somebody's CRM, a thing and its row there, or ``None`` when there is nothing to work on."""
        held = [
            (crm, thing, row) for thing in self.things if thing.entity in entities for crm, row in self._copies(thing)
        ]
        return self._recent(held) if held else None

    def _recent(self, found: list[Any]) -> Any:
        """Choose, most often what came last: people go on with what they are at."""
        return found[-1 - min(int(self.dice.expovariate(0.7)), len(found) - 1)]

    def _is_one(self, thing: Thing) -> bool:
        """Tell whether the hub knows every row of a thing for one record."""
        owners: set[str] = set()
        for crm in self.world.crms.values():
            for row in thing.rows(crm):
                key = f"int_{crm.character.name}"
                found = self.world.records.find_external(WORKSPACE, key, thing.entity, [row.external_id])
                owners.add(found.get(row.external_id, ""))
        return len(owners) == 1 and "" not in owners

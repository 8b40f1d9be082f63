"""The fifty from one CRM to another, edited there, and back; what happened to every field on the way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.records import ENTITIES, REFERENCES, Entity, Observation, Record
from tests.matrix.house import House
from tests.matrix.records import FIFTY, SOMEBODY, Hard
from tests.matrix.tool import Tool


@dataclass(frozen=True, slots=True)
class Change:
    """One value that another CRM does not show as the first one does."""

    crm: str
    entity: Entity
    field: str
    key: str
    said: Any
    shown: Any


@dataclass
class Journey:
    """The fifty on their way from one CRM to the others.

    Attributes:
        placed: per key, the row's id in the CRM that was seeded.
        problems: rows lost or doubled, values that are not what they have to be, writes that nobody needed.
        changes: values that a CRM rewrote or could not hold.
    """

    house: House
    source: str
    placed: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])
    changes: list[Change] = field(default_factory=list[Change])

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(crm for crm in self.house.tools if crm != self.source)

    def tool(self, crm: str) -> Tool:
        return self.house.tools[crm]

    def hards(self, *crms: str) -> list[Hard]:
        """Return those of the fifty that all of some CRMs can hold."""
        return [each for each in FIFTY if all(can_hold(self.tool(crm), each) for crm in crms)]

    def seed(self) -> None:
        """Make the fifty in the first CRM."""
        tool = self.tool(self.source)
        owner = tool.owner()
        for hard in self.hards(self.source):
            fields = {name: owner if value == SOMEBODY else value for name, value in hard.fields.items()}
            refs = {
                name: tuple(sorted(self.placed[key] for key in keys if key in self.placed))
                for name, keys in hard.refs.items()
            }
            self.placed[hard.key] = tool.create(hard.entity, fields, refs)
        self.house.advance(tool.world.suite["settle_s"])

    def edit(self, crm: str, which: str) -> int:
        """Have somebody change the fifty in one CRM; returns how many rows were changed."""
        tool, records = self.tool(crm), self.records()
        changed = 0
        for hard in self.hards(self.source, crm):
            link = records[hard.key].links.get(self.house.ids[crm])
            if link is None or not link.external_id:
                continue
            wanted = {name: value for name, value in getattr(hard, which).items() if self._shared(hard.entity, name)}
            changed += bool(tool.change(hard.entity, link.external_id, wanted))
        self.house.advance(2.0)
        return changed

    def _shared(self, entity: Entity, name: str) -> bool:
        return self.tool(self.source).holds(entity, name)

    def records(self) -> dict[str, Record]:
        """Return the hub's record of each of the fifty."""
        source = self.house.ids[self.source]
        by_id = {
            (each.entity, each.links[source].external_id): each for each in self.house.live() if source in each.links
        }
        entity = {hard.key: hard.entity for hard in FIFTY}
        return {key: by_id[entity[key], external_id] for key, external_id in self.placed.items()}

    def check(self, stage: str) -> None:
        """Compare every other CRM with the first one, row by row and field by field."""
        for crm in self.others:
            _Comparison(self, crm, stage).run()

    def snapshot(self) -> dict[tuple[str, Entity], dict[str, Observation]]:
        return {(crm, entity): tool.rows(entity) for crm, tool in self.house.tools.items() for entity in tool.entities}


def can_hold(tool: Tool, hard: Hard) -> bool:
    """Tell whether a CRM has such records: the entity, and a place for the kind of an activity."""
    if hard.entity not in tool.entities:
        return False
    kind = hard.fields.get("kind")
    return kind is None or kind in tool.world.declared.supports.activity_places


class _Comparison:
    """One CRM beside the one that was seeded."""

    def __init__(self, journey: Journey, crm: str, stage: str) -> None:
        self.journey, self.crm, self.stage = journey, crm, stage
        self.here, self.there = journey.tool(journey.source), journey.tool(crm)
        self.records = journey.records()

    def run(self) -> None:
        for entity in ENTITIES:
            if entity in self.here.entities and entity in self.there.entities:
                self._entity(entity)

    def _entity(self, entity: Entity) -> None:
        ours, theirs = self.here.rows(entity), self.there.rows(entity)
        wanted = [each for each in self.journey.hards(self.journey.source, self.crm) if each.entity == entity]
        seen: dict[str, str] = {}
        for hard in wanted:
            link = self.records[hard.key].links.get(self.journey.house.ids[self.crm])
            row = theirs.get(link.external_id) if link is not None else None
            if link is None or row is None:
                self._problem(f"{hard.key} is lost: {link}")
                continue
            if row.external_id in seen:
                self._problem(f"{hard.key} and {seen[row.external_id]} are one row")
            seen[row.external_id] = hard.key
            self._row(hard, ours[self.journey.placed[hard.key]], row)
        for extra in sorted(theirs.keys() - seen.keys()):
            self._problem(f"{entity} {extra} is one too many: {theirs[extra].fields}")

    def _row(self, hard: Hard, mine: Observation, other: Observation) -> None:
        values = {name: value for name, value in mine.fields.items() if name not in REFERENCES[hard.entity]}
        projected = self.there.client.project(hard.entity, values)
        for name, value in values.items():
            if not self.there.holds(hard.entity, name):
                continue
            shown = other.fields.get(name)
            if shown == value:
                continue
            self.journey.changes.append(Change(self.crm, hard.entity, name, hard.key, value, shown))
            if name in projected and shown != projected[name]:
                self._problem(f"{hard.key}.{name} is {str(shown)[:80]!r}, not {str(projected[name])[:80]!r}")
        self._refs(hard, mine, other)

    def _refs(self, hard: Hard, mine: Observation, other: Observation) -> None:
        for name, target in REFERENCES[hard.entity].items():
            if not (self.here.holds(hard.entity, name) and self.there.holds(hard.entity, name)):
                continue
            said = {self._key(self.journey.source, target, each) for each in mine.refs.get(name, ())}
            shown = {self._key(self.crm, target, each) for each in other.refs.get(name, ())}
            if said != shown:
                self.journey.changes.append(Change(self.crm, hard.entity, name, hard.key, said, shown))

    def _key(self, crm: str, entity: Entity, external_id: str) -> str:
        integration_id = self.journey.house.ids[crm]
        for key, record in self.records.items():
            link = record.links.get(integration_id)
            if record.entity == entity and link is not None and link.external_id == external_id:
                return key
        return external_id

    def _problem(self, text: str) -> None:
        self.journey.problems.append(f"{self.stage}: {self.crm}: {text}")


def by_field(changes: list[Change]) -> dict[tuple[str, Entity, str], list[Change]]:
    """Group changes by CRM, entity and field."""
    grouped: dict[tuple[str, Entity, str], list[Change]] = defaultdict(list)
    for each in changes:
        grouped[each.crm, each.entity, each.field].append(each)
    return dict(grouped)

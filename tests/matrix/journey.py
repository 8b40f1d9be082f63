"""The fifty in one CRM, brought to the others, edited there, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.records import ENTITIES, Entity, Observation, Record
from tests.matrix.house import House
from tests.matrix.records import FIFTY, SOMEBODY, Hard
from tests.matrix.tool import Tool

Rows = dict[Entity, dict[str, Observation]]


@dataclass(frozen=True, slots=True)
class Said:
    """The last thing that somebody said of one field.

    Attributes:
        crm: where.
        value: as that CRM shows it.
        is_cleared: somebody emptied it, which is more than never having said anything.
    """

    crm: str
    value: Any
    is_cleared: bool = False


@dataclass
class Journey:
    """The fifty on their way from one CRM to the others.

    Attributes:
        placed: per key, the row's id in the CRM that was seeded.
        said: per key and field, who said it last, and what.
    """

    house: House
    source: str
    placed: dict[str, str] = field(default_factory=dict[str, str])
    said: dict[str, dict[str, Said]] = field(default_factory=dict[str, dict[str, Said]])

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(crm for crm in self.house.tools if crm != self.source)

    def tool(self, crm: str) -> Tool:
        return self.house.tools[crm]

    def hards(self, *crms: str) -> list[Hard]:
        """Return those of the fifty that all of some CRMs have a place for."""
        return [each for each in FIFTY if all(self.tool(crm).has_place(each.entity, each.fields) for crm in crms)]

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
        rows = self.rows(self.source)
        for hard in self.hards(self.source):
            seen = rows[hard.entity][self.placed[hard.key]]
            self.said[hard.key] = {name: Said(self.source, value) for name, value in seen.fields.items()}

    def edit(self, crm: str, which: str, keys: range = range(100)) -> int:
        """Have somebody change some of the fifty in one CRM; returns how many rows were changed."""
        tool, records, before = self.tool(crm), self.records(), self.rows(crm)
        changed: dict[str, tuple[str, dict[str, Any]]] = {}
        for number, hard in enumerate(self.hards(self.source, crm)):
            link = records[hard.key].links.get(self.house.ids[crm])
            if number not in keys or link is None or not link.external_id:
                continue
            wanted = {name: value for name, value in getattr(hard, which).items() if name in self.said[hard.key]}
            made = tool.change(hard.entity, link.external_id, wanted, hard.fields.get("kind"))
            if made:
                changed[hard.key] = (link.external_id, made)
        self.house.advance(2.0)
        after = self.rows(crm)
        for hard in FIFTY:
            if hard.key in changed:
                external_id, made = changed[hard.key]
                self._note(crm, hard, made, before[hard.entity][external_id], after[hard.entity][external_id])
        return len(changed)

    def _note(self, crm: str, hard: Hard, made: dict[str, Any], before: Observation, after: Observation) -> None:
        """Note what was said, and what the CRM has moved by itself since."""
        moved = {name for name, value in after.fields.items() if value != before.fields.get(name)}
        for name in moved | made.keys():
            if name in self.said[hard.key]:
                value = after.fields.get(name)
                self.said[hard.key][name] = Said(crm, value, is_cleared=name in made and made[name] is None)

    def rows(self, crm: str) -> Rows:
        """Return every live row of a CRM."""
        return {entity: self.tool(crm).rows(entity) for entity in ENTITIES if entity in self.tool(crm).entities}

    def records(self) -> dict[str, Record]:
        """Return the hub's record of each of the fifty."""
        source = self.house.ids[self.source]
        by_id = {
            (each.entity, each.links[source].external_id): each for each in self.house.live() if source in each.links
        }
        entity = {hard.key: hard.entity for hard in FIFTY}
        return {key: by_id[entity[key], external_id] for key, external_id in self.placed.items()}

    def snapshot(self) -> dict[str, Rows]:
        """Return every row of every CRM, versions and times included."""
        return {crm: self.rows(crm) for crm in self.house.tools}

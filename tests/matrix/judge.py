"""What every CRM has to show after a journey, and what became of each value on the way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.records import REFERENCES, Entity, Observation, Record
from tests.matrix.journey import Journey, Rows, Said
from tests.matrix.records import Hard
from tests.matrix.tool import Tool


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a CRM shows otherwise than it was said.

    Attributes:
        how: ``filled in`` where nothing was said, ``left out`` where the CRM has no counterpart, ``rewritten``, or
            ``fixed`` where it takes no change.
    """

    crm: str
    entity: Entity
    field: str
    how: str
    said: Any
    shown: Any


@dataclass
class Verdict:
    """What was found.

    Attributes:
        problems: rows lost or doubled, and values that are not what they have to be.
        changes: values that a CRM says otherwise.
        lost: rows that a CRM takes only under conditions it declares: CRM, record, and what it is.
    """

    problems: list[str] = field(default_factory=list[str])
    changes: list[Change] = field(default_factory=list[Change])
    lost: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    def by_field(self) -> dict[tuple[str, Entity, str, str], list[Change]]:
        """Return the changes by CRM, entity, field and how."""
        grouped: dict[tuple[str, Entity, str, str], list[Change]] = defaultdict(list)
        for each in self.changes:
            grouped[each.crm, each.entity, each.field, each.how].append(each)
        return dict(grouped)


def judge(journey: Journey) -> Verdict:
    """Compare what every CRM shows with what was said last, row by row and field by field."""
    verdict, records = Verdict(), journey.records()
    rows = journey.snapshot()
    for crm in journey.house.tools:
        _Look(journey, crm, rows, records, verdict).run()
    return verdict


class _Look:
    """A look at one CRM."""

    def __init__(
        self, journey: Journey, crm: str, rows: dict[str, Rows], records: dict[str, Record], verdict: Verdict
    ) -> None:
        self.journey, self.crm, self.verdict, self.records = journey, crm, verdict, records
        self.tool: Tool = journey.tool(crm)
        self.source = journey.tool(journey.source)
        self.mine, self.first = rows[crm], rows[journey.source]
        self.ids = journey.house.ids

    def run(self) -> None:
        seen: dict[tuple[Entity, str], str] = {}
        for hard in self.journey.hards(self.journey.source, self.crm):
            link = self.records[hard.key].links.get(self.ids[self.crm])
            row = self.mine[hard.entity].get(link.external_id) if link is not None else None
            if link is None or row is None:
                self._lost(hard, "no link" if link is None else link.parked.words if link.parked else link.state)
                continue
            place = (hard.entity, row.external_id)
            if place in seen:
                self._problem(f"{hard.key} and {seen[place]} are one row")
            seen[place] = hard.key
            self._values(hard, row)
            self._refs(hard, row)
        for entity, rows in self.mine.items():
            for external_id in sorted(rows.keys() - {each for kind, each in seen if kind == entity}):
                if entity in self.source.entities:
                    self._problem(f"{entity} {external_id} is one too many: {rows[external_id].fields}")

    def _lost(self, hard: Hard, why: object) -> None:
        name = f"activity.{hard.fields['kind']}" if hard.entity == "activity" else hard.entity
        if name in self.tool.world.declared.supports.refuses:
            self.verdict.lost.add((self.crm, hard.key, name))
        else:
            self._problem(f"{hard.key} ({name}) is lost: {why}")

    def _values(self, hard: Hard, row: Observation) -> None:
        said = {name: each for name, each in self.journey.said[hard.key].items() if name not in REFERENCES[hard.entity]}
        for tool in self.journey.house.tools.values():
            for name in set(tool.moves(hard.entity)) & said.keys():
                said[name] = Said("", self.records[hard.key].fields.get(name))
        projected = self.tool.client.project(hard.entity, {name: each.value for name, each in said.items()})
        for name, each in said.items():
            shown = row.fields.get(name)
            if self.tool.holds(hard.entity, name) and _plain(shown) != _plain(each.value):
                self._otherwise(hard, name, each, shown, projected)

    def _otherwise(self, hard: Hard, name: str, said: Said, shown: Any, projected: dict[str, Any]) -> None:
        """Tell why a CRM shows a value otherwise than it was said."""
        if name in projected and _plain(shown) == _plain(projected[name]):
            self._change(hard, name, "rewritten", said.value, shown)
        elif said.crm == self.crm:
            self._problem(f"{hard.key}.{name} was {_short(said.value)} and is {_short(shown)}")
        elif said.value is None and not said.is_cleared:
            self._change(hard, name, "filled in", said.value, shown)
        elif name not in projected:
            self._change(hard, name, "left out", said.value, shown)
        elif name in self.tool.fixed(hard.fields.get("kind")):
            self._change(hard, name, "fixed", said.value, shown)
        else:
            self._problem(f"{hard.key}.{name} is {_short(shown)}, not {_short(projected[name])}")

    def _refs(self, hard: Hard, row: Observation) -> None:
        if self.crm == self.journey.source:
            return
        first = self.first[hard.entity][self.journey.placed[hard.key]]
        for name, target in REFERENCES[hard.entity].items():
            if not (self.source.holds(hard.entity, name) and self.tool.holds(hard.entity, name)):
                continue
            said = self._keys(self.journey.source, target, first.refs.get(name, ()))
            shown = self._keys(self.crm, target, row.refs.get(name, ()))
            if said == shown or not said:
                continue
            if not shown <= said:
                self._problem(f"{hard.key}.{name} is {sorted(shown)}, not {sorted(said)}")
            else:
                self._change(hard, name, "left out", sorted(said), sorted(shown))

    def _keys(self, crm: str, entity: Entity, external_ids: tuple[str, ...]) -> set[str]:
        wanted = {
            record.links[self.ids[crm]].external_id: key
            for key, record in self.records.items()
            if record.entity == entity and self.ids[crm] in record.links
        }
        return {wanted.get(each, each) for each in external_ids}

    def _change(self, hard: Hard, name: str, how: str, said: object, shown: object) -> None:
        self.verdict.changes.append(Change(self.crm, hard.entity, name, how, said, shown))

    def _problem(self, text: str) -> None:
        self.verdict.problems.append(f"{self.crm}: {text}")


def _plain(value: object) -> object:
    """Return a value as it compares: an empty list says no more than nothing."""
    return None if value == () else value


def _short(value: object) -> str:
    return repr(value)[:90]

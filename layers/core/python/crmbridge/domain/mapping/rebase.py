"""What a CRM and the hub agreed on, said anew when the mapping between them changes.

A changed mapping reads the same row otherwise. Nobody has edited anything, so the hub's values stay, and whatever the
row now says otherwise becomes a write that is due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import cast

from crmbridge.domain.integrations import EntityRule
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.domain.merge import UNSAID, Project
from crmbridge.domain.records import PROJECTED, Base, Fields, Link, Record, Value


@dataclass(frozen=True, slots=True)
class Face:
    """How one CRM showed, or shows, a record's fields.

    Attributes:
        project: the connector's own projection, under the connector's names.
    """

    rendering: Rendering
    project: Project

    def row(self, fields: Fields) -> Mapping[str, Value]:
        """Return the hub's values as the CRM would hold them, under the connector's names."""
        return self.project(self.rendering.there(fields))

    def says(self, fields: Fields) -> dict[str, Value]:
        """Return the hub's values as the CRM would say them, under the hub's names."""
        return self.rendering.back(self.row(fields))


def rebased(record: Record, link: Link, names: Collection[str], *, rule: EntityRule, before: Face, after: Face) -> Link:
    """Return a record's link to one CRM under a changed mapping.

    Args:
        record: as the hub has it.
        link: of that record, under the mapping of ``before``.
        names: fields that stand otherwise in the CRM now.
        rule: of the entity, under the new mapping.
        before: how the CRM showed the record until now.
        after: how it shows it from now on.
    """
    fields = dict(record.fields)
    then = {**fields, **{name: each.hub for name, each in link.base.items()}}
    turn = _Turn(fields, then, before, after, before.row(then), after.row(fields), after.says(fields))
    base = dict(link.base)
    for name in names:
        held = base.pop(name, None)
        fresh = turn.base(name, held) if rule.writes(name) else None
        if fresh is not None:
            base[name] = fresh
    return link if base == link.base else replace(link, base=base)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One record on its way from one mapping to another.

    Attributes:
        fields: the hub's values.
        then: the hub's values that the CRM last agreed to.
        row: what the CRM's row holds as far as nobody has edited it, under the connector's names.
        wanted: what it is to hold of the hub's values under the new mapping, likewise.
        says: the same, under the hub's names.
    """

    fields: dict[str, Value]
    then: dict[str, Value]
    before: Face
    after: Face
    row: Mapping[str, Value]
    wanted: Mapping[str, Value]
    says: Mapping[str, Value]

    def base(self, name: str, held: Base | None) -> Base | None:
        """Return what both agree on now: nothing of a field in a new place, else what the row says otherwise."""
        place, old = self.after.rendering.place(name), self.before.rendering.place(name)
        if not place:
            return None
        if place != old:
            return Base(None, None)
        word = self._word(name, place, held)
        remote = self.after.rendering.back({place: word}).get(name, UNSAID)
        hub, then = self.fields.get(name), self.then.get(name)
        is_due = held is not None and (held.overruled or held.hub != hub)
        stands = word == self.wanted.get(place, word)
        if not is_due and stands and remote == self.says.get(name, UNSAID):
            return None
        told: Value = None if remote is UNSAID else cast("Value", remote)
        overruled = (held is not None and held.overruled) or (then == hub and not stands)
        return Base(then, told, overruled=overruled, tried=() if held is None else held.tried)

    def _word(self, name: str, place: str, held: Base | None) -> Value:
        """Return what the row holds of a field."""
        if held is None or held.remote is PROJECTED:
            return self.row.get(place)
        return self.before.rendering.there({name: held.remote}).get(place)

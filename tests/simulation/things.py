"""What people did in a story, told apart from what the engine made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.domain.records import REFERENCES, Entity, Value
from tests.simulation.crm import SimCrm
from tests.simulation.rows import Row

NAMES = {"company": "name", "deal": "title"}
EDITED: dict[Entity, tuple[str, ...]] = {
    "company": ("city", "industry"),
    "contact": ("city", "job_title"),
    "deal": ("amount", "description"),
}
SAME_SECOND = timedelta(seconds=1)
"""Where a CRM stamps whole seconds, edits within one second cannot be put in order."""


@dataclass(slots=True)
class Edit:
    """What a person did to one field of one thing.

    Attributes:
        until: the latest moment that the CRM can have dated it to; ``None`` while that is not known.
    """

    at: datetime
    crm: str
    value: Value
    until: datetime | None


@dataclass(slots=True)
class Thing:
    """One company, person or deal of the story, known by a name nobody edits.

    Attributes:
        by: the field that holds its name.
        made: in how many CRMs people made a row of it.
        edits: by field; those of references hold the names of other things.
        deleted_in: CRMs whose people deleted it when the hub knew all its rows for one.
        merged_in: the CRM in which it was merged away.
        vague: what became of it cannot be foretold in detail (a merge, a double, a deletion in a hurry).
    """

    entity: Entity
    name: str
    by: str
    made: int = 0
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    deleted_in: set[str] = field(default_factory=set)
    merged_in: str = ""
    vague: bool = False

    def rows(self, crm: SimCrm) -> list[Row]:
        """Return the rows of it that people see in a CRM."""
        rows = crm.live(self.entity).values()
        return [row for row in rows if row.fields.get(self.by) == self.name and self._is_named(row)]

    def _is_named(self, row: Row) -> bool:
        # who is known by name has no address; one who has may have got the name in a merge
        return self.by != "last_name" or row.fields.get("email") is None

    def note(self, crm: SimCrm, name: str, value: Value, *, at: datetime) -> None:
        """Remember an edit."""
        until = at if crm.character.field_times else None
        self.edits.setdefault(name, []).append(Edit(at, crm.character.name, value, until))

    def seen(self, at: datetime, *, unread: set[str]) -> None:
        """Note that the hub has seen everything by now, save in some CRMs: nothing before can be dated later."""
        for edits in self.edits.values():
            for edit in edits:
                if edit.crm not in unread:
                    edit.until = edit.until or at

    def allowed(self, name: str) -> list[Value]:
        """Return the values that a field may end with: of all edits that nothing certainly followed."""
        edits = self.edits[name]
        newest = max(edit.at for edit in edits)
        return [edit.value for edit in edits if edit.until is None or newest - edit.until <= SAME_SECOND]


def name_of(row: Row) -> str:
    """Return the name by which people know a row."""
    if row.entity == "contact":
        return str(row.fields.get("email") or row.fields.get("last_name"))
    return str(row.fields.get(NAMES[row.entity]))


def shown(crm: SimCrm, row: Row, field_name: str) -> Value:
    """Return a field's value, references as the names of what they point to."""
    target = REFERENCES[row.entity].get(field_name)
    if target is None:
        return row.fields.get(field_name)
    return tuple(sorted({name_of(crm.rows[target][each]) for each in row.refs.get(field_name, ())}))


def pairs(things: list[Thing], crm: SimCrm) -> Iterator[tuple[Thing, Row]]:
    """Yield every thing that stands exactly once in a CRM, with its row."""
    for thing in things:
        rows = thing.rows(crm)
        if len(rows) == 1:
            yield thing, rows[0]


def contact(crm: SimCrm, email: str) -> Row:
    """Return the one contact of a CRM that has an e-mail address."""
    found = [row for row in crm.live("contact").values() if row.fields.get("email") == email]
    assert len(found) == 1, f"{len(found)} contacts with {email} in {crm.character.name}"
    return found[0]

"""What the CRMs whose records are rows of a table have in common when people type into them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from local.demo.canonical import dialled
from local.demo.control import Control
from local.demo.meter import Use
from local.demo.model import ENTITIES, FIELDS, REFERENCES, Draft, Entity, Seller, World
from local.demo.seen import Seen, Snapshot
from local.demo.sides.uses import Rule, use_of

Row = Mapping[str, Any]
Fields = Mapping[str, str]
_SHORT_NUMBER = 4
_NOBODY: Mapping[Entity, frozenset[str]] = MappingProxyType({})


class TableSide(ABC):
    """One CRM; its module says what is particular about it.

    Attributes:
        objects: what the control surface calls each entity.
        held: neutral names of the fields it has.
        lacks_references: neutral names of references it has no place for.
        needs: references without which it takes no record.
        required: fields that are never empty there, whoever filled them in.
        own_lists: choices of which it keeps a list of its own; words that are not on it are left out.
        stages: of deals, as people there choose them.
        has_seats: sellers of the invented world can be given a seat.
        most_contacts: people that can be typed into a deal.
    """

    label: str = ""
    batch: int = 1
    batches: Mapping[Entity, int] = MappingProxyType({})
    batch_writes: Mapping[str, str] = MappingProxyType({})
    api_paths: str = "/"
    has_webhooks: bool = True
    objects: Mapping[Entity, str] = MappingProxyType({})
    held: Mapping[Entity, frozenset[str]] = _NOBODY
    lacks_references: Mapping[Entity, frozenset[str]] = _NOBODY
    needs: Mapping[Entity, frozenset[str]] = _NOBODY
    required: Mapping[Entity, frozenset[str]] = _NOBODY
    own_lists: frozenset[str] = frozenset()
    industries: Mapping[str, str] = MappingProxyType({})
    stages: tuple[str, ...] = ()
    has_seats: bool = False
    one_name: bool = False
    no_amount_is_zero: bool = False
    most_contacts: int = 99
    id_key: str = "id"
    modified_key: str = ""
    uses: tuple[Rule, ...] = ()

    def __init__(self, control: Control) -> None:
        self.control = control
        self._owners: dict[str, str] = {}

    # ------------------------------------------------------------------------------- what a CRM says of itself

    def rows(self, entity: Entity, ids: Sequence[str] = ()) -> Iterable[Row]:
        """Return live rows as the control surface shows them."""
        return self.control.state(self.objects[entity], ids=ids)

    @abstractmethod
    def people(self) -> Mapping[str, str]:
        """Return the e-mail addresses of those who can own records, by id."""

    @abstractmethod
    def seat(self, sellers: Sequence[Seller]) -> None:
        """Give sellers a seat, and make ready what an administrator does before anything else."""

    @abstractmethod
    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return a row's fields by neutral name."""

    @abstractmethod
    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return the ids of a row's company and people."""

    @abstractmethod
    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return the part of a row that says some fields, as people's screens send it.

        Args:
            names: which.
            fields: all there are, since some are said together.
        """

    @abstractmethod
    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return the part of a new row that says what it belongs to."""

    @abstractmethod
    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store new rows, all there since long; return their ids."""

    @abstractmethod
    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a row as a person does, so that webhooks fire."""

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return what the CRM makes of a canonical value; ``None`` where it need not show it at all."""
        return value

    # -------------------------------------------------------------------------------------------------- the side

    @classmethod
    def trimmed(cls, draft: Draft) -> Draft | None:
        """Return what of a draft can be typed here, ``None`` when it cannot be typed at all."""
        references = {"company": draft.company, "contacts": "".join(draft.contacts)}
        if any(not references[each] for each in cls.needs.get(draft.entity, ())):
            return None
        fields = draft.fields if "country" in cls.held[draft.entity] else _in_full(draft.fields)
        kept = {name: cls.spelt(name, value) for name, value in fields.items() if cls.can_hold(draft, name)}
        lacks = cls.lacks_references.get(draft.entity, frozenset[str]())
        contacts = () if "contacts" in lacks else draft.contacts[: cls.most_contacts]
        return replace(draft, fields=kept, contacts=contacts)

    @classmethod
    def can_hold(cls, draft: Draft, name: str) -> bool:
        """Tell whether a draft's field can be typed here."""
        if name == "owner" and not cls.has_seats:
            return False
        if name == "industry" and draft.fields[name] not in cls.industries:
            return False
        return name in cls.held[draft.entity]

    @classmethod
    def spelt(cls, name: str, value: str) -> str:
        """Return a value as people type it here."""
        return cls.industries.get(value, value) if name == "industry" else value

    def fill(self, world: World) -> None:
        """Type everything of a world; companies first, so that the others can name them."""
        self.seat([each for each in world.sellers if self.control.crm in each.crms])
        self._owners = {key: email.lower() for key, email in self.people().items()}
        known: dict[str, str] = {}
        for entity in ENTITIES:
            drafts = list(world.of(self.control.crm, entity).values())
            bodies = [
                self.body(entity, draft.fields, draft.fields)
                | self.linked(entity, known.get(draft.company, ""), [known[each] for each in draft.contacts])
                for draft in drafts
            ]
            ids = self.store(entity, bodies) if bodies else ()
            known.update(zip((draft.key for draft in drafts), map(str, ids), strict=True))

    def snapshot(self) -> Snapshot:
        """Return every live record and everybody who can own one."""
        self._owners = {key: email.lower() for key, email in self.people().items()}
        return Snapshot(
            crm=self.control.crm,
            records={entity: tuple(self._seen(entity, row) for row in self.rows(entity)) for entity in ENTITIES},
            owners=frozenset(self._owners.values()),
            absent_fields={entity: frozenset(FIELDS[entity]) - self.held[entity] for entity in ENTITIES},
            required=self.required,
            lacks_references=self.lacks_references,
            needs=self.needs,
            own_lists=self.own_lists,
            one_name=self.one_name,
            no_amount_is_zero=self.no_amount_is_zero,
            shows=self.shows,
        )

    def look(self, entity: Entity, external_ids: Sequence[str]) -> dict[str, Seen]:
        """Return some live records by id."""
        return {row.external_id: row for row in (self._seen(entity, each) for each in self.rows(entity, external_ids))}

    def edit(self, entity: Entity, external_id: str, changes: Fields) -> None:
        """Change a record in the CRM's screens; webhooks fire where there are any."""
        row = next(iter(self.rows(entity, [external_id])))
        self.change(entity, external_id, self.body(entity, changes, {**self.read(entity, row), **changes}))

    def edit_all(self, edits: Sequence[tuple[Entity, str, Fields]]) -> None:
        """Change records in the CRM's screens, one after the other."""
        for entity, external_id, changes in edits:
            self.edit(entity, external_id, changes)

    def edited_at_ms(self, entity: Entity, external_id: str) -> int:
        """Return when the CRM says that a record was changed last."""
        said = next(iter(self.rows(entity, [external_id])))[self.modified_key]
        if isinstance(said, int):
            return said * 1000
        return round(datetime.fromisoformat(str(said).replace("Z", "+00:00")).timestamp() * 1000)

    def classify(self, call: Mapping[str, Any]) -> Use:
        """Tell a call's purpose by its path."""
        return use_of(call, self.uses, {**{name: entity for entity, name in self.objects.items()}, **self.aliases()})

    def aliases(self) -> Mapping[str, str]:
        """Return further names that calls have for our entities."""
        return {}

    def owner_of(self, email: str) -> str:
        """Return the id of somebody who can own records."""
        return next(key for key, each in self._owners.items() if each == email.lower())

    def owner_name(self, key: object) -> str:
        """Return an owner's address."""
        return self._owners.get(text(key), text(key))

    def _seen(self, entity: Entity, row: Row) -> Seen:
        company, contacts = self.links(entity, row)
        lacks = self.lacks_references.get(entity, frozenset[str]())
        has_contacts = "contacts" in REFERENCES[entity] and "contacts" not in lacks
        return Seen(
            entity=entity,
            external_id=text(row[self.id_key]),
            fields=self.read(entity, row),
            company="" if entity == "company" else company,
            contacts=contacts if has_contacts else frozenset(),
        )


def _in_full(fields: Fields) -> Fields:
    """Return telephone numbers as people type them where no country stands beside: beginning with its code."""
    told = dict(fields)
    for name in ("phone", "mobile_phone"):
        digits = dialled(fields.get(name, ""), country=fields.get("country", ""))
        told |= {name: f"+{digits}"} if digits.isdigit() and len(digits) > _SHORT_NUMBER else {}
    return told


def text(value: object) -> str:
    """Return a stored value as text; empty for nothing.

    Example:
        >>> text(None), text(12), text(3.50)
        ('', '12', '3.5')
    """
    return "" if value is None else str(value)


def number(value: str) -> int | float | None:
    """Return a typed number as JSON has it, ``None`` for nothing.

    Example:
        >>> number("12.00"), number("12.5"), number("")
        (12, 12.5, None)
    """
    if not value:
        return None
    found = Decimal(value)
    return int(found) if found == found.to_integral_value() else float(found)


def whole(value: str) -> str:
    """Return a typed number without its fraction, half to even.

    Example:
        >>> whole("12.5"), whole("13.51"), whole("n/a")
        ('12', '14', 'n/a')
    """
    try:
        return str(Decimal(value).to_integral_value())
    except ArithmeticError:
        return value

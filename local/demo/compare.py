"""Compares every record and field of the CRMs, knowing nothing of the engine that keeps them in step.

Things are paired by the number each carries in its own text, never by anything the engine wrote.
Values are compared by the vendors' rules in ``canonical``, each CRM by what it can hold (``Snapshot``);
that nothing typed has vanished is checked against what was typed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.demo.canonical import canonical, word
from local.demo.choices import Translation
from local.demo.findings import Comparison, Finding, Kind, Ledger
from local.demo.model import ENTITIES, FIELDS, Draft, Entity, World
from local.demo.seen import Seen, Snapshot

_CHOICES = frozenset({"industry", "stage"})
_NAMES = ("first_name", "last_name")
_PHONES = frozenset({"phone", "mobile_phone"})


def compare(world: World, snapshots: Mapping[str, Snapshot], ledger: Ledger) -> Comparison:
    """Compare CRMs thing by thing and field by field.

    Args:
        world: what was typed before the first sync.
        snapshots: what each of the CRMs holds now.
        ledger: what was typed since.

    Raises:
        ValueError: there are fewer than two snapshots.
    """
    if len(snapshots) < 2:
        message = f"two CRMs or more can be compared, not {len(snapshots)}"
        raise ValueError(message)
    run = _Run(world=world, snapshots=snapshots, ledger=ledger)
    for entity in ENTITIES:
        run.index(entity)
    for entity in ENTITIES:
        run.judge(entity)
    return run.outcome()


@dataclass(frozen=True, slots=True)
class _Place:
    """One field of one thing."""

    entity: Entity
    key: str
    name: str


@dataclass(slots=True)
class _Run:
    world: World
    snapshots: Mapping[str, Snapshot]
    ledger: Ledger
    rows: dict[tuple[str, Entity], dict[str, list[Seen]]] = field(
        default_factory=dict[tuple[str, Entity], dict[str, list[Seen]]]
    )
    keys: dict[tuple[str, Entity, str], str] = field(default_factory=dict[tuple[str, Entity, str], str])
    findings: list[Finding] = field(default_factory=list[Finding])
    held_open: Counter[str] = field(default_factory=Counter[str])
    records: Counter[str] = field(default_factory=Counter[str])
    translations: dict[tuple[str, str, str], Translation] = field(
        default_factory=dict[tuple[str, str, str], Translation]
    )
    fields: int = 0

    def index(self, entity: Entity) -> None:
        """Find out which row of each CRM is which thing."""
        known = self.world.keys(entity)
        for crm, snapshot in self.snapshots.items():
            found = self.rows.setdefault((crm, entity), {})
            for row in snapshot.records.get(entity, ()):
                key = self.world.key_of(entity, row.fields)
                if key not in known:
                    self._find("stranger", _Place(entity, row.external_id, ""), crm=crm, words=_glance(row))
                    continue
                found.setdefault(key, []).append(row)
                self.keys[(crm, entity, row.external_id)] = key

    def judge(self, entity: Entity) -> None:
        """Compare every thing of an entity."""
        for key, drafts in sorted(self.world.typed(entity).items()):
            takers = self._takers(entity, drafts)
            row_of = self._rows_of(entity, key, takers)
            if len(row_of) < len(takers):
                continue
            self.records[entity] += 1
            for name in FIELDS[entity]:
                self._field(_Place(entity, key, name), row_of=row_of, drafts=drafts)
            self._references(entity, key, row_of=row_of, drafts=drafts)

    def outcome(self) -> Comparison:
        """Put together what was found, translations included."""
        for (name, crm, other), table in self.translations.items():
            entries = (row.fields.get(name, "") for rows in self.snapshots[other].records.values() for row in rows)
            entity: Entity = "company" if name == "industry" else "deal"
            for words, key in table.faults(target_entries=frozenset(entries) - {""}):
                self._find("different", _Place(entity, key, name), crm=crm, words=words)
        return Comparison(
            records=dict(self.records),
            fields=self.fields,
            held_open=dict(self.held_open),
            translations={self._title(*which): table.table() for which, table in self.translations.items()},
            findings=tuple(self.findings),
        )

    def _title(self, name: str, crm: str, other: str) -> str:
        return f"{name} from {crm}" + (f" to {other}" if len(self.snapshots) > 2 else "")

    def _takers(self, entity: Entity, drafts: Mapping[str, Draft]) -> list[str]:
        """Return the CRMs that take a thing: some want to know what it belongs to."""
        has = {"company": any(each.company for each in drafts.values()), "contacts": True}
        takers: list[str] = []
        for crm, snapshot in self.snapshots.items():
            if all(has[each] for each in snapshot.needs.get(entity, ())):
                takers.append(crm)
            else:
                self.held_open[f"{crm} takes no {entity} without what it belongs to"] += 1
        return takers

    def _rows_of(self, entity: Entity, key: str, takers: Iterable[str]) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        for crm in takers:
            rows = self.rows[(crm, entity)].get(key, [])
            if not rows:
                self._find("missing", _Place(entity, key, ""), crm=crm)
                continue
            if len(rows) > 1:
                ids = ", ".join(row.external_id for row in rows)
                self._find("duplicated", _Place(entity, key, ""), crm=crm, words=ids)
            found[crm] = rows[0]
        return found

    def _field(self, place: _Place, *, row_of: Mapping[str, Seen], drafts: Mapping[str, Draft]) -> None:
        allowed = self.ledger.allowed(place.entity, place.key, place.name)
        holders = self._holders(place, row_of)
        country = _country(row_of.values()) if place.name in _PHONES else ""
        values = {crm: self._value(place.name, _located(row_of[crm].fields, country)) for crm in holders}
        typed = {
            crm: self._value(place.name, _located(draft.fields, country))
            for crm, draft in drafts.items()
            if crm in holders
        }
        if len(values) < 2:
            self._kept_at_home(place, values=values, typed=typed)
            return
        raw = {crm: row_of[crm].fields.get(place.name, "") for crm in holders}
        unheld = self._cannot_be_held(place, values, typed=typed, was_edited=bool(allowed)) | self._left_out(place, raw)
        for crm, reason in unheld.items():
            self.held_open[reason] += 1
            del values[crm]
        if len(values) < 2:
            return
        self.fields += 1
        home = next((crm for crm in typed if crm in values), None)
        if home is not None:
            self._as_typed(place, home, values[home], typed=typed, allowed=allowed)
        if place.name in _CHOICES:
            self._translated(place, {crm: raw[crm] for crm in values}, typed=typed)
        elif not self._agree(place, values, (*typed.values(), *(allowed or ()))):
            self._find("different", place, words=_said(values))

    def _value(self, name: str, fields: Mapping[str, str]) -> str:
        """Return a value as all of these CRMs can be compared by it."""
        if name == "last_name" and any(each.one_name for each in self.snapshots.values()):
            return " ".join(" ".join(fields.get(each, "") for each in _NAMES).split())
        value = canonical(name, fields)
        nothing = name == "amount" and any(each.no_amount_is_zero for each in self.snapshots.values())
        return "" if nothing and value == "0" else value

    def _holders(self, place: _Place, row_of: Mapping[str, Seen]) -> list[str]:
        """Return the CRMs that have a field for it."""
        one_name = next((crm for crm, each in self.snapshots.items() if each.one_name), "")
        if place.name == "first_name" and one_name:
            self.held_open[f"{one_name} has one name, which was compared as a whole"] += 1
            return []
        holders: list[str] = []
        for crm in row_of:
            if place.name in self.snapshots[crm].absent_fields.get(place.entity, frozenset()):
                self.held_open[f"{crm} has no field for {place.entity}.{place.name}"] += 1
            else:
                holders.append(crm)
        return holders

    def _agree(self, place: _Place, values: Mapping[str, str], said: Iterable[str]) -> bool:
        """Tell whether there is one value of which every CRM shows what it makes of it."""

        def shows(crm: str, value: str) -> bool:
            return self._shown(crm, place, value) in {None, values[crm]} or values[crm] == value

        return any(all(shows(crm, value) for crm in values) for value in {*values.values(), *said})

    def _shown(self, crm: str, place: _Place, value: str) -> str | None:
        """Return what a CRM makes of a value; ``None`` where it need not show it."""
        if not value:
            return value
        return self.snapshots[crm].shows(place.entity, place.name, value)

    def _as_typed(
        self, place: _Place, crm: str, value: str, *, typed: Mapping[str, str], allowed: set[str] | None
    ) -> None:
        wanted = {each for each in typed.values() if each} if allowed is None else allowed
        shown = {made for each in wanted if (made := self._shown(crm, place, each)) is not None}
        if value in wanted | shown or (place.name in _CHOICES and value and wanted):
            return
        if shown:
            self._find("value_lost", place, crm=crm, words=f"{value!r}, not {sorted(shown)}")
        elif value and not wanted and place.name not in self.snapshots[crm].required.get(place.entity, frozenset()):
            self._find("invented", place, crm=crm, words=repr(value))

    def _translated(self, place: _Place, raw: Mapping[str, str], *, typed: Mapping[str, str]) -> None:
        if not any(raw.values()):
            return
        source = next((crm for crm, value in typed.items() if value and crm in raw), next(iter(raw)))
        for target in raw:
            if target == source or word(raw[source]) == word(raw[target]):
                continue
            is_own_list = place.name in self.snapshots[target].own_lists
            table = self.translations.setdefault(
                (place.name, source, target), Translation(place.name, is_own_list=is_own_list)
            )
            table.add(raw[source], raw[target], key=place.key)

    def _kept_at_home(self, place: _Place, *, values: Mapping[str, str], typed: Mapping[str, str]) -> None:
        """Check a field that one CRM alone has: where it was typed, it must still stand."""
        for crm, value in typed.items():
            if value:
                self.fields += 1
                self._as_typed(place, crm, values[crm], typed={crm: value}, allowed=None)

    def _cannot_be_held(
        self, place: _Place, values: Mapping[str, str], *, typed: Mapping[str, str], was_edited: bool
    ) -> dict[str, str]:
        """Return why CRMs need not show the value that the others do; nothing for most fields."""
        reasons: dict[str, str] = {}
        for crm in values:
            others = [value for other, value in values.items() if other != crm]
            if place.name == "owner" and not self._has_seat(crm, others, typed):
                reasons[crm] = f"the owner has no seat in {crm}"
            is_required = place.name in self.snapshots[crm].required.get(place.entity, frozenset())
            if is_required and not was_edited and not any(typed.values()) and not any(others):
                reasons.setdefault(crm, f"{crm} requires {place.entity}.{place.name}, which nobody typed")
        return reasons

    def _left_out(self, place: _Place, raw: Mapping[str, str]) -> dict[str, str]:
        """Return the CRMs that show nothing since they cannot take a value as it is spelt elsewhere."""
        reasons: dict[str, str] = {}
        for crm, value in raw.items():
            others = [each for other, each in raw.items() if other != crm and each]
            takes = self.snapshots[crm].shows
            if not value and any(takes(place.entity, place.name, each) is None for each in others):
                reasons[crm] = f"{crm} takes no {place.entity}.{place.name} that is spelt like this"
        return reasons

    def _has_seat(self, crm: str, others: Iterable[str], typed: Mapping[str, str]) -> bool:
        """Tell whether a CRM can show the owner that the others show, or the one that was typed."""
        if typed and all(typed.values()) and len(self.snapshots) > 2:
            return set(typed.values()) <= self.snapshots[crm].owners
        if all(typed.values()) and all(set(typed.values()) <= each.owners for each in self.snapshots.values()):
            return True
        return all(not value or value in self.snapshots[crm].owners for value in others)

    def _references(self, entity: Entity, key: str, *, row_of: Mapping[str, Seen], drafts: Mapping[str, Draft]) -> None:
        if entity == "company":
            return
        self._reference(
            _Place(entity, key, "company"),
            values={crm: self._keys_of(crm, "company", {row.company} - {""}) for crm, row in row_of.items()},
            typed=frozenset(draft.company for draft in drafts.values()) - {""},
        )
        if entity == "deal":
            self._reference(
                _Place(entity, key, "contacts"),
                values={crm: self._keys_of(crm, "contact", row.contacts) for crm, row in row_of.items()},
                typed=frozenset(each for draft in drafts.values() for each in draft.contacts),
            )

    def _reference(self, place: _Place, *, values: Mapping[str, frozenset[str]], typed: frozenset[str]) -> None:
        allowed = self.ledger.allowed(place.entity, place.key, place.name)
        wanted = typed if allowed is None else frozenset(allowed) - {""}
        held: dict[str, frozenset[str]] = {}
        for crm, keys in values.items():
            if place.name in self.snapshots[crm].lacks_references.get(place.entity, frozenset()):
                self.held_open[f"{crm} has no place for {place.entity}.{place.name}"] += 1
            else:
                held[crm] = keys
        if not held:
            return
        self.fields += 1
        found = next(iter(held.values()))
        if len(set(held.values())) > 1:
            self._find("different", place, words=_said({crm: ", ".join(sorted(keys)) for crm, keys in held.items()}))
        elif found != wanted:
            self._find("value_lost", place, words=f"{sorted(found)}, not {sorted(wanted)}")

    def _keys_of(self, crm: str, entity: Entity, external_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(self.keys.get((crm, entity, each), f"unknown {each}") for each in external_ids)

    def _find(self, kind: Kind, place: _Place, *, crm: str = "", words: str = "") -> None:
        self.findings.append(
            Finding(kind=kind, entity=place.entity, key=place.key, crm=crm, name=place.name, words=words)
        )


def _located(fields: Mapping[str, str], country: str) -> Mapping[str, str]:
    """Return a record with the country that another CRM has for it: a telephone number is read in it."""
    return {**fields, "country": country} if country and not fields.get("country") else fields


def _country(rows: Iterable[Seen]) -> str:
    return next((row.fields["country"] for row in rows if row.fields.get("country")), "")


def _said(values: Mapping[str, str]) -> str:
    return "; ".join(f"{crm}: {value!r}" for crm, value in values.items())


def _glance(row: Seen) -> str:
    return " ".join(value for value in list(row.fields.values())[:3] if value)[:80]

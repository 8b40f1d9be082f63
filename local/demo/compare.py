"""Compares every record and field of two CRMs, knowing nothing of the engine that keeps them in step.

Things are paired by the number each carries in its own text, never by anything the engine wrote.
Values are compared by the vendors' rules in ``canonical``; that nothing typed has vanished is
checked against what was typed.
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


def compare(world: World, snapshots: Mapping[str, Snapshot], ledger: Ledger) -> Comparison:
    """Compare two CRMs thing by thing and field by field.

    Args:
        world: what was typed before the first sync.
        snapshots: what each of the two CRMs holds now.
        ledger: what was typed since.

    Raises:
        ValueError: there are not exactly two snapshots.
    """
    if len(snapshots) != 2:
        message = f"two CRMs can be compared, not {len(snapshots)}"
        raise ValueError(message)
    run = _Run(world=world, snapshots=snapshots, ledger=ledger)
    for entity in ENTITIES:
        run.index(entity)
    for entity in ENTITIES:
        run.judge(entity)
    return run.outcome()


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
    translations: dict[tuple[str, str], Translation] = field(default_factory=dict[tuple[str, str], Translation])
    fields: int = 0

    def index(self, entity: Entity) -> None:
        """Find out which row of each CRM is which thing."""
        known = self.world.keys(entity)
        for crm, snapshot in self.snapshots.items():
            found = self.rows.setdefault((crm, entity), {})
            for row in snapshot.records.get(entity, ()):
                key = self.world.key_of(entity, row.fields)
                if key not in known:
                    self._find("stranger", entity, key=row.external_id, crm=crm, words=_glance(row))
                    continue
                found.setdefault(key, []).append(row)
                self.keys[(crm, entity, row.external_id)] = key

    def judge(self, entity: Entity) -> None:
        """Compare every thing of an entity."""
        for key, drafts in sorted(self.world.typed(entity).items()):
            pair = self._pair(entity, key)
            if len(pair) < len(self.snapshots):
                continue
            self.records[entity] += 1
            for name in FIELDS[entity]:
                self._field(entity, key, name, pair=pair, drafts=drafts)
            self._references(entity, key, pair=pair, drafts=drafts)

    def outcome(self) -> Comparison:
        """Put together what was found, translations included."""
        for (name, crm), table in self.translations.items():
            entries = (
                row.fields.get(name, "")
                for other, snapshot in self.snapshots.items()
                if other != crm
                for rows in snapshot.records.values()
                for row in rows
            )
            entity: Entity = "company" if name == "industry" else "deal"
            for words, key in table.faults(target_entries=frozenset(entries) - {""}):
                self._find("different", entity, key=key, crm=crm, name=name, words=words)
        return Comparison(
            records=dict(self.records),
            fields=self.fields,
            held_open=dict(self.held_open),
            translations={f"{name} from {crm}": t.table() for (name, crm), t in self.translations.items()},
            findings=tuple(self.findings),
        )

    def _pair(self, entity: Entity, key: str) -> dict[str, Seen]:
        pair: dict[str, Seen] = {}
        for crm in self.snapshots:
            rows = self.rows[(crm, entity)].get(key, [])
            if not rows:
                self._find("missing", entity, key=key, crm=crm)
                continue
            if len(rows) > 1:
                ids = ", ".join(row.external_id for row in rows)
                self._find("duplicated", entity, key=key, crm=crm, words=ids)
            pair[crm] = rows[0]
        return pair

    def _field(
        self, entity: Entity, key: str, name: str, *, pair: Mapping[str, Seen], drafts: Mapping[str, Draft]
    ) -> None:
        values = {crm: canonical(name, row.fields) for crm, row in pair.items()}
        allowed = self.ledger.allowed(entity, key, name)
        typed = {crm: canonical(name, draft.fields) for crm, draft in drafts.items()}
        if self._is_absent_somewhere(entity, name):
            self._kept_at_home(entity, key, name, values=values, typed=typed)
            return
        reason = self._cannot_be_held(entity, name, values, typed=typed, was_edited=bool(allowed))
        if reason:
            self.held_open[reason] += 1
            return
        self.fields += 1
        self._as_typed(entity, key, name, value=values[next(iter(drafts))], typed=typed, allowed=allowed)
        if name in _CHOICES:
            self._translated(key, name, pair=pair, typed=typed)
        elif len(set(values.values())) > 1:
            self._find("different", entity, key=key, name=name, words=_both(values))

    def _as_typed(
        self,
        entity: Entity,
        key: str,
        name: str,
        *,
        value: str,
        typed: Mapping[str, str],
        allowed: set[str] | None,
    ) -> None:
        crm = next(iter(typed))
        wanted = {each for each in typed.values() if each} if allowed is None else allowed
        if value in wanted or (name in _CHOICES and value and wanted):
            return
        if wanted:
            words = f"{value!r}, not {sorted(wanted)}"
            self._find("value_lost", entity, key=key, crm=crm, name=name, words=words)
        elif value and name not in self.snapshots[crm].required.get(entity, frozenset()):
            self._find("invented", entity, key=key, crm=crm, name=name, words=repr(value))

    def _translated(self, key: str, name: str, *, pair: Mapping[str, Seen], typed: Mapping[str, str]) -> None:
        raw = {crm: row.fields.get(name, "") for crm, row in pair.items()}
        if not any(raw.values()):
            return
        source = next((crm for crm, value in typed.items() if value), next(iter(raw)))
        target = next(crm for crm in raw if crm != source)
        if word(raw[source]) == word(raw[target]):
            return
        table = self.translations.setdefault((name, source), Translation(name))
        table.add(raw[source], raw[target], key=key)

    def _is_absent_somewhere(self, entity: Entity, name: str) -> bool:
        for crm, snapshot in self.snapshots.items():
            if name in snapshot.absent_fields.get(entity, frozenset()):
                self.held_open[f"{crm} has no field for {entity}.{name}"] += 1
                return True
        return False

    def _kept_at_home(
        self, entity: Entity, key: str, name: str, *, values: Mapping[str, str], typed: Mapping[str, str]
    ) -> None:
        """Check a field that one CRM does not have: where it was typed, it must still stand."""
        for crm, value in typed.items():
            if value and name not in self.snapshots[crm].absent_fields.get(entity, frozenset()):
                self.fields += 1
                self._as_typed(entity, key, name, value=values[crm], typed={crm: value}, allowed=None)

    def _cannot_be_held(
        self, entity: Entity, name: str, values: Mapping[str, str], *, typed: Mapping[str, str], was_edited: bool
    ) -> str:
        """Return why a pair of values need not be equal; an empty text for most."""
        has_seats = all(typed.values()) and all(
            set(typed.values()) <= snapshot.owners for snapshot in self.snapshots.values()
        )
        for crm, snapshot in self.snapshots.items():
            others = [value for other, value in values.items() if other != crm]
            stranger = any(value and value not in snapshot.owners for value in others)
            if name == "owner" and stranger and not has_seats:
                return f"the owner has no seat in {crm}"
            is_required = name in snapshot.required.get(entity, frozenset())
            if is_required and not was_edited and not any(typed.values()) and not any(others):
                return f"{crm} requires {entity}.{name}, which nobody typed"
        return ""

    def _references(self, entity: Entity, key: str, *, pair: Mapping[str, Seen], drafts: Mapping[str, Draft]) -> None:
        if entity == "company":
            return
        self._reference(
            entity,
            key,
            "company",
            values={crm: self._keys_of(crm, "company", {row.company} - {""}) for crm, row in pair.items()},
            typed=frozenset(draft.company for draft in drafts.values()) - {""},
        )
        if entity == "deal":
            self._reference(
                entity,
                key,
                "contacts",
                values={crm: self._keys_of(crm, "contact", row.contacts) for crm, row in pair.items()},
                typed=frozenset(each for draft in drafts.values() for each in draft.contacts),
            )

    def _reference(
        self,
        entity: Entity,
        key: str,
        name: str,
        *,
        values: Mapping[str, frozenset[str]],
        typed: frozenset[str],
    ) -> None:
        self.fields += 1
        allowed = self.ledger.allowed(entity, key, name)
        wanted = typed if allowed is None else frozenset(allowed) - {""}
        found = next(iter(values.values()))
        if len(set(values.values())) > 1:
            words = _both({crm: ", ".join(sorted(keys)) for crm, keys in values.items()})
            self._find("different", entity, key=key, name=name, words=words)
        elif found != wanted:
            words = f"{sorted(found)}, not {sorted(wanted)}"
            self._find("value_lost", entity, key=key, name=name, words=words)

    def _keys_of(self, crm: str, entity: Entity, external_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(self.keys.get((crm, entity, each), f"unknown {each}") for each in external_ids)

    def _find(self, kind: Kind, entity: Entity, *, key: str, crm: str = "", name: str = "", words: str = "") -> None:
        self.findings.append(Finding(kind=kind, entity=entity, key=key, crm=crm, name=name, words=words))


def _both(values: Mapping[str, str]) -> str:
    return "; ".join(f"{crm}: {value!r}" for crm, value in values.items())


def _glance(row: Seen) -> str:
    return " ".join(value for value in list(row.fields.values())[:3] if value)[:80]

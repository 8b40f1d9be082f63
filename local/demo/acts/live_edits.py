"""Second act: people edit on both sides; how long until the other side shows it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations, zip_longest

from local.demo.canonical import canonical
from local.demo.model import Draft, Entity
from local.demo.report import percentiles
from local.demo.show import listed
from local.demo.stage import Stage

_EDITS, _FEWER_EDITS = 10, 4
_TIMEOUT_S, _LONGER_S = 60.0, 150.0
_PAUSE_S = 0.4
_LOOK_EVERY_S = 0.03
_FIELDS: dict[Entity, tuple[str, ...]] = {
    "contact": ("job_title", "phone", "city"),
    "company": ("name", "city"),
    "deal": ("amount",),
}
_KEEPS_KEY = frozenset({"name"})
"""Fields whose new value names the thing again."""

_NEW = {
    "job_title": "Head of Edit {0}",
    "phone": "+49 30 2312 5{0:03d}",
    "mobile_phone": "+49 151 2312 5{0:03d}",
    "city": "Neustadt {0}",
    "street": "New Street {0}, rear building",
    "postal_code": "10{0:03d}",
    "amount": "10{0:03d}.5",
    "description": "Asked for a new offer, number {0}.",
}


@dataclass(slots=True, kw_only=True)
class Edit:
    """One value typed by a person, and when it was seen elsewhere.

    Attributes:
        others: the CRMs that have the field, too.
        typed_at: when the CRM had taken it; monotonic seconds.
        took_s: per CRM, until it showed the value; those that do not are not there.
    """

    crm: str
    others: tuple[str, ...]
    entity: Entity
    key: str
    name: str
    value: str
    typed_at: float = 0.0
    took_s: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the CRMs that do not show it yet; all of them before it is typed."""
        return tuple(each for each in self.others if each not in self.took_s)


def choose(stage: Stage, *, crm: str, count: int, avoid: set[tuple[Entity, str]]) -> list[Edit]:
    """Choose different things to edit in one CRM, of every entity there is; adds them to ``avoid``."""
    entities: list[Entity] = [each for each in ("contact", "deal", "company") if stage.in_all(each)]
    edits: list[Edit] = []
    for number in range(count):
        entity = entities[number % len(entities)]
        left = [key for key in stage.in_all(entity) if (entity, key) not in avoid]
        if not left:
            continue
        key = stage.dice.pick(left)
        avoid.add((entity, key))
        edits.append(one(stage, crm, entity, key, _FIELDS[entity]))
    return edits


def one(stage: Stage, crm: str, entity: Entity, key: str, names: Sequence[str]) -> Edit:
    """Return an edit of one of some fields, as people in a CRM type it; one that another CRM has, too."""
    held = [name for name in names if name in stage.sides[crm].held[entity]]
    shared = [name for name in held if stage.holders(entity, name, but=crm)]
    name = stage.dice.pick(editable(stage, entity, key, shared))
    value = new_value(stage, name, key)
    typed = stage.sides[crm].trimmed(Draft(entity=entity, key=key, fields={name: value}, company=key))
    value = value if typed is None else typed.fields.get(name, value)
    others = stage.holders(entity, name, but=crm)
    return Edit(crm=crm, others=others, entity=entity, key=key, name=name, value=value)


def type_in(stage: Stage, edit: Edit) -> None:
    """Let a person type one edit, and note what may stand there from now on."""
    external_id = stage.external_ids[(edit.crm, edit.entity, edit.key)]
    stage.sides[edit.crm].edit(edit.entity, external_id, {edit.name: edit.value})
    edit.typed_at = time.monotonic()
    stage.ledger.typed(edit.entity, edit.key, edit.name, {canonical(edit.name, {edit.name: edit.value})})


def look(stage: Stage, edits: list[Edit]) -> int:
    """Look whether typed edits have arrived everywhere; return how many are still on their way.

    A CRM that tells of nothing is read meanwhile, as its users would ask for.
    """
    missing = [edit for edit in edits if edit.typed_at and edit.missing]
    for crm in {edit.crm for edit in missing}:
        if not stage.sides[crm].has_webhooks:
            stage.ask_to_read(crm)
    for crm in stage.crms:
        for entity in _FIELDS:
            here = [edit for edit in missing if crm in edit.missing and edit.entity == entity]
            if here:
                _look_at(stage, crm, entity, here)
    return sum(1 for edit in missing if edit.missing)


def play(stage: Stage, *, avoid: set[tuple[Entity, str]]) -> None:
    """Type edits one after the other on every side and measure each."""
    count = _EDITS if len(stage.crms) == 2 else _FEWER_EDITS
    per_crm = [choose(stage, crm=crm, count=count, avoid=avoid) for crm in stage.crms]
    edits = [edit for several in zip_longest(*per_crm) for edit in several if edit is not None]
    silent = [side.label for side in stage.sides.values() if not side.has_webhooks]
    if silent:
        stage.screen.say(f"{listed(silent)} tells of no edit: reading is asked for, and finds it")
    with stage.screen.bar("live edits, arrived", total=len(edits)) as bar:
        next_at = time.monotonic()
        give_up_at = next_at + stage.patience_s(_LONGER_S if silent else _TIMEOUT_S)
        waiting = list(edits)
        while time.monotonic() < give_up_at:
            if waiting and time.monotonic() >= next_at:
                type_in(stage, waiting.pop(0))
                next_at = time.monotonic() + _PAUSE_S
            left = look(stage, edits)
            arrived = len(edits) - len(waiting) - left
            bar.move(arrived, note=f"{len(edits) - len(waiting)} typed")
            if not waiting and not left:
                break
            time.sleep(_LOOK_EVERY_S)
    for crm, other in permutations(stage.crms, 2):
        took = [edit.took_s[other] * 1000 for edit in edits if edit.crm == crm and other in edit.took_s]
        name = f"{stage.sides[crm].label} → {stage.sides[other].label}"
        stage.report.latencies = {**stage.report.latencies, name: percentiles(took)}
    missed = [edit for edit in edits if edit.missing]
    tell_missing(stage, missed)
    stage.report.claim(
        "live edits that arrived" + (" everywhere" if len(stage.crms) > 2 else ""),
        f"{len(edits) - len(missed)} of {len(edits)}",
        "all",
        holds=bool(edits) and not missed,
    )


def tell_missing(stage: Stage, missed: Iterable[Edit]) -> None:
    """Say which edits have not arrived, and where."""
    for edit in missed:
        where = ", ".join(edit.missing)
        stage.screen.say(f"{edit.entity} {edit.key}: {edit.name} = {edit.value!r} of {edit.crm} never reached {where}")


def _look_at(stage: Stage, crm: str, entity: Entity, edits: list[Edit]) -> None:
    ids = {stage.external_ids[(crm, entity, edit.key)]: edit for edit in edits}
    rows = stage.sides[crm].look(entity, list(ids))
    now = time.monotonic()
    for external_id, edit in ids.items():
        row = rows.get(external_id)
        typed = canonical(edit.name, {edit.name: edit.value})
        wanted = {typed, stage.sides[crm].shows(entity, edit.name, typed)}
        if row is not None and canonical(edit.name, row.fields) in wanted:
            edit.took_s[crm] = now - edit.typed_at


def editable(stage: Stage, entity: Entity, key: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return those fields that may be edited without losing the thing's own mark."""
    typed = stage.world.typed(entity)[key]
    marked = {
        mark.field for mark in stage.world.marks[entity] for draft in typed.values() if mark.key_of(draft.fields) == key
    }
    return tuple(name for name in names if name not in marked or name in _KEEPS_KEY) or ("city",)


def new_value(stage: Stage, name: str, key: str) -> str:
    """Return something that somebody may type into a field."""
    if name == "name":
        return f"Renamed {key}"
    return _NEW[name].format(stage.dice.between(1, 999))

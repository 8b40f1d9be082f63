"""Second act: people edit on both sides; how long until the other side shows it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from local.demo.canonical import canonical
from local.demo.model import Entity
from local.demo.report import percentiles
from local.demo.stage import Stage

_EDITS = 10
_PAUSE_S = 0.4
_LOOK_EVERY_S = 0.03
_FIELDS: dict[Entity, tuple[str, ...]] = {
    "contact": ("job_title", "phone", "city"),
    "company": ("name", "city"),
    "deal": ("amount",),
}
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
        typed_at: when the CRM had taken it; monotonic seconds.
        took_s: until the other CRM showed it, ``None`` while it does not.
    """

    crm: str
    other: str
    entity: Entity
    key: str
    name: str
    value: str
    typed_at: float = 0.0
    took_s: float | None = None


def choose(stage: Stage, *, crm: str, count: int, avoid: set[tuple[Entity, str]]) -> list[Edit]:
    """Choose different things to edit in one CRM, of every entity there is; adds them to ``avoid``."""
    other = next(each for each in stage.crms if each != crm)
    entities: list[Entity] = [each for each in ("contact", "deal", "company") if stage.in_both(each)]
    edits: list[Edit] = []
    for number in range(count):
        entity = entities[number % len(entities)]
        left = [key for key in stage.in_both(entity) if (entity, key) not in avoid]
        if not left:
            continue
        key = stage.dice.pick(left)
        avoid.add((entity, key))
        name = stage.dice.pick(editable(stage, entity, key, _FIELDS[entity]))
        edits.append(Edit(crm=crm, other=other, entity=entity, key=key, name=name, value=new_value(stage, name, key)))
    return edits


def type_in(stage: Stage, edit: Edit) -> None:
    """Let a person type one edit, and note what may stand there from now on."""
    external_id = stage.external_ids[(edit.crm, edit.entity, edit.key)]
    stage.sides[edit.crm].edit(edit.entity, external_id, {edit.name: edit.value})
    edit.typed_at = time.monotonic()
    stage.ledger.typed(edit.entity, edit.key, edit.name, {canonical(edit.name, {edit.name: edit.value})})


def look(stage: Stage, edits: list[Edit]) -> int:
    """Look whether typed edits have arrived; return how many are still on their way."""
    missing = [edit for edit in edits if edit.took_s is None and edit.typed_at]
    for crm in stage.crms:
        for entity in _FIELDS:
            here = [edit for edit in missing if edit.other == crm and edit.entity == entity]
            if here:
                _look_at(stage, crm, entity, here)
    return sum(1 for edit in missing if edit.took_s is None)


def play(stage: Stage, *, timeout_s: float = 60.0, avoid: set[tuple[Entity, str]]) -> None:
    """Type edits one after the other on both sides and measure each."""
    per_crm = [choose(stage, crm=crm, count=_EDITS, avoid=avoid) for crm in stage.crms]
    edits = [edit for pair in zip(*per_crm, strict=False) for edit in pair]
    with stage.screen.bar("live edits, arrived", total=len(edits)) as bar:
        next_at = time.monotonic()
        give_up_at = next_at + timeout_s
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
    for crm in stage.crms:
        other = next(each for each in stage.crms if each != crm)
        took = [edit.took_s * 1000 for edit in edits if edit.crm == crm and edit.took_s is not None]
        name = f"{stage.sides[crm].label} → {stage.sides[other].label}"
        stage.report.latencies = {**stage.report.latencies, name: percentiles(took)}
    missed = [edit for edit in edits if edit.took_s is None]
    for edit in missed:
        stage.screen.say(f"{edit.entity} {edit.key}: {edit.name} = {edit.value!r} never reached {edit.other}")
    stage.report.claim(
        "live edits that arrived",
        f"{len(edits) - len(missed)} of {len(edits)}",
        "all",
        holds=bool(edits) and not missed,
    )


def _look_at(stage: Stage, crm: str, entity: Entity, edits: list[Edit]) -> None:
    ids = {stage.external_ids[(crm, entity, edit.key)]: edit for edit in edits}
    rows = stage.sides[crm].look(entity, list(ids))
    now = time.monotonic()
    for external_id, edit in ids.items():
        row = rows.get(external_id)
        typed = canonical(edit.name, {edit.name: edit.value})
        if row is not None and canonical(edit.name, row.fields) == typed:
            edit.took_s = now - edit.typed_at


def editable(stage: Stage, entity: Entity, key: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return those fields that may be edited without losing the thing's own mark."""
    typed = stage.world.typed(entity)[key]
    marked = {
        mark.field for mark in stage.world.marks[entity] for draft in typed.values() if mark.key_of(draft.fields) == key
    }
    return tuple(name for name in names if name not in marked) or ("city",)


def new_value(stage: Stage, name: str, key: str) -> str:
    """Return something that somebody may type into a field."""
    if name == "name":
        return f"Renamed {key}"
    return _NEW[name].format(stage.dice.between(1, 999))

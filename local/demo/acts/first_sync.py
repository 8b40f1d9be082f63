"""First act: everything that was typed before finds its way into the other CRM."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from local.demo.canonical import canonical
from local.demo.meter import economy
from local.demo.model import ENTITIES, Draft, Entity
from local.demo.seen import Seen, Snapshot
from local.demo.stage import LOOK_EVERY_S, Stage
from local.errors import LocalError

_TIMEOUT_S = 420.0
_MOST_CALLS = 1.05
_READS_PER_WRITE = 2


def expected_creates(stage: Stage) -> dict[tuple[str, Entity], int]:
    """Return how many things each CRM lacks, and so has to be given."""
    return {
        (crm, entity): len(_taken(stage, crm, entity) - set(stage.world.of(crm, entity)))
        for crm in stage.crms
        for entity in ENTITIES
    }


def _taken(stage: Stage, crm: str, entity: Entity) -> set[str]:
    """Return the keys of those things that a CRM takes: some want to know what they belong to."""
    needs = stage.sides[crm].needs.get(entity, frozenset[str]())
    typed = stage.world.typed(entity)
    return {
        key for key, drafts in typed.items() if "company" not in needs or any(each.company for each in drafts.values())
    }


def play(stage: Stage, *, strikes: Sequence[Callable[[], None]] = ()) -> None:
    """Watch the first sync to its end.

    Args:
        stage: CRMs that have just been connected.
        strikes: done one after the other while it goes on, the first when a quarter is written.

    Raises:
        LocalError: it does not end.
    """
    wanted = sum(expected_creates(stage).values())
    timeout_s = stage.patience_s(_TIMEOUT_S)
    began_at = time.monotonic()
    with stage.screen.bar("first sync, records written", total=wanted) as bar:
        for number, strike in enumerate([*strikes, lambda: None], start=1):
            while stage.progress() < max(1, wanted * number // (len(strikes) + 3)):
                time.sleep(LOOK_EVERY_S)
                stage.poll()
                bar.move(stage.progress(), note=_note(stage))
                if time.monotonic() - began_at > timeout_s:
                    message = f"after {timeout_s:.0f} s only {stage.progress()} of {wanted} records are written"
                    raise LocalError(message)
            strike()
        stage.settle(bar, timeout_s=timeout_s, what="the first sync", show=lambda: min(wanted, stage.progress()))
        bar.move(min(wanted, stage.progress()))


def count_calls(stage: Stage, *, seconds: float) -> None:
    """Write down what the first sync asked of each CRM, next to the fewest calls that could have done it."""
    snapshots = stage.locate()
    creates = expected_creates(stage)
    for crm, side in stage.sides.items():
        meter = stage.meters[crm]
        updates = _updates(stage, crm, snapshots[crm])
        for entity in ENTITIES:
            batch = side.batches.get(entity, side.batch)
            made = economy(meter, crm=crm, entity=entity, due=creates[(crm, entity)], batch=batch)
            more = economy(meter, crm=crm, entity=entity, due=updates[entity], batch=batch)
            if stage.world.keys(entity):
                stage.report.economies.append(made.with_more(due=more.due, floor=more.floor))
    records = stage.world.total
    stage.report.calls = {
        crm: {
            "calls": sum(tally.calls for tally in meter.tallies.values()),
            "per_record": round(sum(tally.calls for tally in meter.tallies.values()) / max(1, records), 4),
            "by_purpose": meter.as_json(),
            "endpoints": dict(meter.endpoints.most_common()),
            "refusals": dict(meter.refusals),
            "not_seen": meter.missed,
        }
        for crm, meter in stage.meters.items()
    }
    stage.report.counts = {
        "things": {entity: len(stage.world.keys(entity)) for entity in ENTITIES} | {"all": records},
        "typed": {crm: _per_entity(stage.world.drafts.get(crm, ())) for crm in stage.crms},
        "held": {crm: {entity: len(shot.records[entity]) for entity in ENTITIES} for crm, shot in snapshots.items()},
        "records_per_second": round(records / seconds, 1) if seconds else None,
    }


def claim_economy(stage: Stage) -> None:
    """Add the limits on the first sync's calls, where all of the data came from one CRM and the other was empty."""
    if not stage.world.source:
        return
    for each in stage.report.economies:
        name = f"write calls to {stage.sides[each.crm].label} for {each.entity}: {each.calls} for {each.due:,} records"
        stage.report.claim(
            name, f"{each.ratio:.3f} of the fewest", f"at most {_MOST_CALLS}", holds=each.ratio <= _MOST_CALLS
        )
    writes = sum(_batches_written(stage, crm) for crm in stage.meters)
    reads = sum(meter.of("read", "find").calls for meter in stage.meters.values())
    stage.report.claim(
        "batch reads per batch write, listing aside",
        f"{reads} for {writes}",
        f"at most {_READS_PER_WRITE}",
        holds=reads <= _READS_PER_WRITE * writes,
    )


def _batches_written(stage: Stage, crm: str) -> int:
    """Count write calls; what a CRM wrote by itself, in a job of a few calls, as the batches that it stands for."""
    side = stage.sides[crm]
    return sum(
        max(tally.calls, math.ceil(tally.records / side.batches.get(cast("Entity", use.entity), side.batch)))
        for use, tally in stage.meters[crm].tallies.items()
        if use.kind == "write"
    )


def _per_entity(drafts: tuple[Draft, ...]) -> dict[str, int]:
    return dict(Counter(draft.entity for draft in drafts))


def _updates(stage: Stage, crm: str, snapshot: Snapshot) -> dict[Entity, int]:
    """Count the records of a CRM that hold something else now than was typed into them."""
    changed: dict[Entity, int] = dict.fromkeys(ENTITIES, 0)
    for entity in ENTITIES:
        rows = {stage.world.key_of(entity, row.fields): row for row in snapshot.records[entity]}
        for key, draft in stage.world.of(crm, entity).items():
            changed[entity] += key in rows and _differs(draft, rows[key], snapshot)
    return changed


def _differs(draft: Draft, row: Seen, snapshot: Snapshot) -> bool:
    skipped = snapshot.absent_fields.get(draft.entity, frozenset()) | snapshot.required.get(draft.entity, frozenset())
    names = (set(draft.fields) | set(row.fields)) - skipped - {"industry", "stage"}
    return any(canonical(name, draft.fields) != canonical(name, row.fields) for name in names) or _filled(draft, row)


def _filled(draft: Draft, row: Seen) -> bool:
    said: Mapping[str, str] = draft.fields
    return any(bool(row.fields.get(name)) != bool(said.get(name)) for name in ("industry", "last_name", "name"))


def _note(stage: Stage) -> str:
    parts = (f"{side.label} {stage.meters[crm].of('write').records:,}" for crm, side in stage.sides.items())
    return ", ".join(parts)

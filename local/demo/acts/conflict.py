"""Third act: two people type different things into one field at nearly the same moment."""

from __future__ import annotations

import time

from local.demo.canonical import canonical
from local.demo.model import Entity
from local.demo.show import Bar
from local.demo.stage import LOOK_EVERY_S, Stage

_TIMEOUT_S = 90.0


def play(stage: Stage, *, avoid: set[tuple[Entity, str]]) -> None:
    """Stage one conflict between two CRMs and show what the policy made of it everywhere.

    Raises:
        LocalError: the CRMs do not come to rest.
    """
    found = _where(stage, avoid)
    if found is None:
        stage.screen.say("no two of these CRMs tell at once of edits of one field: there is no conflict to stage")
        return
    entity, name, key = found
    avoid.add((entity, key))
    rivals = _rivals(stage, entity, name)
    ids = {crm: stage.external_ids[(crm, entity, key)] for crm in stage.holders(entity, name)}
    typed = {crm: f"Said by {stage.sides[crm].label}" for crm in rivals}
    for crm in rivals:
        stage.sides[crm].edit(entity, ids[crm], {name: typed[crm]})
    times = {crm: stage.sides[crm].edited_at_ms(entity, ids[crm]) for crm in rivals}
    stage.ledger.typed(entity, key, name, {canonical(name, {name: value}) for value in typed.values()})
    with stage.screen.bar("conflict, settled", total=1) as bar:
        seconds = _settled(stage, bar, entity, ids, name)
        bar.move(1)
    now = {crm: stage.sides[crm].look(entity, [ids[crm]])[ids[crm]].fields[name] for crm in ids}
    journal = _journal(stage, entity, ids, name)
    stage.report.conflict = {
        "entity": entity,
        "key": key,
        "field": name,
        "typed": typed,
        "crm_times_ms": times,
        "stands": now,
        "journal": journal,
        "seconds": round(seconds, 1),
    }
    _tell(stage, typed=typed, times=times, now=now, journal=journal)


def _where(stage: Stage, avoid: set[tuple[Entity, str]]) -> tuple[Entity, str, str] | None:
    """Return entity, field and key of a thing that two people can edit at once; ``None`` where there is none."""
    places: tuple[tuple[Entity, str], ...] = (("contact", "job_title"), ("company", "city"))
    for entity, name in places:
        if len(_rivals(stage, entity, name)) < 2:
            continue
        for key in stage.in_all(entity):
            if (entity, key) not in avoid and _is_free(stage, entity, key, name):
                return entity, name, key
    return None


def _rivals(stage: Stage, entity: Entity, name: str) -> tuple[str, ...]:
    """Return the first two CRMs that have a field and tell of its edits."""
    return tuple(crm for crm in stage.holders(entity, name) if stage.sides[crm].has_webhooks)[:2]


def _tell(
    stage: Stage,
    *,
    typed: dict[str, str],
    times: dict[str, int],
    now: dict[str, str],
    journal: dict[str, str],
) -> None:
    for crm, value in typed.items():
        stage.screen.say(f"{stage.sides[crm].label} typed {value!r} at {times[crm]} ms of its own clock")
    stage.screen.say(f"now stands: {now}")
    if journal:
        stage.screen.say(f"journal: {journal['value']!r} lost, by {journal['policy']}")
    agreed = len(set(now.values())) == 1
    # Salesforce keeps whole seconds: within one second either may be the later one, but only one may stand.
    newest = max(times, key=lambda crm: times[crm])
    apart_ms = max(times.values()) - min(times.values())
    right = agreed and (apart_ms < 1000 or now[newest] == typed[newest]) and set(now.values()) <= set(typed.values())
    everywhere = "both" if len(now) == 2 else f"all {len(now)}"
    figure = f"one value stands in {everywhere}" if agreed else now
    stage.report.claim("conflict on one field", figure, "one value", holds=right)
    stage.report.claim(
        "the losing value is in the journal", journal.get("value", "nothing"), "the other value", holds=bool(journal)
    )


def _settled(stage: Stage, bar: Bar, entity: Entity, ids: dict[str, str], name: str) -> float:
    """Wait until all CRMs say the same and nothing goes on any more; return the seconds it took."""
    began_at = time.monotonic()
    timeout_s = stage.patience_s(_TIMEOUT_S)
    while time.monotonic() - began_at < timeout_s:
        said = {stage.sides[crm].look(entity, [ids[crm]])[ids[crm]].fields[name] for crm in ids}
        if len(said) == 1:
            break
        bar.move(0, note=stage.busy())
        time.sleep(LOOK_EVERY_S)
    seconds = time.monotonic() - began_at
    stage.settle(bar, timeout_s=timeout_s, what="the conflict")
    return seconds


def _journal(stage: Stage, entity: Entity, ids: dict[str, str], name: str) -> dict[str, str]:
    """Return which value lost and by which policy, as the record's history tells people."""
    crm = next(iter(ids))
    path = f"/api/crm/integrations/{stage.integrations[crm]}/records/{entity}/{ids[crm]}"
    record_id = stage.api.call("GET", path)["record_id"]
    for line in stage.api.call("GET", f"/api/crm/records/{record_id}/history")["items"]:
        for field, value, _, _, policy in line["lost"]:
            if field == name:
                return {"value": value, "policy": policy}
    return {}


def _is_free(stage: Stage, entity: Entity, key: str, name: str) -> bool:
    """Tell whether a thing's own mark does not stand in the field."""
    marks = stage.world.marks[entity]
    typed = stage.world.typed(entity)[key].values()
    return not any(mark.field == name and mark.key_of(draft.fields) == key for mark in marks for draft in typed)

"""Two thousand edits while most of what could tell of them goes wrong; then one comparison has to make it good."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.demo.acts import live_edits, quiet
from local.demo.acts.live_edits import Edit
from local.demo.canonical import canonical
from local.demo.compare import compare
from local.demo.findings import Comparison
from local.demo.model import ENTITIES, Entity
from local.demo.stage import LOOK_EVERY_S, Stage
from local.schedules import schedules_at_work, switch_off_schedules

DROPPED, TWICE, DELAY_S = 0.3, 0.2, 6.0
"""Shares of the webhooks that are lost and that come twice; how long each may be held back, at random."""

CONTESTED = 0.05
"""Share of the edits that both CRMs' people make to one field, a different value each."""

TOUCHED_ONCE = 0.5
"""Share of the things edited a single time: nothing that happens later gives away what their lost webhook held."""

_FIELDS: Mapping[Entity, tuple[str, ...]] = {
    "company": ("name", "phone", "city", "street", "postal_code"),
    "contact": ("job_title", "phone", "mobile_phone", "city", "street", "postal_code"),
    "deal": ("amount", "description"),
}
_AT_ONCE = 20
_TYPED_PER_S = 50.0
_DELIVERED_WITHIN_S = 40.0
_SETTLED_WITHIN_S = 150.0
_SEED = 20261121


@dataclass(slots=True)
class _Plan:
    """Which edits are made, in their order.

    Attributes:
        homes: in which CRM a field of a thing is edited; both CRMs where it is contested.
    """

    stage: Stage
    edits: list[Edit] = field(default_factory=list[Edit])
    homes: dict[tuple[Entity, str, str], tuple[str, ...]] = field(
        default_factory=dict[tuple[Entity, str, str], tuple[str, ...]]
    )

    def make(self, count: int) -> list[Edit]:
        """Choose edits at random: some things are touched once, the others time and again, in both CRMs."""
        things: list[tuple[Entity, str]] = [(entity, key) for entity in ENTITIES for key in self.stage.in_all(entity)]
        quiet = self.stage.dice.some(things, min(round(len(things) * TOUCHED_ONCE), count // 2))
        busy = sorted(set(things) - set(quiet))
        while len(self.edits) < count:
            is_quiet_turn = quiet and self.stage.dice.chance(len(quiet) / (count - len(self.edits)))
            entity, key = quiet.pop() if is_quiet_turn else self.stage.dice.pick(busy)
            name = self.stage.dice.pick(live_edits.editable(self.stage, entity, key, _FIELDS[entity]))
            homes = self._homes(entity, key, name)
            for crm in homes[:1] if is_quiet_turn else homes[: count - len(self.edits)]:
                self._add(crm, entity, key, name)
        return self.edits

    def _homes(self, entity: Entity, key: str, name: str) -> tuple[str, ...]:
        place = (entity, key, name)
        if place not in self.homes:
            contested = self.stage.dice.chance(CONTESTED)
            self.homes[place] = self.stage.crms if contested else (self.stage.dice.pick(self.stage.crms),)
        return self.homes[place]

    def _add(self, crm: str, entity: Entity, key: str, name: str) -> None:
        others = tuple(each for each in self.stage.crms if each != crm)
        value = live_edits.new_value(self.stage, name, key)
        self.edits.append(Edit(crm=crm, others=others, entity=entity, key=key, name=name, value=value))

    def contested(self) -> int:
        """Count the fields that are edited in both CRMs."""
        return sum(len(homes) > 1 for homes in self.homes.values())


def play(stage: Stage, *, count: int) -> None:
    """Let people edit in a storm of webhooks, then compare once and see whether that made everything good.

    Args:
        count: edits in all, half of them in each CRM.

    Raises:
        LocalError: something does not come to an end.
    """
    stopped = switch_off_schedules(stage.cloud)
    stage.screen.say(f"schedules switched off: {', '.join(stopped)}")
    before = {crm: {run["run_id"] for run in stage.runs(crm)} for crm in stage.crms}
    rules = {"drop": DROPPED, "duplicate": TWICE, "shuffle": True, "delay_s": DELAY_S, "seed": _SEED}
    published = {crm: side.control.disturb_webhooks(rules) for crm, side in stage.sides.items()}
    plan = _Plan(stage)
    _type_all(stage, plan.make(count))
    webhooks = {crm: _delivered(stage, crm, published[crm]) for crm in stage.crms}
    with stage.screen.bar("the storm settles", total=0) as bar:
        stage.settle(bar, timeout_s=_SETTLED_WITHIN_S, what="what webhooks told")
    # a CRM that asks to be left alone for a moment is read afterwards, whatever the schedules say
    runs = sum(len({run["run_id"] for run in stage.runs(crm)} - before[crm]) for crm in stage.crms)
    left = compare(stage.world, stage.snapshots(), stage.ledger)
    written = _compare_once(stage)
    after = compare(stage.world, stage.snapshots(), stage.ledger)
    stage.report.storm = {
        "edits": {crm: sum(edit.crm == crm for edit in plan.edits) for crm in stage.crms},
        "fields": len(plan.homes),
        "contested_fields": plan.contested(),
        "webhooks": webhooks,
        "schedules_at_work": schedules_at_work(stage.cloud),
        "reads_after_refusals": runs,
        "before_the_comparison": _figures(left),
        "records_written_by_the_comparison": written,
        "after_the_comparison": _figures(after),
    }
    _claim(stage, count, webhooks, left=left, after=after)


def _type_all(stage: Stage, edits: list[Edit]) -> None:
    """Type edits a handful at a time, as fast as two offices full of people, and note what may stand."""
    typed: defaultdict[tuple[Entity, str, str], dict[str, str]] = defaultdict(dict)
    with stage.screen.bar("edits typed", total=len(edits)) as bar:
        began_at = time.monotonic()
        for start in range(0, len(edits), _AT_ONCE):
            chunk = edits[start : start + _AT_ONCE]
            for crm, side in stage.sides.items():
                mine = [edit for edit in chunk if edit.crm == crm]
                side.edit_all([(e.entity, stage.external_ids[(crm, e.entity, e.key)], {e.name: e.value}) for e in mine])
            for edit in chunk:
                last = typed[(edit.entity, edit.key, edit.name)]
                last[edit.crm] = canonical(edit.name, {edit.name: edit.value})
                stage.ledger.typed(edit.entity, edit.key, edit.name, last.values())
            bar.move(start + len(chunk))
            stage.poll()
            time.sleep(max(0.0, began_at + (start + len(chunk)) / _TYPED_PER_S - time.monotonic()))


def _delivered(stage: Stage, crm: str, before: Mapping[str, int]) -> dict[str, int]:
    """Wait until a CRM has delivered what it means to deliver, and return what became of its webhooks.

    Calls that a busy machine answered too late are tried again by the vendor's own schedule, minutes later: they are
    not waited for, and count as ``late``.
    """
    control = stage.sides[crm].control
    give_up_at = time.monotonic() + _DELIVERED_WITHIN_S
    counts = control.webhook_counts()
    while (counts["pending"] or counts["in_flight_calls"]) and time.monotonic() < give_up_at:
        time.sleep(LOOK_EVERY_S)
        stage.poll()
        counts = control.webhook_counts()
    became = {name: counts[name] - before[name] for name in ("published", "dropped", "duplicated")}
    return {**became, "late": counts["pending"]}


def _compare_once(stage: Stage) -> int:
    """Compare both CRMs with the hub once; return how many records that wrote."""
    written = stage.progress()
    with stage.screen.bar("one comparison", total=len(stage.crms)) as bar:
        quiet.compare_all(stage, bar, done=0)
    return stage.progress() - written


def _figures(found: Comparison) -> dict[str, Any]:
    return {"lost": found.lost, "duplicated": found.duplicated, "different": found.different}


def _claim(
    stage: Stage,
    count: int,
    webhooks: Mapping[str, Mapping[str, int]],
    *,
    left: Comparison,
    after: Comparison,
) -> None:
    claim = stage.report.claim
    for crm, side in stage.sides.items():
        counts = webhooks[crm]
        lost = counts["dropped"] / max(1, counts["published"])
        twice = counts["duplicated"] / max(1, counts["published"] - counts["dropped"])
        claim(
            f"webhooks of {side.label} lost and doubled in the storm",
            f"{lost:.0%} and {twice:.0%} of {counts['published']:,}",
            f"about {DROPPED:.0%} and {TWICE:.0%}",
            holds=abs(lost - DROPPED) < 0.1 and abs(twice - TWICE) < 0.1,
        )
    claim("edits in the storm", f"{count:,}", "as asked", holds=count > 0)
    on = schedules_at_work(stage.cloud)
    claim("schedules that may fire", len(on), "0", holds=not on)
    stale = left.lost + left.different
    claim("fields that only the comparison could mend", stale, "at least 1", holds=stale > 0)
    bad = after.lost + after.duplicated + after.different
    claim("lost, duplicated or different after one comparison", bad, "0", holds=not bad)

"""What rules did: a dry run on the past, success rates, suggestions, wins and losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.sales.automation.engine import Event, Execution, plan
from crmbridge.domain.sales.automation.loops import History
from crmbridge.domain.sales.automation.rules import Rule
from crmbridge.domain.sales.facts import Facts, is_known

Result: TypeAlias = Literal["success", "failed", "stopped"]

FAILING_PERCENT = 20
NEEDED = 5
"""Executions from which on a share says anything."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One action that was carried out, or an execution that was stopped."""

    rule_id: str
    entity_id: str
    at: datetime
    result: Result
    because: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What rules would have done in the past; nothing was done.

    Attributes:
        executions: in the order of the events.
        actions: by rule, how many actions.
        idle: rules that would have done nothing.
    """

    executions: tuple[Execution, ...]
    actions: Mapping[str, int]
    idle: tuple[str, ...]


def dry_run(rules: Sequence[Rule], events: Iterable[Event], *, zone_name: str) -> DryRun:
    """Return what rules would have done about events of the past, each rule as often as it may run.

    Args:
        rules: to be tried.
        events: in any order.
        zone_name: of the workspace.
    """
    executions: list[Execution] = []
    history = History()
    for event in sorted(events, key=lambda each: each.at):
        planned = plan(rules, event, zone_name=zone_name, history=history)
        executions += planned
        history = _after(history, planned)
    counts = Counter({each.rule_id: 0 for each in rules})
    for execution in executions:
        counts[execution.rule_id] += len(execution.actions)
    return DryRun(tuple(executions), dict(counts), tuple(sorted(rule for rule, count in counts.items() if not count)))


def _after(history: History, planned: Sequence[Execution]) -> History:
    lately = dict(history.lately)
    for each in planned:
        key = each.rule_id, each.entity_id
        lately[key] = (*lately.get(key, ()), each.at)[-20:]
    return replace(history, done=history.done | {each.key for each in planned}, lately=lately)


def success_percent(recorded: Sequence[Recorded]) -> int | None:
    """Return the share of actions that succeeded, such as those of one change of stage; ``None`` without any."""
    tried = [each for each in recorded if each.result != "stopped"]
    return 100 * sum(each.result == "success" for each in tried) // len(tried) if tried else None


def suggestions(rules: Sequence[Rule], recorded: Sequence[Recorded]) -> tuple[str, ...]:
    """Return what a workspace might look at: rules that never run, fail often or are stopped, as sentences."""
    found: list[str] = []
    for rule in (each for each in rules if each.is_enabled):
        mine = [each for each in recorded if each.rule_id == rule.rule_id]
        success = success_percent(mine)
        if not mine:
            found.append(f"{rule.name} has never run: are its conditions too narrow?")
        elif success is not None and len(mine) >= NEEDED and 100 - success > FAILING_PERCENT:
            last = next((each.because for each in reversed(mine) if each.result == "failed"), "")
            found.append(f"{rule.name} fails in {100 - success} of 100 actions, lately: {last}")
        if any(each.result == "stopped" for each in mine):
            found.append(f"{rule.name} was stopped by the brake on loops")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Deals won and lost that share a value."""

    won: int = 0
    lost: int = 0


def outcomes_by(deals: Iterable[Facts], name: str) -> Mapping[str, Outcomes]:
    """Return wins and losses by a fact: the reason, the stage it was lost from, source, representative, competitor.

    Args:
        deals: facts of deals, ``outcome`` among them; open ones are left out.
        name: of the fact; deals without it are counted under ``unknown``.
    """
    counts: dict[str, Counter[str]] = {}
    for deal in deals:
        if (outcome := deal.get("outcome")) in {"won", "lost"}:
            value = deal.get(name)
            counts.setdefault(str(value) if is_known(value) else "unknown", Counter())[str(outcome)] += 1
    return {value: Outcomes(found["won"], found["lost"]) for value, found in sorted(counts.items())}

"""What stops rules that set each other off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.domain.sales.automation.rules import Rule

MOST_DEEP = 5
"""Rules that may lead to one another."""

MOST_AN_HOUR = 10
"""Executions of one rule for one lead or deal; also stops loops through a CRM, where nobody hands the chain on."""


@dataclass(frozen=True, slots=True)
class History:
    """What ran before.

    Attributes:
        done: keys of executions, of those that a new one may repeat.
        lately: by rule and entity, when it ran within the last hour at least.
    """

    done: frozenset[str] = frozenset()
    lately: Mapping[tuple[str, str], tuple[datetime, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[datetime, ...]]
    )


NO_HISTORY = History()


def stopped_by(rule_id: str, entity_id: str, chain: Sequence[str], history: History, *, now: datetime) -> str:
    """Return why a rule must not run now, or an empty string.

    Args:
        rule_id: of the rule.
        entity_id: of the lead or deal.
        chain: rules that led to the event.
        history: what ran before.
        now: aware.
    """
    if rule_id in chain:
        return f"it led to this event itself: {' → '.join((*chain, rule_id))}"
    if len(chain) >= MOST_DEEP:
        return f"{MOST_DEEP} rules have led to one another already: {' → '.join(chain)}"
    lately = [at for at in history.lately.get((rule_id, entity_id), ()) if now - at < timedelta(hours=1)]
    return f"it has run {len(lately)} times for this within an hour" if len(lately) >= MOST_AN_HOUR else ""


def circles(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return a sentence for each shortest way in which rules could move a deal in a circle, for their author.

    Conditions may well prevent it, so the rules are accepted; if not, the brake holds when they run.
    """
    movers = [rule for rule in rules if rule.is_enabled and rule.trigger.type == "stage_change" and _moves(rule)]
    leads_to = {rule.rule_id: tuple(each.rule_id for each in movers if _sets_off(rule, each)) for rule in movers}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in leads_to:
        if path := _way_back(start, leads_to):
            found.setdefault(frozenset(path), path)
    return tuple(f"{' → '.join((*path, path[0]))} move a deal in a circle" for path in found.values())


def _moves(rule: Rule) -> frozenset[str]:
    return frozenset(str(action.params["stage"]) for action in rule.actions if action.kind == "move_stage")


def _sets_off(rule: Rule, other: Rule) -> bool:
    return not other.trigger.to or bool(_moves(rule) & set(other.trigger.to))


def _way_back(start: str, leads_to: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the rules from one back to itself, as few as possible; empty where no way leads back."""
    paths: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for path in paths:
        for each in leads_to[path[-1]]:
            if each == start:
                return path
            if each not in seen:
                seen.add(each)
                paths.append((*path, each))
    return ()

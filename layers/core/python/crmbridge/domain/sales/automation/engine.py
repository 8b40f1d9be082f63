"""What rules do about an event: planned here, done elsewhere, each action once by its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crmbridge.domain.sales.automation.actions import Action, Due, Value
from crmbridge.domain.sales.automation.loops import NO_HISTORY, History, stopped_by
from crmbridge.domain.sales.automation.rules import Rule, TriggerType
from crmbridge.domain.sales.conditions import all_hold
from crmbridge.domain.sales.facts import Fact, Facts, is_known, number
from crmbridge.domain.sales.hours import moment
from crmbridge.domain.sales.zones import zone

BRACES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to one lead or deal.

    Attributes:
        type: of trigger.
        facts: afterwards; for a change of stage ``stage`` and ``from_stage``, for an activity ``activity_type``.
        before: facts before it, as far as they changed.
        schedule: for ``time_based``: which one this is.
        chain: rules that led to it, oldest first; empty for what people and CRMs do.
    """

    event_id: str
    type: TriggerType
    entity_id: str
    at: datetime
    facts: Facts
    before: Facts = field(default_factory=dict[str, Fact])
    schedule: str = ""
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One action to do.

    Attributes:
        key: the same whenever the same event is worked off again; an action whose key was done is not done again.
        params: with the facts filled in.
        due_at: UTC, ``None`` where it has no due time.
        chain: to be handed on to whatever this action causes.
    """

    key: str
    kind: str
    params: Mapping[str, Value]
    due_at: datetime | None
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What one rule does about one event; recorded with its result.

    Attributes:
        key: of this execution.
        stopped: why it does nothing after all, or empty.
    """

    key: str
    rule_id: str
    entity_id: str
    at: datetime
    actions: tuple[Planned, ...] = ()
    stopped: str = ""


def plan(
    rules: Sequence[Rule], event: Event, *, zone_name: str, history: History = NO_HISTORY
) -> tuple[Execution, ...]:
    """Return what the rules do about an event, in their order.

    Args:
        rules: the workspace's.
        event: that happened.
        zone_name: of the workspace, for ``today`` and for moments in texts.
        history: what ran before, for what runs once and for the brake on loops.
    """
    return tuple(_execution(rule, event, zone_name, history) for rule in rules if matches(rule, event, history))


def matches(rule: Rule, event: Event, history: History = NO_HISTORY) -> bool:
    """Tell whether a rule is about an event and its conditions are met, and it has not run for it already."""
    if not rule.is_enabled or rule.trigger.type != event.type or not all_hold(rule.conditions, event.facts):
        return False
    return _FITS[event.type](rule, event) and execution_key(rule, event) not in history.done


def execution_key(rule: Rule, event: Event) -> str:
    """Return by what a second run is known: the event, or the time that a deal is in its stage."""
    if rule.once == "stage":
        return f"{rule.rule_id}:{event.entity_id}:{event.facts.get('stage')}:{event.facts.get('stage_entered_at')}"
    return f"{rule.rule_id}:{event.event_id}"


def _execution(rule: Rule, event: Event, zone_name: str, history: History) -> Execution:
    key = execution_key(rule, event)
    stopped = stopped_by(rule.rule_id, event.entity_id, event.chain, history, now=event.at)
    actions = () if stopped else tuple(_planned(rule, key, event, zone_name))
    return Execution(
        key=key, rule_id=rule.rule_id, entity_id=event.entity_id, at=event.at, actions=actions, stopped=stopped
    )


def _planned(rule: Rule, key: str, event: Event, zone_name: str) -> Iterator[Planned]:
    for place, action in enumerate(rule.actions):
        due_at = due_of(action.due, event, zone_name)
        if action.due is not None and due_at is None:
            continue  # it counts from a moment that nobody knows
        yield Planned(
            key=f"{key}:{place}",
            kind=action.kind,
            params=_filled(action, event.facts, zone_name),
            due_at=due_at,
            chain=(*event.chain, rule.rule_id),
        )


def due_of(due: Due | None, event: Event, zone_name: str) -> datetime | None:
    """Return when something is due, ``None`` without a due time or where the moment it counts from is unknown."""
    if due is None:
        return None
    if due.today:
        return moment(zone_name, event.at.astimezone(zone(zone_name)).date(), 24 * 60 - 1)
    if due.before:
        start = moment_of(event.facts.get(due.before))
        return None if start is None else start - timedelta(minutes=due.in_min)
    return event.at.astimezone(UTC) + timedelta(minutes=due.in_min)


def moment_of(value: Fact) -> datetime | None:
    """Return a fact as a moment, ``None`` where it is none or has no offset.

    Example:
        >>> str(moment_of("2027-03-05T15:00:00-03:00"))
        '2027-03-05 18:00:00+00:00'
    """
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found.astimezone(UTC) if isinstance(found, datetime) and found.tzinfo is not None else None


def _filled(action: Action, facts: Facts, zone_name: str) -> dict[str, Value]:
    def fill(text: str) -> str:
        return BRACES.sub(lambda found: _shown(facts.get(found[1]), zone_name), text)

    return {name: fill(value) if isinstance(value, str) else value for name, value in action.params.items()}


def _shown(value: Fact, zone_name: str) -> str:
    if not is_known(value):
        return "?"
    at = moment_of(value) if isinstance(value, str | datetime) else None
    return f"{at.astimezone(zone(zone_name)):%d/%m/%Y %H:%M}" if at else str(value)


def _stage_changed(rule: Rule, event: Event) -> bool:
    to, left = event.facts.get("stage"), event.facts.get("from_stage")
    wanted = rule.trigger
    return to != left and (not wanted.to or to in wanted.to) and (not wanted.left or left in wanted.left)


def _activity_completed(rule: Rule, event: Event) -> bool:
    wanted = rule.trigger.activity_types
    return not wanted or event.facts.get("activity_type") in wanted


def _crossed(name: str) -> Callable[[Rule, Event], bool]:
    def fits(rule: Rule, event: Event) -> bool:
        before, after = number(event.before.get(name)), number(event.facts.get(name))
        if after is None or name not in event.before or before == after:
            return False
        return rule.trigger.crosses is None or (before or Decimal(0)) < rule.trigger.crosses <= after

    return fits


def _became_true(rule: Rule, event: Event) -> bool:
    """Tell whether the criteria were not met before: facts that did not change count as they are."""
    return not all_hold(rule.conditions, {**event.facts, **event.before})


_FITS: Mapping[TriggerType, Callable[[Rule, Event], bool]] = {
    "stage_change": _stage_changed,
    "activity_completed": _activity_completed,
    "engagement_threshold": _crossed("engagement"),
    "score_change": _crossed("score"),
    "time_based": lambda rule, event: rule.trigger.schedule == event.schedule,
    "criteria_met": _became_true,
}

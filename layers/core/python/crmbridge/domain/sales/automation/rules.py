"""Rules as a workspace writes them: a trigger, conditions, actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from crmbridge.domain.sales.automation.actions import Action, read_action
from crmbridge.domain.sales.automation.pipelines import Pipeline
from crmbridge.domain.sales.conditions import Condition, read_condition
from crmbridge.domain.sales.forms import Form, read

TriggerType: TypeAlias = Literal[
    "stage_change", "activity_completed", "engagement_threshold", "time_based", "score_change", "criteria_met"
]
TRIGGERS: tuple[TriggerType, ...] = (
    "stage_change",
    "activity_completed",
    "engagement_threshold",
    "time_based",
    "score_change",
    "criteria_met",
)
MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a rule look.

    Attributes:
        to: stages entered; none for any.
        left: stages left; none for any.
        activity_types: kinds of completed activities; none for any.
        crosses: number that the engagement or score has to reach from below; ``None`` for any change.
        schedule: ``hourly`` or ``daily``.
    """

    type: TriggerType
    to: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    activity_types: tuple[str, ...] = ()
    crosses: int | None = None
    schedule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        once: ``event`` runs for each event; ``stage`` once for each time a deal is in a stage.
    """

    rule_id: str
    name: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    is_enabled: bool = True
    once: Literal["event", "stage"] = "event"


@dataclass(frozen=True, slots=True)
class Known:
    """Names that rules may use."""

    stages: frozenset[str]
    sequences: frozenset[str] = field(default_factory=frozenset[str])


def known(pipeline: Pipeline, sequences: Sequence[str] | Mapping[str, object]) -> Known:
    """Return the names that a workspace's rules may use."""
    return Known(frozenset(each.key for each in pipeline.stages), frozenset({*sequences, "meeting_confirmation"}))


def rules_from(data: object, names: Known) -> tuple[Rule, ...]:
    """Return a workspace's rules: ``{"rules": [{"id", "name", "when", "if", "then", "enabled", "once"}]}``.

    Args:
        data: as it came.
        names: of stages and sequences that there are.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, lambda form: _read_rules(form, names))


def _read_rules(form: Form, names: Known) -> tuple[Rule, ...]:
    rules = form.many("rules", lambda each: _read_rule(each, names), most=MOST_RULES)
    ids = [each.rule_id for each in rules]
    for twice in sorted({each for each in ids if ids.count(each) > 1}):
        form.wrong("rules", f"must not have two rules with the id {twice!r}")
    return rules


def _read_rule(form: Form, names: Known) -> Rule:
    trigger = form.one("when", lambda each: _read_trigger(each, names))
    conditions = form.many("if", read_condition, most=20)
    if trigger.type == "criteria_met" and not conditions:
        form.wrong("if", "must hold the criteria that are to be met")
    actions = form.many("then", read_action, most=20)
    if not actions:
        form.wrong("then", "must hold at least one action")
    for place, action in enumerate(actions):
        _check_names(form, f"then[{place}]", action, names)
    return Rule(
        rule_id=form.text("id", most=60),
        name=form.text("name", most=120),
        trigger=trigger,
        conditions=conditions,
        actions=actions,
        is_enabled=form.flag("enabled", default=True),
        once=cast("Literal['event', 'stage']", form.choice("once", ("event", "stage"), default="event")),
    )


def _check_names(form: Form, place: str, action: Action, names: Known) -> None:
    for field_name, there in (("stage", names.stages), ("sequence", names.sequences)):
        given = action.params.get(field_name)
        if given is not None and given not in there:
            form.wrong(f"{place}.{field_name}", f"must be one of {', '.join(sorted(there))}, not {given!r}")


def _read_trigger(form: Form, names: Known) -> Trigger:
    kind = cast("TriggerType", form.choice("type", TRIGGERS))
    if kind == "stage_change":
        return Trigger(kind, to=_stages(form, "to", names), left=_stages(form, "from", names))
    if kind == "activity_completed":
        return Trigger(kind, activity_types=form.texts("activity_types"))
    if kind == "time_based":
        return Trigger(kind, schedule=form.choice("schedule", ("hourly", "daily")))
    if kind == "engagement_threshold" or (kind == "score_change" and form.has("crosses")):
        return Trigger(kind, crosses=form.whole("crosses", low=1, high=100))
    return Trigger(kind)


def _stages(form: Form, name: str, names: Known) -> tuple[str, ...]:
    stages = form.texts(name)
    for place, stage in enumerate(stages):
        if stage not in names.stages:
            form.wrong(f"{name}[{place}]", f"must be one of {', '.join(sorted(names.stages))}, not {stage!r}")
    return stages

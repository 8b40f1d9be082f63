"""Rules that follow from a pipeline: moving on by itself, standing still, engagement."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.domain.sales.automation.actions import Action, Due
from crmbridge.domain.sales.automation.pipelines import Pipeline, Stage
from crmbridge.domain.sales.automation.rules import Rule, Trigger
from crmbridge.domain.sales.conditions import Condition
from crmbridge.domain.sales.scoring.deal_scores import ENGAGEMENT_STEP, ENGAGING

STAGNATION = "Deal Stagnation Alert"
REASON = "auto_progression_criteria_met"


def pipeline_rules(pipeline: Pipeline) -> tuple[Rule, ...]:
    """Return the rules of every open stage: progression where it has criteria, stagnation where it has a limit."""
    return tuple(rule for stage in pipeline.stages if stage.kind == "open" for rule in _of_stage(pipeline, stage))


def _of_stage(pipeline: Pipeline, stage: Stage) -> Iterator[Rule]:
    following = pipeline.following(stage.key)
    if stage.criteria and following is not None:
        yield _progression(stage, following)
    if stage.max_days:
        yield _stagnation(stage)
    yield _engagement(stage)


def _progression(stage: Stage, following: Stage) -> Rule:
    met = ", ".join(map(str, stage.criteria))
    return Rule(
        rule_id=f"auto_progress_{stage.key}",
        name=f"Auto Progress from {stage.name}",
        trigger=Trigger("criteria_met"),
        conditions=(_in(stage), *stage.criteria),
        actions=(
            Action("move_stage", {"stage": following.key}),
            Action("notify", {"text": f"{stage.name} → {following.name}: {met}", "to": "owner"}),
            Action("update_score", {"score": "deal"}),
            Action("add_note", {"text": f"{REASON}: {stage.name} → {following.name} ({met})"}),
        ),
        once="stage",
    )


def _stagnation(stage: Stage) -> Rule:
    words = f"{STAGNATION}\nDeal has been in {stage.name} for over {stage.max_days} days"
    return Rule(
        rule_id=f"stagnation_{stage.key}",
        name=f"Detect Stagnation in {stage.name}",
        trigger=Trigger("time_based", schedule="daily"),
        conditions=(_in(stage), Condition("days_in_stage", "greater_than", stage.max_days)),
        actions=(Action("create_task", {"text": words, "task_type": "call", "priority": "high"}, Due(today=True)),),
        once="stage",
    )


def _engagement(stage: Stage) -> Rule:
    return Rule(
        rule_id=f"engagement_{stage.key}",
        name=f"Track Engagement in {stage.name}",
        trigger=Trigger("activity_completed", activity_types=tuple(sorted(ENGAGING))),
        conditions=(_in(stage),),
        actions=(Action("update_score", {"engagement_by": ENGAGEMENT_STEP}),),
    )


def _in(stage: Stage) -> Condition:
    return Condition("stage", "equals", stage.key)

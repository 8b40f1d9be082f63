"""Whether a lead is qualified, how sure that is, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from crmbridge.domain.sales.conditions import Condition, all_hold, read_condition
from crmbridge.domain.sales.facts import Fact, Facts, is_known
from crmbridge.domain.sales.forms import Form, read
from crmbridge.domain.sales.scoring.scores import Score

Status: TypeAlias = Literal["qualified", "nurturing", "unqualified"]

BEHAVIOUR = ("email_engagement", "website_activity", "content_consumption", "social_engagement", "messages", "response")
"""Factors that tell what a lead does rather than who it is."""

SURE_AT = 15
"""Points between a score and the next threshold from which on the distance adds no more confidence."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is looked at beside the score.

    Attributes:
        is_required: without it nobody is qualified, whatever the score.
    """

    name: str
    conditions: tuple[Condition, ...]
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something to do, where everything named is true; ``status`` and ``score`` are facts here too."""

    action: str
    text: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class QualificationRules:
    """A workspace's thresholds, criteria and advice."""

    qualified_from: int
    nurturing_from: int
    criteria: tuple[Criterion, ...]
    recommendations: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """How a lead meets one criterion; ``is_known`` is false where a fact it needs is missing."""

    name: str
    is_met: bool
    is_known: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class Qualification:
    """The answer, as it is written to each CRM.

    Attributes:
        confidence: 0.00 to 1.00.
        behaviour: what the lead does, strongest first, as sentences.
        recommended: actions with their words, in the order of the rules.
    """

    status: Status
    score: Score
    confidence: Decimal
    criteria: tuple[CriterionResult, ...]
    behaviour: tuple[str, ...]
    recommended: tuple[tuple[str, str], ...]


def qualify(rules: QualificationRules, facts: Facts, score: Score) -> Qualification:
    """Return the qualification of a lead.

    Args:
        rules: the workspace's.
        facts: of the lead.
        score: that rules in this workspace, of the same facts.
    """
    criteria = tuple(_judged(each, facts) for each in rules.criteria)
    status = status_of(rules, score.value, criteria)
    told: dict[str, Fact] = {**facts, "status": status, "score": score.value}
    return Qualification(
        status=status,
        score=score,
        confidence=confidence(rules, score, criteria),
        criteria=criteria,
        behaviour=_behaviour(score),
        recommended=tuple(
            (each.action, each.text) for each in rules.recommendations if all_hold(each.conditions, told)
        ),
    )


def status_of(rules: QualificationRules, value: int, criteria: Sequence[CriterionResult]) -> Status:
    """Return the status of a score; a required criterion that is not met keeps a lead in nurturing."""
    if value >= rules.qualified_from and all(each.is_met for each in criteria if each.is_required):
        return "qualified"
    return "nurturing" if value >= rules.nurturing_from else "unqualified"


def confidence(rules: QualificationRules, score: Score, criteria: Sequence[CriterionResult]) -> Decimal:
    """Return how sure a status is, 0.00 to 1.00.

    Six tenths are how much of the score's weight rests on known facts, two tenths how far the score is from the next
    threshold (from 15 points on: all of it), two tenths how many of the criteria could be judged.
    """
    distance = min(abs(score.value - edge) for edge in (rules.qualified_from, rules.nurturing_from))
    margin = Decimal(min(distance, SURE_AT)) / SURE_AT
    judged = Decimal(sum(each.is_known for each in criteria)) / len(criteria) if criteria else Decimal(1)
    sure = Decimal(score.known_percent()) / 100 * Decimal("0.6") + (margin + judged) * Decimal("0.2")
    return sure.quantize(Decimal("0.01"))


def _judged(criterion: Criterion, facts: Facts) -> CriterionResult:
    asked = [each for each in criterion.conditions if each.operator not in {"is_known", "is_unknown"}]
    return CriterionResult(
        name=criterion.name,
        is_met=all_hold(criterion.conditions, facts),
        is_known=all(is_known(facts.get(each.field)) for each in asked),
        is_required=criterion.is_required,
    )


def _behaviour(score: Score) -> tuple[str, ...]:
    shown = sorted((part for part in score.parts if part.name in BEHAVIOUR), key=lambda part: -part.points)
    return tuple(f"{part.name}: {part.graded:.0f} of 100, {part.because}" for part in shown)


def qualification_from(data: object) -> QualificationRules:
    """Return a workspace's rules.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_rules)


def _read_rules(form: Form) -> QualificationRules:
    qualified_from = form.whole("qualified_from", low=1, high=100, default=70)
    nurturing_from = form.whole("nurturing_from", low=0, high=100, default=40)
    if nurturing_from >= qualified_from:
        form.wrong("nurturing_from", f"must be below qualified_from, which is {qualified_from}")
    return QualificationRules(
        qualified_from,
        nurturing_from,
        form.many("criteria", _read_criterion),
        form.many("recommendations", _read_recommendation),
    )


def _read_criterion(form: Form) -> Criterion:
    conditions = form.many("when", read_condition, most=20)
    if not conditions:
        form.wrong("when", "must hold at least one condition")
    return Criterion(form.text("name", most=60), conditions, form.flag("required", default=False))


def _read_recommendation(form: Form) -> Recommendation:
    return Recommendation(
        form.text("action", most=60), form.text("text", most=300), form.many("when", read_condition, most=20)
    )

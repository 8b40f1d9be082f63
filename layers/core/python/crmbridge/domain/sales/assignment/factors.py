"""How well a representative suits a lead: five weighted factors, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative
from crmbridge.domain.sales.facts import plain
from crmbridge.domain.sales.hours import is_open, next_open
from crmbridge.domain.sales.scoring.grades import Graded
from crmbridge.domain.sales.scoring.scores import Part, Score, whole_parts

UNSURE = Decimal(50)
CLEAR_LEAD = 20
"""Points before the runner-up from which on a choice is as sure as it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNeeds:
    """What a lead asks of a representative.

    Attributes:
        needs: skills that would help: the solution, the industry, the language.
        region: where the lead is, such as ``BR-PE``; empty where unknown.
        score: of the lead; a hotter one leaves a backlog first.
    """

    lead_id: str
    needs: tuple[str, ...] = ()
    region: str = ""
    score: int = 0


def suits(rules: AssignmentRules, rep: Representative, lead: LeadNeeds, *, open_deals: int, now: datetime) -> Score:
    """Return how well somebody suits a lead, 0..100, with the five parts.

    Args:
        rules: the workspace's.
        rep: the person.
        lead: what it needs.
        open_deals: the person has.
        now: aware.
    """
    found = {
        "workload": _workload(rules, open_deals),
        "expertise": _expertise(rep, lead),
        "performance": _performance(rep),
        "geography": _geography(rep, lead),
        "availability": _availability(rules, rep, now),
    }
    exact = [each.points * rules.weights[name] / 100 for name, each in found.items()]
    parts = tuple(
        Part(
            name=name,
            points=points,
            exact=amount,
            graded=each.points,
            weight=rules.weights[name],
            is_known=each.is_known,
            because=each.because,
        )
        for (name, each), amount, points in zip(found.items(), exact, whole_parts(exact), strict=True)
    )
    return Score(sum(part.points for part in parts), parts, "assignment")


def confidence(best: Score, second: Score | None) -> Decimal:
    """Return how sure a choice is, 0.00 to 1.00.

    Seven tenths are the weight of the factors that rest on something known, three tenths the lead before the runner-up.
    """
    gap = CLEAR_LEAD if second is None else min(max(best.value - second.value, 0), CLEAR_LEAD)
    sure = Decimal(best.known_percent()) / 100 * Decimal("0.7") + Decimal(gap) / CLEAR_LEAD * Decimal("0.3")
    return sure.quantize(Decimal("0.01"))


def _workload(rules: AssignmentRules, open_deals: int) -> Graded:
    points = max(0, 100 - rules.workload_step * open_deals)
    return Graded(Decimal(points), is_known=True, because=f"{open_deals} open deals")


def _expertise(rep: Representative, lead: LeadNeeds) -> Graded:
    wanted = {plain(each) for each in lead.needs}
    if not wanted:
        return Graded(UNSURE, is_known=False, because="nothing known of what the lead needs")
    skills = {plain(each) for each in rep.skills}
    share = Decimal(100 * len(wanted & skills)) / len(wanted)
    return Graded(share, is_known=True, because=f"{len(wanted & skills)} of {len(wanted)} needs")


def _performance(rep: Representative) -> Graded:
    if rep.performance is None:
        return Graded(UNSURE, is_known=False, because="no results yet")
    return Graded(Decimal(rep.performance), is_known=True, because=f"{rep.performance} of 100")


def _geography(rep: Representative, lead: LeadNeeds) -> Graded:
    if not lead.region:
        return Graded(UNSURE, is_known=False, because="nothing known of where the lead is")
    country = lead.region.partition("-")[0]
    if {lead.region, country} & set(rep.regions):
        return Graded(Decimal(100), is_known=True, because=f"sells in {lead.region}")
    near = any(each.partition("-")[0] == country for each in rep.regions)
    return Graded(Decimal(50 if near else 0), is_known=True, because="same country" if near else "sells elsewhere")


def _availability(rules: AssignmentRules, rep: Representative, now: datetime) -> Graded:
    if rep.is_away(now):
        return Graded(Decimal(0), is_known=True, because="away")
    if is_open(rep.hours, now):
        return Graded(Decimal(100), is_known=True, because="at work")
    opens = next_open(rep.hours, now)
    is_soon = opens is not None and opens - now <= timedelta(minutes=rules.soon_min)
    return Graded(Decimal(50 if is_soon else 0), is_known=True, because="starts soon" if is_soon else "off duty")

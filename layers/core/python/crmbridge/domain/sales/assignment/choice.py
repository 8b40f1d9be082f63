"""Who gets a lead now, or why nobody does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from crmbridge.domain.sales.assignment.factors import LeadNeeds, confidence, suits
from crmbridge.domain.sales.assignment.ledger import Ledger, given
from crmbridge.domain.sales.assignment.shares import Turn, pick
from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative
from crmbridge.domain.sales.hours import is_open, next_open
from crmbridge.domain.sales.scoring.scores import Score


class _Wait(TypedDict):
    because: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was decided.

    Attributes:
        rep_id: who gets the lead; empty when it waits.
        scores: of everybody who could take it.
        confidence: 0.00 to 1.00.
        because: why this person, or why the lead waits.
        ledger: to be stored on the condition that it has not moved; unchanged when the lead waits.
        retry_at: for a lead that waits, when somebody starts to work next; ``None`` where only a free place helps.
        is_new: false for a lead that was given before.
    """

    rep_id: str
    ledger: Ledger
    scores: Mapping[str, Score]
    confidence: Decimal = Decimal(0)
    because: str = ""
    retry_at: datetime | None = None
    is_new: bool = True


def choose(
    rules: AssignmentRules, team: Sequence[Representative], ledger: Ledger, lead: LeadNeeds, *, now: datetime
) -> Choice:
    """Return who gets a lead.

    Nobody is given more than their capacity, nobody who is away or has left is given anything. In ``fair`` mode the
    highest score among those whose turn it may be wins, so that everybody stays within one lead of their share; in
    ``best`` mode the highest score of all does.

    Args:
        rules: the workspace's.
        team: everybody, whether they can take the lead or not.
        ledger: as it was read.
        lead: to be given.
        now: aware.
    """
    if before := ledger.owner(lead.lead_id):
        return Choice(rep_id=before, ledger=ledger, scores={}, because="given before", is_new=False)
    there = [rep for rep in team if _is_there(rules, rep, now)]
    able = [rep for rep in there if ledger.desk(rep.rep_id).open < rep.capacity]
    if not able:
        return Choice(rep_id="", ledger=ledger, scores={}, **_wait(rules, team, ledger, now))
    scores = {rep.rep_id: suits(rules, rep, lead, open_deals=ledger.desk(rep.rep_id).open, now=now) for rep in able}
    order = sorted(scores, key=lambda each: (-scores[each].value, ledger.desk(each).open, each))
    turns = {rep.rep_id: _turn(rep, ledger) for rep in there}
    if rules.mode == "fair":
        chosen, after = pick(turns, preferred=order)
        balances = {each: turn.balance for each, turn in after.items()}
    else:
        chosen, balances = order[0], {}
    second = next((scores[each] for each in order if each != chosen), None)
    return Choice(
        rep_id=chosen,
        ledger=given(ledger, lead.lead_id, chosen, balances=balances),
        scores=scores,
        confidence=confidence(scores[chosen], second),
        because=_because(chosen, order, scores),
    )


def _is_there(rules: AssignmentRules, rep: Representative, now: datetime) -> bool:
    if not rep.is_active or rep.weight <= 0 or rep.capacity <= 0 or rep.is_away(now):
        return False
    return not rules.waits_for_hours or is_open(rep.hours, now)


def _turn(rep: Representative, ledger: Ledger) -> Turn:
    desk = ledger.desk(rep.rep_id)
    return Turn(desk.balance, rep.weight, max(0, rep.capacity - desk.open))


def _because(chosen: str, order: Sequence[str], scores: Mapping[str, Score]) -> str:
    if chosen == order[0]:
        return f"suits best: {scores[chosen].words()}"
    return f"next in turn by share, {order[0]} would suit better ({scores[order[0]].value}): {scores[chosen].words()}"


def _wait(rules: AssignmentRules, team: Iterable[Representative], ledger: Ledger, now: datetime) -> _Wait:
    willing = [rep for rep in team if rep.is_active and rep.weight > 0]
    free = [rep for rep in willing if ledger.desk(rep.rep_id).open < rep.capacity]
    if not free:
        because = "everybody has as many leads as they may have" if willing else "nobody in the team takes leads"
        return {"because": because, "retry_at": None}
    starts = [found for rep in free if (found := _starts(rules, rep, now)) is not None]
    return {"because": "nobody with a free place is at work", "retry_at": min(starts, default=None)}


def _starts(rules: AssignmentRules, rep: Representative, now: datetime) -> datetime | None:
    """Return when somebody can be given leads again, through absences that follow each other."""
    at = now
    for _ in range(len(rep.absences) + 1):
        at = max((end for start, end in rep.absences if start <= at < end), default=at)
        opens = next_open(rep.hours, at) if rules.waits_for_hours else at
        if opens is None or not rep.is_away(opens):
            return opens
        at = opens
    return at

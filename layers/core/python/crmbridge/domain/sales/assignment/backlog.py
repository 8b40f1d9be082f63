"""Leads that waited are given out when people return; leads of people who left go to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.domain.sales.assignment.choice import Choice, choose
from crmbridge.domain.sales.assignment.factors import LeadNeeds
from crmbridge.domain.sales.assignment.ledger import Ledger, closed, kept
from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead that nobody could take."""

    lead: LeadNeeds
    since: datetime


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of a backlog.

    Attributes:
        choices: by lead, of those that were given.
        waiting: those that still wait, in the order in which they will be tried.
        ledger: to be stored on the condition that it has not moved.
    """

    choices: Mapping[str, Choice]
    waiting: tuple[Waiting, ...]
    ledger: Ledger


def drain(
    rules: AssignmentRules,
    team: Sequence[Representative],
    ledger: Ledger,
    waiting: Sequence[Waiting],
    *,
    now: datetime,
) -> Drained:
    """Return who gets the leads that wait: hotter ones first, then those that wait longest.

    Args:
        rules: the workspace's.
        team: everybody.
        ledger: as it was read.
        waiting: leads, in any order.
        now: aware.
    """
    queue = sorted(waiting, key=lambda each: (-each.lead.score, each.since, each.lead.lead_id))
    choices: dict[str, Choice] = {}
    for place, each in enumerate(queue):
        choice = choose(rules, team, ledger, each.lead, now=now)
        if not choice.rep_id:
            return Drained(choices, tuple(queue[place:]), ledger)
        choices[each.lead.lead_id], ledger = choice, choice.ledger
    return Drained(choices, (), ledger)


def orphans(team: Sequence[Representative], owners: Mapping[str, str]) -> tuple[str, ...]:
    """Return the leads whose owner has left the team or was deactivated, ascending.

    Args:
        team: everybody.
        owners: by lead, who has it; an empty string for nobody.
    """
    active = {rep.rep_id for rep in team if rep.is_active}
    return tuple(sorted(lead_id for lead_id, rep_id in owners.items() if rep_id not in active))


def without(team: Sequence[Representative], ledger: Ledger, moved: Mapping[str, str]) -> Ledger:
    """Return the state before leads are given anew: taken from their owners, and people who left are forgotten.

    Args:
        team: everybody.
        ledger: as it was read.
        moved: by lead, who had it.
    """
    for lead_id, rep_id in sorted(moved.items()):
        ledger = closed(ledger, rep_id, lead_id=lead_id)
    return kept(ledger, {rep.rep_id for rep in team if rep.is_active})

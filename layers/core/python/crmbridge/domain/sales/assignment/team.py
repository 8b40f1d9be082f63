"""The people who can be given leads, and what a workspace decides about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Literal, TypeAlias, cast

from crmbridge.domain.sales.forms import Form, read
from crmbridge.domain.sales.hours import Hours, read_hours

Mode: TypeAlias = Literal["fair", "best"]

FACTORS = {"workload": 30, "expertise": 25, "performance": 20, "geography": 15, "availability": 10}
"""The founding weights, in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """One person.

    Attributes:
        rep_id: the CRM's id.
        is_active: false for somebody who left; their leads go to others.
        capacity: most leads and deals they may have open at once.
        weight: their share of the leads, beside the weights of the others; 0 takes none.
        skills: what they are good at: solutions, industries, languages.
        regions: where they sell, such as ``BR-PE``, or ``BR`` for a whole country.
        performance: 0..100, ``None`` while nothing is known.
        hours: when they work.
        absences: from one moment to another, aware, the second not included.
    """

    rep_id: str
    hours: Hours
    capacity: int
    weight: int = 1
    is_active: bool = True
    skills: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    performance: int | None = None
    absences: tuple[tuple[datetime, datetime], ...] = ()

    def is_away(self, at: datetime) -> bool:
        """Tell whether a moment lies in one of their absences."""
        return any(start <= at < end for start, end in self.absences)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRules:
    """A workspace's decisions.

    Attributes:
        mode: ``fair`` keeps everybody within one lead of their share and lets the score choose among those whose turn
            it may be; ``best`` always takes the highest score.
        weights: percent by factor, together 100.
        workload_step: points that each open deal takes from the workload factor.
        soon_min: minutes within which somebody who starts to work counts half as available.
        waits_for_hours: a lead waits until somebody works; otherwise people off duty can be given leads.
    """

    mode: Mode = "fair"
    weights: Mapping[str, Decimal] = field(
        default_factory=lambda: {name: Decimal(percent) for name, percent in FACTORS.items()}
    )
    workload_step: int = 5
    soon_min: int = 240
    waits_for_hours: bool = False


@cache
def default_rules() -> AssignmentRules:
    """Return the founding weights, shared out fairly."""
    return AssignmentRules()


def rules_from(data: object) -> AssignmentRules:
    """Return a workspace's decisions.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_rules)


def team_from(data: object) -> tuple[Representative, ...]:
    """Return a workspace's people.

    Raises:
        RequestRejectedError: something is wrong with what is said of them.
    """
    return read(data, _read_team)


def _read_rules(form: Form) -> AssignmentRules:
    weights = form.one("weights", _read_weights) if form.has("weights") else dict(default_rules().weights)
    if (total := sum(weights.values(), Decimal(0))) != 100:
        form.wrong("weights", f"must add up to 100 percent, not {total}")
    return AssignmentRules(
        mode=cast("Mode", form.choice("mode", ("fair", "best"), default="fair")),
        weights=weights,
        workload_step=form.whole("workload_step", low=0, high=100, default=5),
        soon_min=form.whole("soon_min", low=0, high=10_080, default=240),
        waits_for_hours=form.flag("waits_for_hours", default=False),
    )


def _read_weights(form: Form) -> dict[str, Decimal]:
    return {name: form.decimal(name, low=0, high=100) for name in FACTORS}


def _read_team(form: Form) -> tuple[Representative, ...]:
    people = form.many("people", _read_person, most=500)
    ids = [each.rep_id for each in people]
    for twice in sorted({each for each in ids if ids.count(each) > 1}):
        form.wrong("people", f"must not name {twice!r} twice")
    return people


def _read_person(form: Form) -> Representative:
    return Representative(
        rep_id=form.text("rep_id", most=100),
        hours=form.one("hours", read_hours),
        capacity=form.whole("capacity", low=0, high=100_000),
        weight=form.whole("weight", low=0, high=1000, default=1),
        is_active=form.flag("is_active", default=True),
        skills=frozenset(form.texts("skills")),
        regions=form.texts("regions"),
        performance=form.whole("performance", low=0, high=100) if form.has("performance") else None,
        absences=form.many("absences", _read_absence),
    )


def _read_absence(form: Form) -> tuple[datetime, datetime]:
    found = _read_moment(form, "from"), _read_moment(form, "to")
    if found[0] >= found[1]:
        form.wrong("to", "must be later than from")
    return found


def _read_moment(form: Form, name: str) -> datetime:
    text = form.text(name, most=40)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        form.wrong(name, f"must be a moment with its offset, such as 2027-07-01T00:00:00-03:00, not {text!r}")
        return datetime.min.replace(tzinfo=UTC)
    return found

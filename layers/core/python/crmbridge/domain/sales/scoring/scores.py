"""Scores from 0 to 100 whose explanation adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from crmbridge.domain.sales.facts import Facts
from crmbridge.domain.sales.scoring.cards import FULL, Card, Factor
from crmbridge.domain.sales.scoring.grades import Graded, graded

DAY_S = 86_400
CAP = "cap"
"""Name of the part that takes away what is above 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one factor adds to a score.

    Attributes:
        points: whole points; all parts together are the score.
        exact: before rounding.
        graded: what its table gave, 0..100, before weight and fading.
        weight: percent.
        is_known: whether the facts it needs were there.
        because: why, for people.
    """

    name: str
    points: int
    exact: Decimal
    graded: Decimal
    weight: Decimal
    is_known: bool
    because: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score and why.

    Attributes:
        value: 0..100, the sum of the parts' points.
        card: name of the card, and the revision of the workspace's rules it was made by.
    """

    value: int
    parts: tuple[Part, ...]
    card: str
    revision: int = 0

    def known_percent(self) -> int:
        """Return how much of the card's weight rests on facts that are known, 0..100."""
        total = sum((part.weight for part in self.parts if part.name != CAP), Decimal(0))
        known = sum((part.weight for part in self.parts if part.name != CAP and part.is_known), Decimal(0))
        return int(known * 100 / total) if total else 0

    def words(self) -> str:
        """Return the explanation on one line, strongest part first."""
        told = sorted((part for part in self.parts if part.points), key=lambda part: -abs(part.points))
        return f"{self.value}: " + ", ".join(f"{part.name} {part.points:+d} ({part.because})" for part in told)


def score(card: Card, facts: Facts, *, now: datetime) -> Score:
    """Return the score of a lead or a deal.

    Args:
        card: the workspace's rules.
        facts: what is known.
        now: aware; how long ago things were earned is counted from here.
    """
    found = [(factor, graded(factor.grade, factor.fact, facts)) for factor in card.factors]
    faded = [_fade(factor, facts, now=now) for factor, _ in found]
    exact = [each.points * factor.weight / FULL * left for (factor, each), left in zip(found, faded, strict=True)]
    whole = whole_parts(exact)
    parts = [
        Part(
            name=factor.name,
            points=points,
            exact=amount,
            graded=each.points,
            weight=factor.weight,
            is_known=each.is_known,
            because=_because(each, left),
        )
        for (factor, each), left, amount, points in zip(found, faded, exact, whole, strict=True)
    ]
    excess = sum(whole) - 100
    if excess > 0:
        parts.append(_cap(excess))
    return Score(sum(part.points for part in parts), tuple(parts), card.name, card.revision)


def _fade(factor: Factor, facts: Facts, *, now: datetime) -> Decimal:
    """Return the share that is left, 0..1."""
    seen = facts.get(factor.seen_fact) if factor.half_life_days else None
    if not isinstance(seen, datetime) or seen >= now:
        return Decimal(1)
    age_days = Decimal(int((now - seen).total_seconds())) / DAY_S
    return Decimal(2) ** (-age_days / factor.half_life_days)


def _because(each: Graded, left: Decimal) -> str:
    return each.because if left == 1 else f"{each.because}; {left:.0%} of it left by now"


def _cap(excess: int) -> Part:
    return Part(
        name=CAP,
        points=-excess,
        exact=Decimal(-excess),
        graded=Decimal(0),
        weight=Decimal(0),
        is_known=True,
        because="no score is above 100",
    )


def whole_parts(exact: Sequence[Decimal]) -> list[int]:
    """Return whole points that add up to the rounded sum, each within one of its exact amount.

    A half is rounded up. The points that rounding down leaves over go to the largest fractions, earlier parts first.

    Example:
        >>> whole_parts([Decimal("1.5"), Decimal("1.5"), Decimal("0.2")])
        [2, 1, 0]
    """
    total = int(sum(exact, Decimal(0)).to_integral_value(ROUND_HALF_UP))
    floors = [int(each.to_integral_value(ROUND_FLOOR)) for each in exact]
    left_over = total - sum(floors)
    by_fraction = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    for place in by_fraction[:left_over]:
        floors[place] += 1
    return floors

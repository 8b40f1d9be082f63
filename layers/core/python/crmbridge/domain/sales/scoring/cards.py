"""Score cards: factors, their weights and their tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crmbridge.domain.sales.forms import Form, read
from crmbridge.domain.sales.scoring.grades import Grade, most, read_grade

FULL = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason for a score.

    Attributes:
        name: of the factor.
        fact: name of the fact its table looks at; empty for tables that count several.
        grade: the table.
        weight: percent of the table's points that count; 100 on cards that add points.
        half_life_days: days after which what was earned counts half; 0 never fades.
        seen_fact: name of the fact that tells when it was last earned; without it nothing fades.
    """

    name: str
    fact: str
    grade: Grade
    weight: Decimal = FULL
    half_life_days: int = 0
    seen_fact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a score is made of.

    Attributes:
        name: of the card: ``kommo``, ``hub``, ``deal``.
        is_weighted: factors give 0..100 each and are weighted, weights together 100; otherwise they add points.
        revision: which version of the workspace's rules this is, 0 for the defaults.
    """

    name: str
    is_weighted: bool
    factors: tuple[Factor, ...]
    revision: int = 0


def card_from(data: object) -> Card:
    """Return a card as a workspace wrote it; see docs/sales/scoring.md.

    Raises:
        RequestRejectedError: something is wrong with it.
    """
    return read(data, read_card)


def read_card(form: Form) -> Card:
    """Return a card, and note weights that do not add up and names that appear twice."""
    name, style = form.text("name", most=40), form.choice("style", ("points", "weighted"))
    is_weighted = style == "weighted"
    factors = form.many("factors", lambda each: _read_factor(each, is_weighted=is_weighted), most=40)
    names = [each.name for each in factors]
    for each in sorted({name for name in names if names.count(name) > 1}):
        form.wrong("factors", f"must not have two factors called {each!r}")
    if not factors:
        form.wrong("factors", "must hold at least one factor")
    total = sum((each.weight for each in factors), Decimal(0))
    if is_weighted and factors and total != FULL:
        form.wrong("factors", f"must have weights that add up to 100 percent, not {total}")
    if not is_weighted and factors and not any(most(each.grade) for each in factors):
        form.wrong("factors", "must give points for something")
    return Card(
        name=name,
        is_weighted=is_weighted,
        factors=factors,
        revision=form.whole("revision", low=0, high=10**9, default=0),
    )


def _read_factor(form: Form, *, is_weighted: bool) -> Factor:
    grade = form.one("grade", read_grade)
    fact = form.text("fact", default="", most=60)
    if not fact and grade.kind != "counts":
        form.wrong("fact", f"must name the fact that the {grade.kind} table looks at")
    if not is_weighted and form.has("weight"):
        form.wrong("weight", "belongs to weighted cards; this one adds points")
    half_life_days = form.whole("half_life_days", low=0, high=3650, default=0)
    seen_fact = form.text("seen_fact", default="", most=60)
    if half_life_days and not seen_fact:
        form.wrong("seen_fact", "must name the fact that tells when it was last earned, since it fades")
    return Factor(
        name=form.text("name", most=60),
        fact=fact,
        grade=grade,
        weight=form.decimal("weight", low=0, high=100) if is_weighted else FULL,
        half_life_days=half_life_days,
        seen_fact=seen_fact,
    )

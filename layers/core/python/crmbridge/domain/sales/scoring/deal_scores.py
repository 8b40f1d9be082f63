"""The score of a deal, recomputed whenever its stage changes, and its engagement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from crmbridge.domain.sales.facts import Facts, number
from crmbridge.domain.sales.scoring.cards import Card, card_from
from crmbridge.domain.sales.scoring.kommo_card import rows
from crmbridge.domain.sales.scoring.scores import Part, Score, score

ENGAGEMENT_STEP = 10
ENGAGING = frozenset({"email", "call", "meeting", "demo"})
"""Kinds of activities that raise a deal's engagement when they are completed."""

DATA: dict[str, Any] = {
    "name": "deal",
    "style": "weighted",
    "factors": [
        {"name": "stage", "fact": "stage_probability", "weight": 40, "grade": {"kind": "value"}},
        {
            "name": "engagement",
            "fact": "engagement",
            "weight": 25,
            "grade": {"kind": "value"},
            "half_life_days": 30,
            "seen_fact": "last_engagement_at",
        },
        {"name": "lead", "fact": "lead_score", "weight": 20, "grade": {"kind": "value"}},
        {
            "name": "pace",
            "fact": "days_in_stage",
            "weight": 15,
            "grade": {"kind": "below", "rows": rows((7, 100), (14, 70), (30, 40), (60, 10))},
        },
    ],
}


@cache
def deal_card() -> Card:
    """Return the default card; its tables are ours to start from."""
    return card_from(DATA)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealScoreChange:
    """What a change of stage did to a deal's score; recorded, and written to each CRM when it changed.

    Attributes:
        before: 0..100, or ``None`` for a deal that had no score.
    """

    from_stage: str
    to_stage: str
    before: int | None
    after: Score
    at: datetime

    @property
    def has_changed(self) -> bool:
        """Whether the CRMs need the new value."""
        return self.before != self.after.value


def deal_score(card: Card, facts: Facts, *, now: datetime) -> Score:
    """Return the score of a deal: 100 once won, 0 once lost, by its card before.

    Args:
        card: the workspace's rules.
        facts: with ``stage_kind`` ``open``, ``won`` or ``lost``.
        now: aware.
    """
    kind = facts.get("stage_kind")
    if kind not in {"won", "lost"}:
        return score(card, facts, now=now)
    value = 100 if kind == "won" else 0
    part = Part(
        name="outcome",
        points=value,
        exact=Decimal(value),
        graded=Decimal(value),
        weight=Decimal(100),
        is_known=True,
        because=f"the deal is {kind}",
    )
    return Score(value, (part,), card.name, card.revision)


def on_stage_change(card: Card, facts: Facts, *, from_stage: str, to_stage: str, now: datetime) -> DealScoreChange:
    """Return the old and the new score of a deal that entered a stage.

    Args:
        card: the workspace's rules.
        facts: of the deal in its new stage; ``deal_score`` is the old score.
        from_stage: it left.
        to_stage: it entered.
        now: aware.
    """
    before = number(facts.get("deal_score"))
    return DealScoreChange(
        from_stage=from_stage,
        to_stage=to_stage,
        before=None if before is None else int(before),
        after=deal_score(card, facts, now=now),
        at=now,
    )


def engagement_after(kinds: Collection[str], *, before: int = 0) -> int:
    """Return a deal's engagement after some activities of its stage were completed, at most 100.

    Example:
        >>> engagement_after(["call", "note", "meeting"], before=15)
        35
    """
    counted = sum(1 for kind in kinds if kind in ENGAGING)
    return min(100, before + ENGAGEMENT_STEP * counted)

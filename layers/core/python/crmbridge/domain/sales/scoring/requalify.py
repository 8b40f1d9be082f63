"""When a lead is scored again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from crmbridge.domain.sales.facts import Facts
from crmbridge.domain.sales.scoring.cards import Card

EVERY = timedelta(minutes=30)


def inputs(card: Card) -> frozenset[str]:
    """Return the names of the facts that a score depends on."""
    names: set[str] = set()
    for factor in card.factors:
        names |= {name for name, _ in factor.grade.rows} if factor.grade.kind == "counts" else {factor.fact}
        names |= {factor.seen_fact} if factor.seen_fact else set()
    return frozenset(names)


def is_due(
    card: Card,
    *,
    scored_at: datetime | None,
    scored_by_revision: int,
    changed: Collection[str],
    now: datetime,
) -> bool:
    """Tell whether a lead's score has to be computed again.

    Args:
        card: the workspace's rules of now.
        scored_at: when it was last, ``None`` for never.
        scored_by_revision: of the rules it was last scored by.
        changed: names of the facts that changed since.
        now: aware.
    """
    if scored_at is None or scored_by_revision != card.revision:
        return True
    return bool(inputs(card) & set(changed)) or now - scored_at >= EVERY


def changed_facts(before: Facts, after: Facts) -> frozenset[str]:
    """Return the names of the facts that are not the same any more."""
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

"""What stories are made of: which entities and policies, how much is told again, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge.domain.records import Entity
from tests.simulation.characters import ENTITIES

POLICIES = ("primary_wins", "secondary_wins", "crm_wins", "hub_wins", "merged", "manual", "manual", "manual")
BOTH_CHANGE = frozenset({"crm.write", "save_many", "crm.read", "get_many", "find_external", "crm.list_changed"})
"""Calls in whose midst another worker, or a person, may get their turn."""

WEIGHTS = {"crm.write": 6, "save_many": 6, "save_together": 6}
"""Calls at which a worker dies so many times as often: a death between two looks changes nothing."""

PEOPLE: tuple[Entity, ...] = ("contact",)
FIRMS: tuple[Entity, ...] = ("company",)
BOTH: tuple[Entity, ...] = ("company", "contact")
SALES: tuple[Entity, ...] = ("contact", "deal")
FIRMS_AND_SALES: tuple[Entity, ...] = ("company", "deal")
SHAPES = (*[PEOPLE] * 10, *[FIRMS] * 5, *[BOTH] * 3, *[SALES] * 2, FIRMS_AND_SALES, ENTITIES)
REPLAYED = 4
COMPARED = 8
"""Every so many seeds, what is told again changes nothing; the comparisons alone take a fifth of a story's time."""

SYNCS = 4
DECISIONS = 3
"""Rounds in which people decide what is open; one decision can bring up another."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a story that settles after each act cost.

    Attributes:
        due: rows that had to change in CRMs other than the one a person changed.
        written: rows that were written.
    """

    due: int = 0
    written: int = 0

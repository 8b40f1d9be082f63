"""What has been given to whom: the one document that workers compete for, and its JSON.

A worker reads it, decides, and stores it on the condition that nobody stored it meanwhile; who was too late reads it
again. So capacity and shares hold however many decide at once. The lead's owner is written in the same transaction, on
the condition that it has none: that is what a second delivery finds, however late. ``recent`` is for those that come
at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

KEPT = 50
"""Latest leads by which a second delivery is known; few, since each decision writes them all."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's state.

    Attributes:
        open: leads and deals that count against the capacity.
        balance: what was their share minus what they got; see ``shares``.
        total: leads they were ever given.
    """

    open: int = 0
    balance: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """A team's state.

    Attributes:
        desks: by person.
        recent: the latest leads with their owners, oldest first.
    """

    desks: Mapping[str, Desk] = field(default_factory=dict[str, Desk])
    recent: tuple[tuple[str, str], ...] = ()

    def desk(self, rep_id: str) -> Desk:
        """Return somebody's state, an empty one for a newcomer."""
        return self.desks.get(rep_id, Desk())

    def owner(self, lead_id: str) -> str:
        """Return who was given a lead lately, or an empty string."""
        return next((rep_id for each, rep_id in reversed(self.recent) if each == lead_id), "")


def given(ledger: Ledger, lead_id: str, rep_id: str, *, balances: Mapping[str, int]) -> Ledger:
    """Return the state after a lead was given to somebody.

    Args:
        ledger: before.
        lead_id: of the lead.
        rep_id: of the person.
        balances: everybody's that changed.
    """
    desks = dict(ledger.desks)
    for each, balance in balances.items():
        desks[each] = replace(ledger.desk(each), balance=balance)
    mine = desks.get(rep_id, Desk())
    desks[rep_id] = replace(mine, open=mine.open + 1, total=mine.total + 1)
    return Ledger(desks, (*ledger.recent, (lead_id, rep_id))[-KEPT:])


def closed(ledger: Ledger, rep_id: str, *, lead_id: str = "") -> Ledger:
    """Return the state after one of somebody's leads or deals was closed, or taken away with its ``lead_id``."""
    mine = ledger.desk(rep_id)
    desks = {**ledger.desks, rep_id: replace(mine, open=max(0, mine.open - 1))}
    return Ledger(desks, tuple(each for each in ledger.recent if each[0] != lead_id))


def counted(ledger: Ledger, open_deals: Mapping[str, int]) -> Ledger:
    """Return the state with everybody's open leads and deals as the CRM counts them now."""
    desks = {each: replace(ledger.desk(each), open=count) for each, count in open_deals.items()}
    return replace(ledger, desks={**ledger.desks, **desks})


def kept(ledger: Ledger, rep_ids: Collection[str]) -> Ledger:
    """Return the state of those who are still in the team; what the others were owed is forgotten."""
    return replace(ledger, desks={each: desk for each, desk in ledger.desks.items() if each in rep_ids})


def to_body(ledger: Ledger) -> dict[str, Any]:
    """Return the state as JSON-ready values."""
    desks = {each: [desk.open, desk.balance, desk.total] for each, desk in sorted(ledger.desks.items())}
    return {"desks": desks, "recent": [list(each) for each in ledger.recent]}


def from_body(body: Mapping[str, Any]) -> Ledger:
    """Return the state that ``to_body`` wrote; an empty body is a new team's."""
    desks = cast("Mapping[str, list[int]]", body.get("desks", {}))
    recent = cast("list[list[str]]", body.get("recent", []))
    return Ledger(
        {each: Desk(*map(int, numbers)) for each, numbers in desks.items()},
        tuple((lead_id, rep_id) for lead_id, rep_id in recent),
    )

"""Fair shares: whose turn it may be, so that nobody is ever a whole lead away from the ideal.

Each lead credits everybody who could take it with a part of it, by weight; a person whose capacity is used up is
credited no more, and the others share the rest. A balance is what somebody was credited with minus what they got. The
one to get a lead needs a positive balance, and nobody's balance may reach a whole lead on the way that follows:
whoever has the earliest deadline could always be taken, so there always is somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAD = 10**12
"""One lead in the units of a balance: whole numbers, so that they add up and can be stored."""

DUST = 10**6
"""What may be left over from sharing out whole units: a millionth of a lead is nothing."""

LOOK_AHEAD = 400
"""Leads that are played ahead at most."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody among whom leads are shared out.

    Attributes:
        balance: in ``LEAD`` units; positive for somebody who got less than their share.
        weight: of their share, 1..n.
        free: leads they can still take; 0 for somebody who is full, and may have been served ahead of their share.
    """

    balance: int
    weight: int
    free: int


def credited(turns: Mapping[str, Turn]) -> dict[str, Turn]:
    """Return everybody after one more lead was shared out by weight, nobody above their free capacity."""
    left, found = LEAD, dict(turns)
    while left:
        room = {each: turn for each, turn in found.items() if turn.balance < turn.free * LEAD} or found
        parts = _split(left, {each: turn.weight for each, turn in room.items()})
        if room is not found:
            parts = {each: min(part, room[each].free * LEAD - room[each].balance) for each, part in parts.items()}
        found |= {
            each: Turn(room[each].balance + part, room[each].weight, room[each].free) for each, part in parts.items()
        }
        left -= sum(parts.values())
    return found


def _split(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    total = sum(weights.values())
    parts = {each: amount * weight // total for each, weight in weights.items()}
    rest = amount - sum(parts.values())
    for each in sorted(weights)[:rest]:
        parts[each] += 1
    return parts


def pick(turns: Mapping[str, Turn], *, preferred: Sequence[str]) -> tuple[str, dict[str, Turn]]:
    """Return who gets the next lead, and everybody's balance after it.

    Args:
        turns: everybody at work, full or not.
        preferred: those who can take it, at least one, the best first; the first whose turn it may be is taken.
    """
    after = credited(turns)
    released = [each for each in preferred if after[each].balance > DUST] or list(preferred)
    for each in released:
        taken = _taken(after, each)
        if _is_safe(taken):
            return each, taken
    first = min(released, key=lambda each: (_patience(after[each]), each))
    return first, _taken(after, first)


def _taken(turns: Mapping[str, Turn], each: str) -> dict[str, Turn]:
    turn = turns[each]
    return {**turns, each: Turn(turn.balance - LEAD, turn.weight, turn.free - 1)}


def _patience(turn: Turn) -> int:
    """Return how many leads may pass, in thousandths for somebody who takes all of them, until a whole one is owed."""
    return (LEAD - turn.balance) * 1000 // turn.weight


def _is_safe(turns: Mapping[str, Turn]) -> bool:
    """Tell whether everybody can still be served before a whole lead is owed to them.

    After so many further leads, those who are then owed whole leads must not be owed more than there were. Once
    everybody's balance is back above nothing, that holds for good.
    """
    ahead = dict(turns)
    for leads in range(LOOK_AHEAD):
        if sum(max((turn.balance + DUST) // LEAD, 0) for turn in ahead.values()) > leads:
            return False
        if all(turn.balance >= -DUST for turn in ahead.values()) or _is_full(ahead):
            return True
        ahead = credited(ahead)
    return True


def _is_full(turns: Mapping[str, Turn]) -> bool:
    return sum(max(turn.free * LEAD - turn.balance, 0) for turn in turns.values()) < LEAD

"""One account's limits, shared out among all workers that call it: who may make how many calls in a window.

A worker holds a share of each short window for a term. It paces itself within its share, by its own clock and its own
calls; so the sum of all shares keeps the account's limit, whatever the workers do in between. A share that ends is
free for others once the last call that may have been made with it has left the vendor's window.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crmbridge.domain.declaration import Rate

Lane: TypeAlias = Literal["interactive", "live", "sweep", "backfill"]
"""Why somebody calls: a person waits, something has changed, it is time to look, or everything is read or written."""

LANES: tuple[Lane, ...] = ("interactive", "live", "sweep", "backfill")
WEIGHTS: Mapping[Lane, int] = {"interactive": 16, "live": 8, "sweep": 2, "backfill": 1}
"""How a window is divided among those who could use more of it."""

UNLIMITED = 10_000_000
"""Calls of a window that stands for none, so that setting a limit later moves no other window."""

SHORT_S = 60.0
"""Windows up to this many seconds are shared out; longer ones are known by what headers tell."""

BUSY_MS, CALM_MS = 4_000, 30_000
"""Terms of a share: where others may want it, and where nobody does."""

BRIEF_MS, BRIEF_WINDOW_S = 1_000, 2.0
"""Term of a small share where others may want it too, and up to which window: what is over soon is soon free again."""

WAITING_MS = 2 * BUSY_MS
"""How long others know of a worker that waits: until each of them has asked anew."""

GRACE_MS = 1_000
"""How long a worker whose term has ended is taken to come back, as far as fairness is concerned."""

SMALL = 16
"""A worker that makes few calls gets this part of a window, at least one call."""

BULK_LEAVES = 0.04
"""What back-fill leaves of a window besides the reserve, so that live calls find a place at once."""

SKEW_MS = 250
"""Clocks of two workers may differ by as much."""

EASED, RECOVERY_MS = 0.5, 600_000
"""What a refusal leaves of a rate of which no header tells anything, and how long it takes to grow back."""

_HEAD_START_MS: Mapping[Lane, int] = {"interactive": 60_000, "live": 8_000, "sweep": 2_000, "backfill": 0}


@dataclass(frozen=True, slots=True)
class Part:
    """A worker's part in one window.

    Attributes:
        share: calls that it may have in the window at any moment.
        wants: calls that it could use.
        over: calls beyond its share that still stand in the vendor's window, made with an earlier share.
        over_until_ms: when these have left it.
    """

    share: int = 0
    wants: int = 0
    over: int = 0
    over_until_ms: int = 0

    def held(self, until_ms: int, now_ms: int, window_ms: float) -> int:
        """Return how many calls of the window are taken by this part, used or not."""
        over = self.over if now_ms < self.over_until_ms else 0
        return over + (self.share if now_ms < until_ms + window_ms + SKEW_MS else 0)


@dataclass(frozen=True, slots=True)
class Holder:
    """One worker at an account.

    Attributes:
        until_ms: end of its term, epoch milliseconds.
        served_ms: since when it has its share, or waits for one.
        parts: one for each rate of the connector, in order.
    """

    lane: Lane
    until_ms: int
    served_ms: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """What is left of something that headers tell of.

    Attributes:
        told_ms: when the vendor told it.
        opens_ms: when there may be more again, 0 while it is not used up.
        begins_s: at which second of the day it begins anew, -1 where that is not known.
    """

    left: int
    most: int
    told_ms: int
    opens_ms: int = 0
    begins_s: int = -1


@dataclass(frozen=True, slots=True)
class Budget:
    """One account's limits and who uses them.

    Attributes:
        most: per rate, the limit as headers told it; 0 where none did.
        foreign: per rate, calls that are not ours, and until when they count.
        eased: per rate, when it was refused last, and the thousandths of it that were left then.
        closed_until_ms: nobody calls before.
        refused: calls that the vendor refused for a limit, ever.
    """

    holders: Mapping[str, Holder] = field(default_factory=dict[str, Holder])
    most: tuple[int, ...] = ()
    foreign: tuple[tuple[int, int], ...] = ()
    eased: tuple[tuple[int, int], ...] = ()
    closed_until_ms: int = 0
    refused: int = 0
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a worker tells when it wants a share, or has something to tell.

    Attributes:
        wants: per rate, calls it could use, 0 where it makes none.
        used: per rate, when its own calls that still stand in the window were answered, epoch milliseconds, ascending.
        most: per rate, the limit that headers told it, else 0.
        seen: per rate, everybody's calls in the window as headers told a moment ago, else -1.
        eased: per rate, whether the vendor has refused a call that no header warned of.
        refused: calls that were refused since it asked last.
        closed_until_ms: when the vendor wants to be called again, 0 where it did not say.
    """

    worker: str
    lane: Lane
    wants: tuple[int, ...]
    used: tuple[tuple[int, ...], ...]
    most: tuple[int, ...]
    seen: tuple[int, ...]
    eased: tuple[bool, ...]
    refused: int = 0
    closed_until_ms: int = 0
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a worker got.

    Attributes:
        shares: per rate, calls it may have in the window at any moment.
        until_ms: end of the term.
        come_ms: when to ask again where it got nothing.
        is_alone: nobody else calls the account.
        limits: per rate, everybody's calls together.
    """

    shares: tuple[int, ...]
    until_ms: int
    come_ms: int
    is_alone: bool
    limits: tuple[int, ...]
    closed_until_ms: int
    levels: Mapping[str, Level]


def is_shared(rate: Rate) -> bool:
    """Tell whether a rate is shared out, and not only known by headers."""
    return rate.per_s <= SHORT_S and rate.calls < UNLIMITED


def small_share(calls: int) -> int:
    """Return what a worker gets that makes few calls.

    Example:
        >>> small_share(110), small_share(7)
        (6, 1)
    """
    return max(1, calls // SMALL)


def ceiling(calls: int, *, reserve: float, lane: Lane) -> int:
    """Return how many calls of a window all workers together may use, as far as one of this lane is concerned.

    People get half of the reserve; back-fill leaves a little beside it.

    Example:
        >>> [ceiling(110, reserve=0.1, lane=each) for each in LANES]
        [104, 99, 99, 96]
        >>> [ceiling(7, reserve=1 / 7, lane=each) for each in LANES]
        [6, 6, 6, 6]
    """
    share = 1 - (reserve / 2 if lane == "interactive" else reserve)
    whole = max(1, int(calls * share + 1e-9))
    return math.ceil(whole * (1 - BULK_LEAVES)) if lane == "backfill" else whole


def limit_of(budget: Budget, index: int, rate: Rate, now_ms: int) -> int:
    """Return a rate's limit as it is known now: told by headers or declared, less after a refusal."""
    calls = (budget.most[index] if index < len(budget.most) else 0) or rate.calls
    return max(1, int(calls * eased(budget, index, now_ms)))


def eased(budget: Budget, index: int, now_ms: int) -> float:
    """Return the part of a rate that refusals have left, 0..1."""
    if index >= len(budget.eased):
        return 1.0
    at_ms, left = budget.eased[index]
    since = min(max(now_ms - at_ms, 0) / RECOVERY_MS, 1.0)
    return left / 1000 + (1 - left / 1000) * since


def held_of(holders: Mapping[str, Holder], index: int, rate: Rate, now_ms: int) -> int:
    """Return how many calls of a window are taken by some workers."""
    return sum(each.parts[index].held(each.until_ms, now_ms, rate.per_s * 1000) for each in holders.values())

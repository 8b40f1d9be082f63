"""Gives one worker its share of an account's windows; see ``domain/budgets.py`` for what shares are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from crmbridge.domain.budgets import (
    BRIEF_MS,
    BRIEF_WINDOW_S,
    BUSY_MS,
    CALM_MS,
    EASED,
    GRACE_MS,
    SKEW_MS,
    WAITING_MS,
    WEIGHTS,
    Ask,
    Budget,
    Grant,
    Holder,
    Lane,
    Part,
    ceiling,
    eased,
    held_of,
    is_shared,
    limit_of,
    small_share,
)
from crmbridge.domain.declaration import Limits, Rate

_HEAD_START_MS: Mapping[Lane, int] = {"interactive": 60_000, "live": 8_000, "sweep": 2_000, "backfill": 0}
"""How much longer somebody of a lower lane must have waited to come first."""

_SOONEST_MS = 500
"""A worker that got nothing asks again no sooner than after so many milliseconds."""


def share_out(budget: Budget, ask: Ask, *, limits: Limits, now_ms: int) -> tuple[Budget, Grant]:
    """Take in what a worker tells and give it a share for a term.

    Returns:
        The budget to store, the very same object when nothing changed that anybody else should know; and the share.
    """
    return _Round(budget, ask, limits, now_ms).result()


class _Round:
    """One worker's asking, answered once."""

    def __init__(self, budget: Budget, ask: Ask, limits: Limits, now_ms: int) -> None:
        self._before, self._ask, self._limits, self._now_ms = budget, ask, limits, now_ms
        self._rates = limits.rates
        self._held = budget.holders.get(ask.worker)
        self._others = {key: each for key, each in budget.holders.items() if key != ask.worker and self._matters(each)}
        self._budget = self._told()

    def result(self) -> tuple[Budget, Grant]:
        """Return the budget to store, and the share."""
        parts = tuple(self._part(index, rate) for index, rate in enumerate(self._rates))
        waits = any(part.wants and not part.share for part in parts)
        held = self._held
        if waits and held is not None and self._waits_on(held, parts):
            return self._before, self._grant(held)
        term_ms = WAITING_MS if waits else self._term_ms(parts)
        mine = Holder(self._ask.lane, self._now_ms + term_ms, self._served_ms(waits=waits), parts)
        stored = replace(self._budget, holders={**self._others, self._ask.worker: mine})
        return stored, self._grant(mine)

    # ---------------------------------------------------------------------------------- what was told

    def _matters(self, holder: Holder) -> bool:
        """Tell whether a worker still holds something, or waits for it."""
        if len(holder.parts) != len(self._rates):
            return False
        if self._now_ms < holder.until_ms + GRACE_MS:
            return True
        pairs = zip(holder.parts, self._rates, strict=True)
        return any(part.held(holder.until_ms, self._now_ms, rate.per_s * 1000) for part, rate in pairs)

    def _told(self) -> Budget:
        """Take in what the worker has learnt from answers."""
        ask, before, count = self._ask, self._before, len(self._rates)
        if len(before.most) != count:
            zeros = ((0, 0),) * count
            before = replace(before, most=(0,) * count, foreign=zeros, eased=((0, 1000),) * count)
        refused = [
            (self._now_ms, int(1000 * EASED * eased(before, index, self._now_ms))) if said else before.eased[index]
            for index, said in enumerate(ask.eased)
        ]
        newer = {
            name: each
            for name, each in ask.levels.items()
            if name not in before.levels or each.told_ms > before.levels[name].told_ms
        }
        return replace(
            before,
            most=tuple(said or known for said, known in zip(ask.most, before.most, strict=True)),
            foreign=tuple(self._foreign(index, rate, before) for index, rate in enumerate(self._rates)),
            eased=tuple(refused),
            closed_until_ms=max(before.closed_until_ms, ask.closed_until_ms),
            refused=before.refused + ask.refused,
            levels={**before.levels, **newer} if newer else before.levels,
        )

    def _foreign(self, index: int, rate: Rate, before: Budget) -> tuple[int, int]:
        """Return how many calls are not ours: those that shares, used or not, cannot explain."""
        seen = self._ask.seen[index]
        if seen >= 0:
            ours = held_of(self._others, index, rate, self._now_ms) + len(self._ask.used[index])
            calls = max(0, seen - ours)
            return (calls, self._now_ms + int(rate.per_s * 1000)) if calls else (0, 0)
        known = before.foreign[index]
        return known if self._now_ms < known[1] else (0, 0)

    # ---------------------------------------------------------------------------------- what is given

    def _part(self, index: int, rate: Rate) -> Part:
        """Return the worker's part in one window: no more than is free, and no more than is fair."""
        if not is_shared(rate):
            return Part()
        wants, used, share = self._ask.wants[index], self._ask.used[index], 0
        if wants:
            most = self._most(index, rate, self._ask.lane)
            share = max(0, min(wants, most - held_of(self._others, index, rate, self._now_ms)))
            share = min(share, self._fair(index, rate))
        over = max(0, len(used) - share)
        return Part(share, wants, over, int(used[over - 1] + rate.per_s * 1000 + SKEW_MS) if over else 0)

    def _most(self, index: int, rate: Rate, lane: Lane) -> int:
        """Return how many calls all of us may have in a window, as far as somebody of a lane is concerned."""
        whole = ceiling(self._limit(index, rate), reserve=self._limits.reserve, lane=lane)
        return whole - self._budget.foreign[index][0]

    def _fair(self, index: int, rate: Rate) -> int:
        """Return a part by the weight of the lane among all who want some; in turns, where there are many."""
        wants = self._ask.wants[index]
        lanes: set[Lane] = {self._ask.lane}
        demands = [(wants, WEIGHTS[self._ask.lane])]
        taken, starves = 0, False
        for each in self._others.values():
            part = each.parts[index]
            if part.wants and self._now_ms < each.until_ms + GRACE_MS:
                demands.append((part.wants, WEIGHTS[each.lane]))
                lanes.add(each.lane)
                starves = starves or not part.share
            else:
                taken += part.held(each.until_ms, self._now_ms, rate.per_s * 1000)
        most = min(self._most(index, rate, each) for each in lanes)
        exact = min(wants, level_of(demands, max(0, most - taken)) * WEIGHTS[self._ask.lane])
        fair = math.floor(exact) if starves else math.ceil(exact)
        if fair:
            return fair
        free = self._most(index, rate, self._ask.lane) - held_of(self._others, index, rate, self._now_ms)
        return int(self._come_before(index) < free)

    def _come_before(self, index: int) -> int:
        """Return how many wait for a window who have waited longer, or are of a higher lane."""
        held = self._held
        waits = held is not None and not held.parts[index].share
        mine = (held.served_ms if held is not None and waits else self._now_ms) - _HEAD_START_MS[self._ask.lane]
        waiting = [each for each in self._others.values() if each.parts[index].wants and not each.parts[index].share]
        return sum(each.served_ms - _HEAD_START_MS[each.lane] < mine for each in waiting)

    def _served_ms(self, *, waits: bool) -> int:
        """Return since when the worker has its share, or waits for one."""
        held = self._held
        goes_on = waits and held is not None and not any(part.share for part in held.parts)
        return held.served_ms if held is not None and goes_on else self._now_ms

    def _waits_on(self, held: Holder, parts: tuple[Part, ...]) -> bool:
        """Tell whether the worker waits as it did before, and has nothing to tell that others should know."""
        before, after = self._before, self._budget
        told = (before.closed_until_ms, before.refused) != (after.closed_until_ms, after.refused)
        same = [(each.share, each.wants > 0) for each in held.parts] == [(each.share, each.wants > 0) for each in parts]
        return same and self._now_ms < held.until_ms - WAITING_MS // 2 and not told

    def _term_ms(self, parts: tuple[Part, ...]) -> int:
        """Return how long a share holds: long where a small one is enough and half of the window is free."""
        for index, (part, rate) in enumerate(zip(parts, self._rates, strict=True)):
            if not part.wants:
                continue
            most = ceiling(self._limit(index, rate), reserve=self._limits.reserve, lane="live")
            held = held_of(self._others, index, rate, self._now_ms)
            if part.share < part.wants or held + part.share > max(1, most // 2):
                is_brief = rate.per_s <= BRIEF_WINDOW_S and part.wants <= small_share(self._limit(index, rate))
                return BRIEF_MS if is_brief else BUSY_MS
        return CALM_MS

    def _grant(self, mine: Holder) -> Grant:
        return Grant(
            shares=tuple(part.share for part in mine.parts),
            until_ms=mine.until_ms,
            come_ms=max(min(self._moments(mine)), self._now_ms + _SOONEST_MS),
            is_alone=not self._others,
            limits=tuple(self._limit(index, rate) for index, rate in enumerate(self._rates)),
            closed_until_ms=self._budget.closed_until_ms,
            levels=self._budget.levels,
        )

    def _moments(self, mine: Holder) -> list[int]:
        """Return when something may come free in a window of which the worker got nothing."""
        moments = [self._now_ms + BUSY_MS]
        for part, index, rate in zip(mine.parts, range(len(self._rates)), self._rates, strict=True):
            if part.share or not part.wants:
                continue
            for each in self._others.values():
                over = each.parts[index].over_until_ms
                ends = each.until_ms if each.until_ms > self._now_ms else each.until_ms + rate.per_s * 1000 + SKEW_MS
                moments += [over, int(ends)] if over > self._now_ms else [int(ends)]
        return moments

    def _limit(self, index: int, rate: Rate) -> int:
        return limit_of(self._budget, index, rate, self._now_ms)


def level_of(demands: list[tuple[int, int]], capacity: int) -> float:
    """Return how much of something each gets per unit of its weight, so that nobody gets more than they want.

    Args:
        demands: what each wants, and its weight.

    Example:
        >>> level_of([(1, 1), (10, 1), (10, 1)], 9)
        4.0
        >>> level_of([(100, 8), (100, 1)], 90)
        10.0
        >>> level_of([(1, 1)], 9)
        inf
    """
    left, weights = float(capacity), sum(weight for _, weight in demands)
    for wants, weight in sorted(demands, key=lambda each: each[0] / each[1]):
        if wants * weights > left * weight:
            return left / weights
        left, weights = left - wants, weights - weight
    return math.inf

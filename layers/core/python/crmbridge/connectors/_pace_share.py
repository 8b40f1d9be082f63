"""A worker's share of an account's windows: when to ask for one, and for how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crmbridge.connectors._pace_windows import Window
from crmbridge.domain.budgets import BUSY_MS, LANES, Ask, Grant, Lane, Level, is_shared, small_share
from crmbridge.domain.declaration import Limits
from crmbridge.ports.budgets import Budgets, lane

ASKED_EVERY_S = 1.0
"""A worker that wants more does not ask more often, in seconds: each time is a write."""


MORE = 2
"""A worker that is held back asks for so many times what it uses: what it would not use, others could not either."""


class Share:
    """What one process holds of one account's budget.

    Attributes:
        grant: what it got last, ``None`` before it asked.
    """

    def __init__(self, budgets: Budgets, *, account: str, limits: Limits, worker: str) -> None:
        self._budgets, self._account, self._limits, self._worker = budgets, account, limits, worker
        self.grant: Grant | None = None
        self._asked_at = 0.0
        self._asked_in: Lane = "backfill"
        self._asked_for: tuple[int, ...] = ()
        self._held_back_at: dict[int, float] = {}
        self._used_at: dict[int, float] = {}
        self._refused = 0
        self._silent: set[int] = set()
        self._closed_until_ms = 0

    def is_over(self, now_s: float, indices: Collection[int]) -> bool:
        """Tell whether its term has ended, or it has never asked for a part in some windows."""
        if self.grant is None or now_s * 1000 >= self.grant.until_ms:
            return True
        return any(is_shared(self._limits.rates[each]) and each not in self._used_at for each in indices)

    def may_grow(self, now_s: float, indices: Collection[int]) -> bool:
        """Tell whether it is time to ask for more in some windows."""
        grant, asked = self.grant, self._asked_for
        is_content = grant is not None and all(grant.shares[each] >= asked[each] for each in indices)
        is_higher = LANES.index(lane()) < LANES.index(self._asked_in)
        return is_content or is_higher or now_s - self._asked_at >= ASKED_EVERY_S

    def want(self, now_s: float, indices: Collection[int]) -> None:
        """Note that calls are made in some windows."""
        self._used_at.update(dict.fromkeys(indices, now_s))

    def want_more(self, now_s: float, indices: Collection[int]) -> None:
        """Note that calls are held back in some windows."""
        self._held_back_at.update(dict.fromkeys(indices, now_s))

    def refused(self, closed_until_ms: int, silent: Collection[int]) -> None:
        """Note that the vendor has refused a call, to be told to all others."""
        self._refused += 1
        self._silent.update(silent)
        self._closed_until_ms = max(self._closed_until_ms, closed_until_ms)

    def exchange(self, now_s: float, windows: Sequence[Window], levels: Mapping[str, Level]) -> Grant:
        """Tell what was learnt and get a share of every window that calls are made in.

        Raises:
            ConflictError: too many ask at once.
        """
        used = tuple(each.stamps_ms(now_s) if is_shared(each.rate) else () for each in windows)
        wants = tuple(self._wanted(now_s, index, window) for index, window in enumerate(windows))
        ask = Ask(
            worker=self._worker,
            lane=lane(),
            wants=wants,
            used=used,
            most=tuple(int(each.most) if each.rate.limit else 0 for each in windows),
            seen=tuple(each.seen(now_s) if is_shared(each.rate) else -1 for each in windows),
            eased=tuple(index in self._silent for index in range(len(windows))),
            refused=self._refused,
            closed_until_ms=self._closed_until_ms,
            levels=levels,
        )
        self.grant = self._budgets.exchange(self._account, self._limits, ask)
        self._asked_at, self._asked_in, self._asked_for = now_s, ask.lane, wants
        self._refused = 0
        self._silent.clear()
        return self.grant

    def _wanted(self, now_s: float, index: int, window: Window) -> int:
        """Return how many calls are wanted: none where none were made lately, a few, or any number."""
        rate = window.rate
        if not is_shared(rate) or now_s - self._used_at.get(index, -rate.per_s) > rate.per_s + ASKED_EVERY_S:
            self._used_at.pop(index, None)
            return 0
        few, used = small_share(int(window.most)), len(window.stamps_ms(now_s))
        if now_s - self._held_back_at.get(index, 0.0) > rate.per_s + BUSY_MS / 1000:
            self._held_back_at.pop(index, None)
            return max(few, used)
        return max(few, MORE * used)

"""Calls counted within a window of seconds to an hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from crmbridge.domain.declaration import Rate

EASED = 0.5
"""What a refusal leaves of a rate of which no header tells anything."""

RECOVERY_S = 600.0
"""How long the rate takes to grow back, in seconds."""


def told(headers: Mapping[str, str], name: str) -> float | None:
    """Return the number of a header, ``None`` when it is absent or none."""
    text = headers.get(name, "").strip() if name else ""
    try:
        return float(text) if text else None
    except ValueError:
        return None


class Window:
    """One rate's calls, each counted from its answer on: it cannot have reached the vendor later.

    Attributes:
        rate: as declared.
    """

    def __init__(self, rate: Rate, *, reserve: float, workers: int) -> None:
        self.rate = rate
        self._reserve = reserve
        self._divided = 1 if rate.remaining else max(1, workers)
        self._most = float(rate.calls)
        self._stamps: deque[float] = deque()
        self._others, self._others_until = 0, 0.0
        self._begins_at = 0.0
        self._refused_at, self._left_then = -RECOVERY_S, 1.0

    def wait_s(self, now_s: float, *, completes: bool = False) -> float:
        """Return the seconds until another call has room, 0 when there is room now.

        Args:
            completes: half of the reserve is there for it, so that what was begun is not lost.
        """
        self._forget(now_s)
        room, used = self._room(now_s, self._reserve / 2 if completes else self._reserve), len(self._stamps)
        if used < room:
            return 0.0
        if self._begins_at > now_s:
            return self._begins_at - now_s
        if room < 1:
            return max(self._others_until - now_s, self.rate.per_s / 10)
        return min(max(self._stamps[used - room] + self.rate.per_s - now_s, 0.001), self.rate.per_s)

    def note(self, now_s: float, headers: Mapping[str, str], *, refused: bool) -> None:
        """Count a call and learn how many calls there are, and how many of them others use."""
        self._forget(now_s)
        if not refused:
            self._stamps.append(now_s)
        self._most = told(headers, self.rate.limit) or self._most
        left, reset_s = told(headers, self.rate.remaining), told(headers, self.rate.reset)
        if left is not None:
            self._others = max(0, round(self._most - left) - len(self._stamps))
            self._others_until = now_s + self.rate.per_s
        if reset_s is not None and not self.rate.rolls:
            self._begins_at = self._others_until = now_s + reset_s
        if refused and left is None:
            self._refused_at, self._left_then = now_s, self._eased(now_s) * EASED

    def _room(self, now_s: float, reserve: float) -> int:
        """Return how many calls may stand in the window, beside those of others."""
        ours = max(1, int(self._most * (1 - reserve) * self._eased(now_s) / self._divided + 1e-9))
        return ours - (self._others if now_s < self._others_until else 0)

    def _eased(self, now_s: float) -> float:
        since = min(max(now_s - self._refused_at, 0.0) / RECOVERY_S, 1.0)
        return self._left_then + (1 - self._left_then) * since

    def _forget(self, now_s: float) -> None:
        if self._begins_at and now_s >= self._begins_at:
            self._stamps.clear()
            self._begins_at = self._others = 0
        while self._stamps and self._stamps[0] <= now_s - self.rate.per_s:
            self._stamps.popleft()

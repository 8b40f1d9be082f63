"""Calls counted within a window of seconds to an hour."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from crmbridge.domain.budgets import EASED, RECOVERY_MS, Level
from crmbridge.domain.declaration import Rate

RECOVERY_S = RECOVERY_MS / 1000
"""How long a rate that was refused takes to grow back, in seconds."""

FRESH_S = 1.0
"""How long what a header told of everybody's calls is of use to others, in seconds."""


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
        share: calls that this worker may have in the window, ``None`` for all of them.
        is_alone: nobody else of ours calls; calls of others that headers show are strangers'.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.share: int | None = None
        self.is_alone = True
        self.most = float(rate.calls)
        self._stamps: deque[float] = deque()
        self._others, self._others_until = 0, 0.0
        self._begins_at = 0.0
        self._seen_at, self._seen = -FRESH_S - 1, 0
        self._refused_at, self._left_then = -RECOVERY_S, 1.0
        self._told_ms = 0

    def wait_s(self, now_s: float, *, reserve: float) -> float:
        """Return the seconds until another call has room, 0 when there is room now.

        Args:
            reserve: share of the window that is left alone, 0..1.
        """
        self._forget(now_s)
        room, used = self._room(now_s, reserve), len(self._stamps)
        if used < room:
            return 0.0
        if self._begins_at > now_s:
            return self._begins_at - now_s
        if room < 1:
            return max(self._others_until - now_s, self.rate.per_s / 10)
        return min(max(self._stamps[used - room] + self.rate.per_s - now_s, 0.001), self.rate.per_s)

    def is_short_of_share(self, now_s: float, *, reserve: float) -> bool:
        """Tell whether it is the share that holds calls back, and not the limit itself."""
        if self.share is None:
            return False
        self._forget(now_s)
        return len(self._stamps) >= self.share and self.share < self._ours(now_s, reserve)

    def note(self, now_s: float, headers: Mapping[str, str], *, refused: bool) -> bool:
        """Count a call and learn how many calls there are, and how many of them others use.

        Returns:
            Whether the call was refused and no header tells how many there are.
        """
        self._forget(now_s)
        if not refused:
            self._stamps.append(now_s)
        self.most = told(headers, self.rate.limit) or self.most
        left, reset_s = told(headers, self.rate.remaining), told(headers, self.rate.reset)
        if left is not None:
            self._seen_at, self._seen = now_s, max(0, round(self.most - left))
            self._others = max(0, self._seen - len(self._stamps))
            self._others_until = now_s + self.rate.per_s
            self._told_ms = int(now_s * 1000)
        if reset_s is not None and not self.rate.rolls:
            self._begins_at = self._others_until = now_s + reset_s
        is_silent = refused and left is None
        if is_silent:
            self._refused_at, self._left_then = now_s, self._eased(now_s) * EASED
        return is_silent

    def stamps_ms(self, now_s: float) -> tuple[int, ...]:
        """Return when the calls that stand in the window were answered, epoch milliseconds, ascending."""
        self._forget(now_s)
        return tuple(int(each * 1000) for each in self._stamps)

    def seen(self, now_s: float) -> int:
        """Return how many calls of everybody stood in the window a moment ago, -1 when nobody told."""
        return self._seen if now_s - self._seen_at <= FRESH_S else -1

    def level(self) -> Level | None:
        """Return what headers told of a window that is too long to be shared out."""
        if not self._told_ms:
            return None
        opens_ms = int(max(self._begins_at, self._others_until) * 1000)
        return Level(max(0, round(self.most - self._seen)), int(self.most), self._told_ms, opens_ms)

    def adopt(self, level: Level) -> None:
        """Take over what another worker was told later than we were."""
        if level.told_ms <= self._told_ms:
            return
        self.most, self._told_ms = float(level.most), level.told_ms
        self._others = max(0, level.most - level.left - len(self._stamps))
        self._others_until = level.opens_ms / 1000
        if not self.rate.rolls:
            self._begins_at = self._others_until

    def _room(self, now_s: float, reserve: float) -> int:
        """Return how many calls of ours may stand in the window."""
        ours = self._ours(now_s, reserve)
        if self.is_alone or self.share is None:
            ours -= self._others if now_s < self._others_until else 0
        elif self._seen >= self.most and now_s - self._seen_at < self.rate.per_s / 10:
            return 0
        return ours if self.share is None else min(ours, self.share)

    def _ours(self, now_s: float, reserve: float) -> int:
        return max(1, int(self.most * (1 - reserve) * self._eased(now_s) + 1e-9))

    def _eased(self, now_s: float) -> float:
        since = min(max(now_s - self._refused_at, 0.0) / RECOVERY_S, 1.0)
        return self._left_then + (1 - self._left_then) * since

    def _forget(self, now_s: float) -> None:
        if self._begins_at and now_s >= self._begins_at:
            self._stamps.clear()
            self._begins_at = self._others = 0
        while self._stamps and self._stamps[0] <= now_s - self.rate.per_s:
            self._stamps.popleft()

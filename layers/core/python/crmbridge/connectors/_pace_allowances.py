"""Allowances of a day, known by what the vendor's headers tell of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping

from crmbridge.connectors._pace_windows import told
from crmbridge.domain.budgets import Level
from crmbridge.domain.declaration import Allowance

_USAGE = re.compile(r"(\d+)\s*/\s*(\d+)")
_DAY_S = 86_400
_STEPS = 100
_HALF_HOUR_S = 1_800
"""Days begin at midnight somewhere, and every time zone's midnight falls on a half hour but for a few."""

_AFTER_S = 5
"""Asked again so many seconds after such a moment: clocks differ."""


class Stock:
    """What is left of one allowance, as the latest answer told it to us or to another worker."""

    def __init__(self, allowance: Allowance, *, reserve: float) -> None:
        self._allowance = allowance
        self._reserve = reserve
        self._most = float(allowance.most)
        self._left: float | None = None
        self._told_ms = 0
        self._opens_at = 0.0
        self._begins_s: float | None = None
        self._used_at: deque[float] = deque()

    def wait_s(self, now_s: float, *, part: float) -> float:
        """Return the seconds until there may be more, 0 while something is left beside the reserve.

        Args:
            part: of the reserve that must be left, 0..1; what completes something may use half of it, so that what
                was looked up for it is not lost.
        """
        if now_s >= self._opens_at or self._left is None:
            return 0.0
        if part < 1 and self._left > self._most * self._reserve * part:
            return 0.0
        return self._opens_at - now_s

    def note(self, now_s: float, headers: Mapping[str, str]) -> None:
        """Learn what is left, and when to ask again where that is the reserve."""
        left = self._read(headers)
        if left is None:
            return
        if self._left is not None and left - self._left > self._most / 2 and not self._allowance.rolls:
            self._begins_s = (now_s // _HALF_HOUR_S * _HALF_HOUR_S) % _DAY_S
        self._left, self._told_ms = left, int(now_s * 1000)
        step_s = self._allowance.per_s / _STEPS
        while self._used_at and self._used_at[0] <= now_s - self._allowance.per_s:
            self._used_at.popleft()
        if not self._used_at or self._used_at[-1] <= now_s - step_s:
            self._used_at.append(now_s)
        self._opens_at = self._more_at(now_s) if left <= self._most * self._reserve else 0.0

    def level(self) -> Level | None:
        """Return what is left as headers told it, ``None`` before they did."""
        if self._left is None:
            return None
        begins_s = -1 if self._begins_s is None else int(self._begins_s)
        return Level(int(self._left), int(self._most), self._told_ms, int(self._opens_at * 1000), begins_s)

    def adopt(self, level: Level) -> None:
        """Take over what another worker was told later than we were."""
        if level.begins_s >= 0:
            self._begins_s = float(level.begins_s)
        if level.told_ms <= self._told_ms:
            return
        self._left, self._most, self._told_ms = float(level.left), float(level.most), level.told_ms
        self._opens_at = level.opens_ms / 1000

    def _read(self, headers: Mapping[str, str]) -> float | None:
        usage = _USAGE.search(headers.get(self._allowance.usage, "")) if self._allowance.usage else None
        if usage is not None:
            self._most = float(usage[2])
            return max(0.0, self._most - float(usage[1]))
        left = told(headers, self._allowance.remaining)
        if left is None:
            return None
        self._most = max(told(headers, self._allowance.limit) or self._most, left / self._allowance.told_below)
        return left

    def _more_at(self, now_s: float) -> float:
        """Return when there may be more: what we used first comes back, or a new day begins somewhere."""
        per_s = self._allowance.per_s
        if self._allowance.rolls:
            return max(self._used_at[0] + per_s, now_s + per_s / _STEPS)
        if self._begins_s is not None:
            return now_s + (self._begins_s + _AFTER_S - now_s - 1) % _DAY_S + 1
        return (now_s // _HALF_HOUR_S + 1) * _HALF_HOUR_S + _AFTER_S

"""Calls per second, and the block that follows when refusals are not heeded. Source: Kommo, limitations."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox._clock import Clock
from sandbox.kommo.errors import BLOCKED, VendorError, problem


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Calls allowed.

    Attributes:
        per_second: calls within one second; 0 switches the limit off.
        blocked_after: refused calls within one minute after which the address is blocked.
        block_s: how long the block lasts; Kommo does not say.
    """

    per_second: int = 7
    blocked_after: int = 30
    block_s: float = 3600.0

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the limits named in ``body`` and return all.

        Raises:
            ValueError: unknown name or a negative number.
        """
        known = asdict(self)
        for name, value in body.items():
            if name not in known or isinstance(value, bool) or float(value) < 0:
                message = f"{name}: known limits are {sorted(known)}, 0 or more"
                raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, type(known[name])(value))
        return asdict(self)


class RateGate:
    """Lets calls pass, refuses them with 429, or blocks them all."""

    def __init__(self, clock: Clock) -> None:
        """Start with the vendor's limits and empty windows."""
        self._clock = clock
        self.limits = RateLimits()
        self._passed: deque[int] = deque()
        self._refused: deque[int] = deque()
        self._blocked_until_ms = 0

    def admit(self) -> None:
        """Count one call.

        Raises:
            VendorError: 429, or the plain 403 of a blocked address.
        """
        now_ms, limits = self._clock.now_ms(), self.limits
        if now_ms < self._blocked_until_ms:
            raise VendorError(403, BLOCKED)
        _forget_before(self._passed, now_ms - 1000)
        _forget_before(self._refused, now_ms - 60_000)
        if limits.per_second and len(self._passed) >= limits.per_second:
            self._refused.append(now_ms)
            if len(self._refused) > limits.blocked_after:
                self._blocked_until_ms = now_ms + round(1000 * limits.block_s)
            raise problem(429)
        self._passed.append(now_ms)


def _forget_before(window: deque[int], limit_ms: int) -> None:
    while window and window[0] <= limit_ms:
        window.popleft()

"""The account's hourly allowance, told in headers.

Sources disagree on the number (1,000 an hour, 400 or 100 a minute); the hour is the vendor's own as others quote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox._clock import Clock
from sandbox.freshsales.errors import too_many


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Calls of the whole account within one window of the sandbox clock; 0 switches the limit off."""

    calls: int = 1000
    window_s: int = 3600

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the limits named in ``body`` and return all.

        Raises:
            ValueError: unknown name or a negative number.
        """
        known = asdict(self)
        for name, value in body.items():
            if name not in known or isinstance(value, bool) or int(value) < 0:
                message = f"{name}: known limits are {sorted(known)}, 0 or more"
                raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, int(value))
        return asdict(self)


class RateGate:
    """Lets calls pass or refuses them with 429; a refused call is not counted."""

    def __init__(self, clock: Clock) -> None:
        """Start with the vendor's allowance, unused."""
        self._clock = clock
        self.limits = RateLimits()
        self._window = 0
        self._used = 0

    def pass_call(self) -> dict[str, str]:
        """Count a call and return its headers.

        Raises:
            VendorError: 429, with the headers and without ``Retry-After``.
        """
        if not self.limits.calls:
            return {}
        now_s = self._clock.now_ms() // 1000
        window_s = max(1, self.limits.window_s)
        if now_s // window_s != self._window:
            self._window, self._used = now_s // window_s, 0
        reset_s = window_s - now_s % window_s
        if self._used >= self.limits.calls:
            raise too_many(self._headers(reset_s))
        self._used += 1
        return self._headers(reset_s)

    def _headers(self, reset_s: int) -> dict[str, str]:
        left = max(0, self.limits.calls - self._used)
        return {
            "X-RateLimit-Limit": str(self.limits.calls),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(reset_s),
        }

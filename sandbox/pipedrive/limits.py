"""Burst limits of a token and the company's daily budget of tokens.

Source: Pipedrive, core API concepts about rate limiting (Lite plan, one seat).
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from sandbox._clock import Clock
from sandbox.pipedrive.errors import CLOUDFLARE, VendorError, over_limit
from sandbox.pipedrive.tokens import Access

WINDOW_MS = 2_000
_PATIENCE = 20
"""429 answers within a minute after which Cloudflare blocks a caller; the vendor tells no figure."""


@dataclass(slots=True)
class RateLimits:
    """Most calls in two seconds, and most tokens in a day; 0 is no limit."""

    api_token_burst: int = 20
    oauth_burst: int = 80
    search_burst: int = 10
    daily_tokens: int = 30_000

    def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Set the limits named.

        Raises:
            ValueError: an unknown name.
        """
        for name, value in changes.items():
            if name not in asdict(self):
                message = f"unknown limit {name!r}; known: {sorted(asdict(self))}"
                raise ValueError(message)
            setattr(self, name, int(value))
        return asdict(self)


class Gate:
    """Counts calls and tokens by the sandbox clock."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing used."""
        self._clock = clock
        self.limits = RateLimits()
        self._calls: dict[str, deque[int]] = {}
        self._refusals: deque[int] = deque()
        self._day = ""
        self.used_tokens = 0

    def admit(self, access: Access, *, cost: int, is_search: bool) -> dict[str, str]:
        """Let a call pass; returns the headers that tell what is left.

        Raises:
            VendorError: 429, or 403 of Cloudflare for those who go on after that.
        """
        now_ms = self._clock.now_ms()
        limits = self.limits
        if access.is_api_token and self._is_blocked(now_ms):
            raise VendorError(403, CLOUDFLARE, {"Content-Type": "text/html; charset=UTF-8"})
        most = limits.api_token_burst if access.is_api_token else limits.oauth_burst
        window = self._window(access.key, now_ms)
        searches = self._window(f"{access.key} search", now_ms)
        headers = self._headers(most, len(window) + 1, window, now_ms)
        if (most and len(window) >= most) or (is_search and 0 < limits.search_burst <= len(searches)):
            self._refusals.append(now_ms)
            headers["x-ratelimit-remaining"] = "0"
            raise over_limit(headers)
        self._spend(cost, now_ms, headers)
        window.append(now_ms)
        if is_search:
            searches.append(now_ms)
        return headers

    def _spend(self, cost: int, now_ms: int, headers: dict[str, str]) -> None:
        day = self._clock.now().date().isoformat()
        if day != self._day:
            self._day, self.used_tokens = day, 0
        most = self.limits.daily_tokens
        if most and self.used_tokens + cost > most:
            self._refusals.append(now_ms)
            headers |= {"x-daily-ratelimit-token-limit": str(most), "x-daily-ratelimit-token-remaining": "0"}
            raise over_limit(headers)
        self.used_tokens += cost
        if most:
            left = str(most - self.used_tokens)
            headers |= {"x-daily-ratelimit-token-limit": str(most), "x-daily-ratelimit-token-remaining": left}

    def _headers(self, most: int, used: int, window: deque[int], now_ms: int) -> dict[str, str]:
        if not most:
            return {}
        reset_ms = window[0] + WINDOW_MS - now_ms if window else WINDOW_MS
        return {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(max(most - used, 0)),
            "x-ratelimit-reset": str(max(1, -(-reset_ms // 1000))),
        }

    def _window(self, key: str, now_ms: int) -> deque[int]:
        window = self._calls.setdefault(key, deque())
        while window and window[0] <= now_ms - WINDOW_MS:
            window.popleft()
        return window

    def _is_blocked(self, now_ms: int) -> bool:
        while self._refusals and self._refusals[0] <= now_ms - 60_000:
            self._refusals.popleft()
        return len(self._refusals) >= _PATIENCE

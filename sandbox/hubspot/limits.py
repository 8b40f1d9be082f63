"""Rate limits: bursts, days and searches, with the vendor's headers and bodies.

Windows follow the sandbox clock, so advancing it opens them. A refused call is not counted.
Sources: HubSpot's usage guidelines; headers and the search answer as recorded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox._clock import Clock
from sandbox.hubspot.account import UTC_OFFSET_MS
from sandbox.hubspot.errors import VendorError, error

_DAY_MS = 86_400_000


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """Calls allowed; ``0`` switches a limit off.

    Attributes:
        oauth_burst: calls of an OAuth app per interval, searches apart.
        private_burst: calls of a private app per interval, searches apart.
        interval_s: length of the rolling interval.
        daily: calls of private apps per day of the account's time zone.
        search_per_s: searches per second, all apps together.
    """

    oauth_burst: int = 110
    private_burst: int = 190
    interval_s: float = 10.0
    daily: int = 625_000
    search_per_s: int = 5

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
    """Lets calls pass or refuses them with 429."""

    def __init__(self, clock: Clock) -> None:
        """Start with the vendor's limits and empty windows."""
        self._clock = clock
        self.limits = RateLimits()
        self._bursts: dict[bool, deque[int]] = {False: deque(), True: deque()}
        self._searches: deque[int] = deque()
        self._day: int = 0
        self._today: int = 0

    def pass_call(self, *, is_private_app: bool) -> dict[str, str]:
        """Count a call that is not a search and return its headers.

        Raises:
            VendorError: 429 by the burst or the day.
        """
        now_ms = self._clock.now_ms()
        self._check_day(now_ms, is_private_app=is_private_app)
        limits = self.limits
        most = limits.private_burst if is_private_app else limits.oauth_burst
        window = self._bursts[is_private_app]
        _forget_before(window, now_ms - round(1000 * limits.interval_s))
        headers = self._daily_headers(is_private_app=is_private_app)
        if most and len(window) >= most:
            raise _too_many("TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.", headers)
        window.append(now_ms)
        self._today += is_private_app
        return {
            **self._daily_headers(is_private_app=is_private_app),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(round(1000 * limits.interval_s)),
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, most - len(window))),
        }

    def pass_search(self, *, is_private_app: bool) -> dict[str, str]:
        """Count a search and return its headers, which tell nothing of the interval.

        Raises:
            VendorError: 429 in the shape searches have, or by the day.
        """
        now_ms = self._clock.now_ms()
        self._check_day(now_ms, is_private_app=is_private_app)
        _forget_before(self._searches, now_ms - 1000)
        headers = self._daily_headers(is_private_app=is_private_app)
        if self.limits.search_per_s and len(self._searches) >= self.limits.search_per_s:
            refusal = error(429, "You have reached your secondly limit.", "RATE_LIMITS")
            refusal.headers.update(headers)
            raise refusal
        self._searches.append(now_ms)
        self._today += is_private_app
        return headers

    def usage(self) -> dict[str, Any]:
        """Return the day's usage as the account-info API answers it."""
        return {
            "name": "private-apps-api-calls-daily",
            "usageLimit": self.limits.daily,
            "currentUsage": self._today,
            "fetchStatus": "SUCCESS",
        }

    def _check_day(self, now_ms: int, *, is_private_app: bool) -> None:
        day = (now_ms + UTC_OFFSET_MS) // _DAY_MS
        if day != self._day:
            self._day = day
            self._today = 0
        if is_private_app and self.limits.daily and self._today >= self.limits.daily:
            headers = self._daily_headers(is_private_app=True)
            raise _too_many("DAILY", "You have reached your daily limit.", headers)

    def _daily_headers(self, *, is_private_app: bool) -> dict[str, str]:
        if not is_private_app:
            return {}
        left = max(0, self.limits.daily - self._today)
        return {
            "X-HubSpot-RateLimit-Daily": str(self.limits.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(left),
        }


def _forget_before(window: deque[int], limit_ms: int) -> None:
    while window and window[0] <= limit_ms:
        window.popleft()


def _too_many(policy: str, message: str, headers: dict[str, str]) -> VendorError:
    body = {"status": "error", "message": message, "errorType": "RATE_LIMIT", "policyName": policy}
    return VendorError(status=429, body=body, headers=headers)

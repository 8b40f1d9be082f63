"""API credits: counted over rolling 24 hours, refused when they are used up."""

from __future__ import annotations

from collections import deque

from sandbox._clock import Clock
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.options import Options

_WINDOW_S = 86_400


class Credits:
    """Counts what calls cost."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing used."""
        self._clock = clock
        self._spent: deque[tuple[int, int]] = deque()
        self._used = 0

    def spend(self, cost: int, options: Options) -> dict[str, str]:
        """Take what a call costs; return the headers that tell of it.

        Raises:
            ZohoError: 429, nothing is left; no header says when that ends.
        """
        now_s = int(self._clock.now().timestamp())
        while self._spent and self._spent[0][0] <= now_s - _WINDOW_S:
            self._used -= self._spent.popleft()[1]
        if self._used + cost > options.credits:
            message = "You have reached your maximum API credits"
            raise ZohoError(code="TOO_MANY_REQUESTS", message=message, status=429)
        self._spent.append((now_s, cost))
        self._used += cost
        left = options.credits - self._used
        return {"X-API-CREDITS-REMAINING": str(left)} if left <= options.credits // 2 else {}

    def as_json(self, options: Options) -> dict[str, int]:
        """Return how many are used, and of how many."""
        return {"used": self._used, "limit": options.credits}

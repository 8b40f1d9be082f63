"""Calls of the last 24 hours against the org's limit."""

from __future__ import annotations

from collections import deque

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.org import Org

_WINDOW_S = 86_400
_BUCKET_S = 60


class Usage:
    """Counts calls by the minute, and forgets those older than a day."""

    def __init__(self, org: Org) -> None:
        """Start at none."""
        self._org = org
        self._buckets: deque[tuple[int, int]] = deque()
        self._total = 0

    @property
    def used(self) -> int:
        """Calls in the last 24 hours."""
        self._forget()
        return self._total

    @property
    def limit(self) -> int:
        """Calls allowed in 24 hours."""
        return self._org.switches.api_limit

    def count(self) -> None:
        """Count one call.

        Raises:
            SalesforceError: REQUEST_LIMIT_EXCEEDED; the call is not counted.
        """
        if self.used >= self.limit:
            raise SalesforceError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.add(1)

    def add(self, calls: int) -> None:
        """Add calls, as if other clients had made them."""
        minute = int(self._org.clock.now().timestamp()) // _BUCKET_S
        before = self._buckets.pop()[1] if self._buckets and self._buckets[-1][0] == minute else 0
        self._buckets.append((minute, before + calls))
        self._total += calls

    def clear(self) -> None:
        """Forget all calls."""
        self._buckets.clear()
        self._total = 0

    def _forget(self) -> None:
        oldest = (int(self._org.clock.now().timestamp()) - _WINDOW_S) // _BUCKET_S
        while self._buckets and self._buckets[0][0] < oldest:
            self._total -= self._buckets.popleft()[1]

"""Service protection limits, as far as they are imitated."""

from __future__ import annotations

from collections import deque

from sandbox.dynamics.errors import ThrottledError
from sandbox.dynamics.switches import Switches

WINDOW_S = 300


class Protection:
    """Service protection limits of one user at one server, over a sliding window of 300 s.

    Attributes:
        used_ms: milliseconds that the calls in the window took.
    """

    def __init__(self, switches: Switches) -> None:
        """Start with an empty window."""
        self._switches = switches
        self._seen: deque[tuple[float, int]] = deque()
        self.used_ms = 0

    def clear(self) -> None:
        """Forget all calls."""
        self._seen.clear()
        self.used_ms = 0

    def admit(self, now_s: float) -> None:
        """Let a call in.

        Raises:
            ThrottledError: a limit is reached.
        """
        limits = self._switches
        while self._seen and self._seen[0][0] <= now_s - WINDOW_S:
            self.used_ms -= self._seen.popleft()[1]
        if limits.concurrent == 0:
            message = "Number of concurrent requests exceeded the limit of 52."
            raise ThrottledError("0x80072326", message, retry_after_s=5)
        wait_s = 1 if not self._seen else max(1, round(self._seen[0][0] + WINDOW_S - now_s))
        if limits.requests and len(self._seen) >= limits.requests:
            message = f"Number of requests exceeded the limit of {limits.requests} over time window of 300 seconds."
            raise ThrottledError("0x80072322", message, retry_after_s=wait_s)
        if limits.execution_ms and self.used_ms >= limits.execution_ms:
            message = (
                f"Combined execution time of incoming requests exceeded limit of {limits.execution_ms:,} milliseconds "
                "over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of "
                "requests and try again later."
            )
            raise ThrottledError("0x80072321", message, retry_after_s=wait_s)

    def note(self, now_s: float, operations: int) -> None:
        """Count a call that was let in."""
        self._seen.append((now_s, operations * self._switches.operation_ms))
        self.used_ms += self._seen[-1][1]

    def headers(self) -> dict[str, str]:
        """Return the headers that tell what is left."""
        limits = self._switches
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(max(0, limits.requests - len(self._seen))),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{max(0, limits.execution_ms - self.used_ms) / 1000:.2f}",
        }

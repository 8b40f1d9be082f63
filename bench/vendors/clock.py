"""Time that passes only where somebody waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


class SimulatedClock:
    """A clock that stands still until it is moved; work and calls take no time."""

    def __init__(self) -> None:
        self._now = MIDNIGHT

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=max(0.0, seconds))

    @property
    def elapsed_s(self) -> float:
        """Seconds since the clock was made."""
        return (self._now - MIDNIGHT).total_seconds()

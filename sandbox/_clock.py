"""A clock that runs with real time and can be moved forward."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """Return the machine's time, aware and in UTC."""
    return datetime.now(UTC)


class Clock:
    """The simulated CRM's idea of now: real time plus what was added by control.

    Tokens, rate windows, index lag and retry schedules follow it. Signature timestamps
    never do: sign with ``real()``, because receivers compare them with real time.
    """

    def __init__(self, real: Callable[[], datetime] = real_now) -> None:
        """Start level with ``real``; pass another source to freeze time in tests."""
        self.real = real
        self._offset = timedelta()
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated time, aware and in UTC."""
        return self.real() + self._offset

    def now_ms(self) -> int:
        """Return the simulated time in whole milliseconds since 1970."""
        return to_ms(self.now())

    @property
    def offset_s(self) -> float:
        """Seconds this clock is ahead of real time."""
        return self._offset.total_seconds()

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds`` (0 or more) and wake whoever waits for a time.

        Raises:
            ValueError: ``seconds`` is negative; a CRM's clock never runs back.
        """
        if seconds < 0:
            message = "the clock moves forward only"
            raise ValueError(message)
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        for listener in self._listeners:
            listener()

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every ``advance``, in the advancing thread."""
        self._listeners.append(listener)


def to_ms(moment: datetime) -> int:
    """Convert an aware time into whole milliseconds since 1970.

    Example:
        >>> to_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        1000
    """
    return round(moment.timestamp() * 1000)

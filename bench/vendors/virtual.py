"""Many workers on one simulated clock: each is a thread, one runs at a time, and time passes while all of them wait."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bench.vendors.clock import MIDNIGHT


class _EndError(BaseException):
    """The play is over; not an ``Exception``, so that nothing under test can catch it."""


class VirtualTime:
    """A clock whose sleepers take turns in the order of their moments; the same play goes the same way each time."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._order = 0
        self._sleepers: list[tuple[float, int, threading.Semaphore]] = []
        self._turn = threading.Semaphore(0)
        self._mine = threading.local()
        self._is_over = False
        self._threads: list[threading.Thread] = []
        self._failed: BaseException | None = None

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""
        return MIDNIGHT + timedelta(seconds=self._now_s)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the clock was made."""
        return self._now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass; a worker lets others work meanwhile."""
        gate: threading.Semaphore | None = getattr(self._mine, "gate", None)
        if gate is None:
            self._now_s += max(0.0, seconds)
            return
        self._enter(self._now_s + max(0.0, seconds), gate)
        self._turn.release()
        gate.acquire()
        if self._is_over:
            raise _EndError

    def start(self, work: Callable[[], None], *, after_s: float = 0.0) -> None:
        """Have a worker begin in so many seconds."""
        gate = threading.Semaphore(0)

        def body() -> None:
            self._mine.gate = gate
            gate.acquire()
            try:
                if not self._is_over:
                    work()
            except _EndError:
                pass
            except BaseException as error:  # noqa: BLE001 - told by the thread that plays
                self._failed = error
            finally:
                self._turn.release()

        thread = threading.Thread(target=body, daemon=True)
        self._threads.append(thread)
        thread.start()
        self._enter(self._now_s + after_s, gate)

    def play(self, seconds: float) -> None:
        """Let so many seconds pass.

        Raises:
            BaseException: what a worker died of.
        """
        until_s = self._now_s + seconds
        while self._sleepers and self._sleepers[0][0] <= until_s:
            self._now_s, _, gate = heapq.heappop(self._sleepers)
            gate.release()
            self._turn.acquire()
            if self._failed is not None:
                raise self._failed
        self._now_s = until_s

    def end(self) -> None:
        """End all workers where they wait."""
        self._is_over = True
        for _, _, gate in self._sleepers:
            gate.release()
        for thread in self._threads:
            thread.join(timeout=10)

    def _enter(self, at_s: float, gate: threading.Semaphore) -> None:
        self._order += 1
        heapq.heappush(self._sleepers, (at_s, self._order, gate))

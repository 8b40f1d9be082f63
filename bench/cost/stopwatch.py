"""Processor time of our own code alone, without what imitates AWS in the same process."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager


class Stopwatch:
    """Runs while ours does, and stands still while an imitation works.

    Attributes:
        seconds: of processor time, while it ran.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None

    @contextmanager
    def running(self, *, is_running: bool = True) -> Generator[None]:
        """Run, or stand still, for the time of a block; then as before."""
        before = self._since is not None
        self._turn(is_running)
        try:
            yield
        finally:
            self._turn(before)

    def _turn(self, is_running: bool) -> None:
        now = time.process_time()
        if self._since is not None:
            self.seconds += now - self._since
        self._since = now if is_running else None

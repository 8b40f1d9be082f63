"""Progress lines on stderr, so that stdout stays free for JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager


class Progress:
    """Says what is being done and how long each part took."""

    def __init__(self) -> None:
        """Start the clock."""
        self._started_at = time.monotonic()

    @contextmanager
    def phase(self, what: str) -> Generator[None, None, None]:
        """Announce a phase, and say its seconds when it is done."""
        began_at = time.monotonic()
        self.say(f"{what} …")
        yield
        self.say(f"{what}: {time.monotonic() - began_at:.1f} s")

    def say(self, text: str) -> None:
        """Print one line with the seconds since the start."""
        print(f"{time.monotonic() - self._started_at:6.1f} s  {text}", file=sys.stderr, flush=True)

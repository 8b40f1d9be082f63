"""What the search API sees: records as they were some moments ago."""

from __future__ import annotations

from collections import deque
from typing import Any


class SearchIndex:
    """A copy of the live records that follows them with a lag."""

    def __init__(self) -> None:
        """Start empty."""
        self._seen: dict[str, dict[str, Any]] = {}
        self._coming: deque[tuple[int, str, dict[str, Any] | None]] = deque()

    def note(self, record_id: str, values: dict[str, Any] | None, *, visible_ms: int) -> None:
        """Let a record's new values, ``None`` for gone, be seen from ``visible_ms`` on."""
        self._coming.append((visible_ms, record_id, values))

    def at(self, now_ms: int) -> dict[str, dict[str, Any]]:
        """Return what search sees, by id."""
        while self._coming and self._coming[0][0] <= now_ms:
            _, record_id, values = self._coming.popleft()
            if values is None:
                self._seen.pop(record_id, None)
            else:
                self._seen[record_id] = values
        return self._seen

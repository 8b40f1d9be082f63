"""What search sees: the records as they were some moments ago."""

from __future__ import annotations

from collections import deque

Snapshot = dict[str, str]


class SearchIndex:
    """A copy of the live records that follows them with a lag.

    Snapshots are shared with the records, which replace their properties on every write,
    so the copy costs nothing.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._seen: dict[str, Snapshot] = {}
        self._coming: deque[tuple[int, str, Snapshot | None]] = deque()

    def note(self, record_id: str, snapshot: Snapshot | None, *, visible_ms: int) -> None:
        """Let a record's new state, ``None`` for gone, be seen from ``visible_ms`` on."""
        self._coming.append((visible_ms, record_id, snapshot))

    def show(self, record_id: str, snapshot: Snapshot) -> None:
        """Let a record be seen at once (seeded records)."""
        self._seen[record_id] = snapshot

    def at(self, now_ms: int) -> dict[str, Snapshot]:
        """Return the records search sees at ``now_ms``, by id, oldest first."""
        while self._coming and self._coming[0][0] <= now_ms:
            _, record_id, snapshot = self._coming.popleft()
            if snapshot is None:
                self._seen.pop(record_id, None)
            else:
                self._seen[record_id] = snapshot
        return self._seen

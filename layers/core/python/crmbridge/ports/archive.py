"""Where history goes when its time in the table is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ArchivedLine:
    """One line of history.

    Attributes:
        line_id: ``<record id>#<revision>``; the same line told twice has the same.
        day: ``YYYY-MM-DD``, of the change.
        told: who, when, from where and what kind: readable by whoever may read the archive.
        values: old and new values: readable only with the record's key.
        key: 32 bytes.
    """

    workspace_id: str
    record_id: str
    line_id: str
    day: str
    told: Mapping[str, Any]
    values: Mapping[str, Any]
    key: bytes


class Archive(Protocol):
    """Keeps history by workspace and day; what is put in twice is there once or twice, with one id."""

    def put(self, lines: Sequence[ArchivedLine]) -> int:
        """Store lines, one object for each workspace and day; returns how many objects were written."""
        ...

    def read(self, workspace_id: str, record_id: str, *, days: Sequence[str], key: bytes) -> Iterator[dict[str, Any]]:
        """Yield a record's lines of some days, with their values; each id once.

        Args:
            workspace_id: whose.
            record_id: whose lines.
            days: ``YYYY-MM-DD``.
            key: the record's.

        Raises:
            ConfigurationError: the archive may not be read, or the key is another one.
        """
        ...

"""The archive of history in a dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crmbridge.errors import ConfigurationError
from crmbridge.ports.archive import ArchivedLine


class MemoryArchive:
    """Keeps lines by workspace, day and id."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], dict[str, ArchivedLine]] = {}

    def put(self, lines: Sequence[ArchivedLine]) -> int:
        """Store lines; see ``Archive``."""
        for each in lines:
            self._lines.setdefault((each.workspace_id, each.day), {})[each.line_id] = each
        return len({(each.workspace_id, each.day) for each in lines})

    def read(self, workspace_id: str, record_id: str, *, days: Sequence[str], key: bytes) -> Iterator[dict[str, Any]]:
        """Yield a record's lines of some days; see ``Archive``.

        Raises:
            ConfigurationError: the key is another one.
        """
        for day in days:
            for line in self._lines.get((workspace_id, day), {}).values():
                if line.record_id != record_id:
                    continue
                if line.key != key:
                    raise ConfigurationError("an archived line was not sealed with this key")
                yield {**line.told, **line.values}

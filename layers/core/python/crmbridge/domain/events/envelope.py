"""An event on its way to the bus; its JSON, by type, is published in docs/events."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

VERSION = 1
"""Of the events' form; a field more is no new version, a field less or another meaning is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, told at least once; the same happening always has the same id.

    Attributes:
        event_id: see ``id_of``.
        kind: ``contact_created`` and so on; the bus's detail type.
        at: when it happened, our clock.
        correlation_id: the sync run that did it, or the happening that several events tell of.
        data: ids, names of fields and words of our own; nothing personal.
        values: what may be personal; goes along only where the workspace wants whole payloads.
    """

    event_id: str
    kind: str
    workspace_id: str
    at: datetime
    correlation_id: str
    data: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def bare(self) -> Event:
        """Return the event without what may be personal."""
        return replace(self, values={})

    def to_json(self) -> dict[str, Any]:
        """Return the published form."""
        body: dict[str, Any] = {
            "id": self.event_id,
            "type": self.kind,
            "version": VERSION,
            "workspace": self.workspace_id,
            "time": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "correlation": self.correlation_id,
            "payload": "full" if self.values else "ids",
            "data": dict(self.data),
        }
        return {**body, "values": dict(self.values)} if self.values else body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Event:
        """Read the published form.

        Raises:
            KeyError: a part is missing; the message is our own bug and belongs in the dead-letter queue.
        """
        return cls(
            event_id=body["id"],
            kind=body["type"],
            workspace_id=body["workspace"],
            at=datetime.fromisoformat(body["time"]),
            correlation_id=body["correlation"],
            data=body["data"],
            values=body.get("values", {}),
        )


def id_of(*parts: str | int) -> str:
    """Return the id of a happening: whoever tells it again makes the same one.

    Example:
        >>> id_of("con_1", 7, "contact_updated") == id_of("con_1", 7, "contact_updated")
        True
        >>> len(id_of("con_1", 7, "contact_updated"))
        36
    """
    return "evt_" + hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]

"""Tell other systems what happened to records, as the stream tells it to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.of_records import events_of
from crmbridge.domain.workspace_sections import EVENTS
from crmbridge.ports import Document
from crmbridge.ports.announcing import Bus
from crmbridge.services.fan_out_changes import StreamChange
from crmbridge.services.hub import Hub
from crmbridge.services.workspace_settings import load_section

SETTINGS_KEPT_S = 60
"""How long a workspace's settings are believed without asking again, in seconds."""

SIGNALLED = frozenset({"conflict_detected", "write_refused"})
"""Kinds of events that people are told of, too: noted here, told by ``announce_states``."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What became of some events.

    Attributes:
        published: how many are on the bus.
        held: how many wait in the queue.
    """

    published: int
    held: int


@dataclass(frozen=True, slots=True)
class RecordAnnouncer:
    """One process's way to the bus.

    Attributes:
        kept: by workspace, when its settings were read and what they said.
    """

    hub: Hub
    bus: Bus
    kept: dict[str, tuple[datetime, Mapping[str, Any]]] = field(
        default_factory=dict[str, tuple[datetime, Mapping[str, Any]]]
    )

    def announce(self, changes: Sequence[StreamChange]) -> Announced:
        """Tell what some changes mean to others; told twice, it is the same events with the same ids.

        Raises:
            ConfigurationError: neither the bus nor the queue behind it takes the events; tell them again.
        """
        events = [event for change in changes for event in events_of(change.before, change.after)]
        signal(self.hub, events)
        wanted = [told for event in events if (told := self._told(event)) is not None]
        if not wanted:
            return Announced(0, 0)
        refused = self.bus.publish(wanted)
        if refused:
            self.bus.hold(refused)
        return Announced(len(wanted) - len(refused), len(refused))

    def _told(self, event: Event) -> Event | None:
        """Return an event as its workspace wants it told, ``None`` where it wants none."""
        settings = self._settings(event.workspace_id)
        return as_wanted(event, settings)

    def _settings(self, workspace_id: str) -> Mapping[str, Any]:
        now = self.hub.now()
        kept = self.kept.get(workspace_id)
        if kept is None or (now - kept[0]).total_seconds() >= SETTINGS_KEPT_S:
            kept = (now, load_section(self.hub, workspace_id, EVENTS))
            self.kept[workspace_id] = kept
        return kept[1]


def as_wanted(event: Event, settings: Mapping[str, Any]) -> Event | None:
    """Return an event as a workspace wants it told, ``None`` where it wants none.

    Args:
        event: with everything.
        settings: the workspace's section ``events``.
    """
    if not settings["enabled"]:
        return None
    return event if settings["payload"] == "full" else event.bare()


def signal(hub: Hub, events: Sequence[Event]) -> None:
    """Note that there is something to tell people of; how much, and whether now, is found out when it is told."""
    places = {
        (event.workspace_id, f"signal#{event.kind}#{event.data.get('integrationId', '')}")
        for event in events
        if event.kind in SIGNALLED
    }
    for workspace_id, place in sorted(places):
        hub.documents.put(Document(to_tell(workspace_id), place, {}), unconditionally=True)


def to_tell(workspace_id: str) -> str:
    """Return the partition of what is still to be told: runs that will end, and signals."""
    return f"{workspace_id}#TELL"

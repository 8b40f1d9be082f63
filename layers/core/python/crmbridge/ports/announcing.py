"""Where what has happened is told: the bus for other systems, the topic for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.notices import Notice


class Bus(Protocol):
    """Tells other systems; at least once, in no certain order."""

    def publish(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Put events on the bus, each for itself, the same again where the bus fails to take it for a moment.

        Returns:
            Those that it did not take after all; nothing is raised for them.
        """
        ...

    def hold(self, events: Sequence[Event]) -> None:
        """Keep events in a queue from which they are put on the bus later.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        ...


class Notifier(Protocol):
    """Tells people."""

    def notify(self, notice: Notice) -> bool:
        """Send a message to everybody who asked for those of its workspace; tells whether it could be sent."""
        ...

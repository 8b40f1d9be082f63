"""The bus and the topic as lists that a test can look into."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.notices import Notice


class MemoryBus:
    """Keeps what it was told.

    Args:
        takes: tells whether the bus takes an event just now; every one by default.

    Attributes:
        published: events on the bus, in order.
        held: events that wait in the queue.
    """

    def __init__(self, takes: Callable[[Event], bool] = lambda _: True) -> None:
        self.takes = takes
        self.published: list[Event] = []
        self.held: list[Event] = []

    def publish(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Put events on the bus; see ``Bus``."""
        taken = [each for each in events if self.takes(each)]
        self.published += taken
        return tuple(each for each in events if each not in taken)

    def hold(self, events: Sequence[Event]) -> None:
        """Keep events for later; see ``Bus``."""
        self.held += events


class MemoryNotifier:
    """Keeps what people were told.

    Attributes:
        works: whether messages can be sent just now.
        notices: in order.
    """

    def __init__(self) -> None:
        self.works = True
        self.notices: list[Notice] = []

    def notify(self, notice: Notice) -> bool:
        """Note a message to people; see ``Notifier``."""
        if self.works:
            self.notices.append(notice)
        return self.works

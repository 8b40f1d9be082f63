"""The four queues as lists that a test or the simulator can look into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.ports import Now

QueueName: TypeAlias = Literal["changes", "sync", "push", "wake"]
Content: TypeAlias = ChangeHint | SyncStep | Ticket | Wake

DEDUPLICATION = timedelta(seconds=300)
"""How long SQS remembers the deduplication id of a FIFO message."""

_FEW_CAUSES = 500


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way.

    Attributes:
        message_id: ascending in the order of sending.
        visible_at: not to be delivered before.
        group: message group of the FIFO queue; empty elsewhere.
    """

    message_id: int
    queue: QueueName
    content: Content
    visible_at: datetime
    group: str = ""


class MemoryQueues:
    """Keeps every message until it is acknowledged; who delivers them, and how often, is the caller's business.

    Args:
        now: the clock of delays and of the five minutes of deduplication.
    """

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._messages: dict[int, Message] = {}
        self._sent = 0
        self._causes: dict[tuple[str, Ticket], datetime] = {}
        self._most_causes = _FEW_CAUSES

    @property
    def messages(self) -> list[Message]:
        """Every message not yet acknowledged, in the order of sending."""
        return list(self._messages.values())

    def pending(self, queue: QueueName) -> list[Message]:
        """Return what a queue may deliver now, oldest first; of each FIFO group only the oldest."""
        return [message for message in self.ready() if message.queue == queue]

    def ready(self) -> list[Message]:
        """Return what any queue may deliver now, oldest first; of each FIFO group only the oldest."""
        now, groups, found = self._now(), set[str](), list[Message]()
        for message in self._messages.values():
            if message.group:
                if message.group in groups:
                    continue
                groups.add(message.group)
            if message.visible_at <= now:
                found.append(message)
        return found

    def acknowledge(self, message: Message) -> None:
        """Remove a delivered message; one that is gone already is left at that."""
        self._messages.pop(message.message_id, None)

    def send_changes(self, hints: Sequence[ChangeHint], *, delay_s: int = 0) -> None:
        """Queue hints; see ``Queues``."""
        self._send("changes", hints, delay_s)

    def send_steps(self, steps: Sequence[SyncStep], *, delay_s: int = 0) -> None:
        """Queue reading steps; see ``Queues``."""
        self._send("sync", steps, delay_s)

    def send_tickets(self, tickets: Sequence[Ticket], *, cause: str) -> None:
        """Queue tickets, dropping repeats of one cause within five minutes; see ``Queues``."""
        now = self._now()
        if len(self._causes) > self._most_causes:
            self._causes = {key: at for key, at in self._causes.items() if now - at < DEDUPLICATION}
            self._most_causes = 2 * len(self._causes) + _FEW_CAUSES
        for ticket in tickets:
            sent_at = self._causes.get((cause, ticket))
            if sent_at is None or now - sent_at >= DEDUPLICATION:
                self._causes[cause, ticket] = now
                self._send("push", (ticket,), group=f"{ticket.integration_id}#{ticket.entity}")

    def send_wakes(self, wakes: Sequence[Wake], *, delay_s: int) -> None:
        """Queue a later look; see ``Queues``."""
        self._send("wake", wakes, delay_s)

    def _send(self, queue: QueueName, contents: Sequence[Content], delay_s: int = 0, group: str = "") -> None:
        if not 0 <= delay_s <= 900:
            raise ValueError(f"a delay of {delay_s} s is not within 0..900")
        visible_at = self._now() + timedelta(seconds=delay_s)
        for content in contents:
            self._sent += 1
            self._messages[self._sent] = Message(self._sent, queue, content, visible_at, group)

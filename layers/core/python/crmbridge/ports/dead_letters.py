"""Messages that nobody could process, in the queues that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message in a dead-letter queue, taken for half a minute.

    Attributes:
        message_id: the same as it had in the queue it came from.
        receipt: by which it is given back, sent back or removed.
        body: as it was sent.
        sent_at: when it was sent first.
        group: of a FIFO queue; empty otherwise.
    """

    message_id: str
    receipt: str
    body: str
    sent_at: datetime
    group: str = ""


class DeadLetters(Protocol):
    """The dead-letter queues by name; nobody else works them off."""

    def names(self) -> tuple[str, ...]:
        """Return the queues that can be looked into, ascending."""
        ...

    def take(self, queue: str, *, most: int) -> list[DeadLetter]:
        """Take messages; nobody else sees them for half a minute.

        Args:
            queue: one of the names.
            most: at most about so many, 1..n.
        """
        ...

    def give_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Let others see taken messages again at once."""
        ...

    def send_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Send messages to the queue they came from, then remove them: a message may come twice, and is never lost."""
        ...

    def remove(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Remove messages for good."""
        ...

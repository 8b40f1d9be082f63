"""Dead-letter queues in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmbridge.ports.dead_letters import DeadLetter


class MemoryDeadLetters:
    """Keeps what is put in, and hands what is sent back to somebody.

    Args:
        sent_back: hears the queue's name and each message that is sent back.

    Attributes:
        held: messages by queue, oldest first.
    """

    def __init__(self, queues: Sequence[str], *, sent_back: Callable[[str, DeadLetter], None]) -> None:
        self.held: dict[str, list[DeadLetter]] = {name: [] for name in queues}
        self._taken: set[str] = set()
        self._sent_back = sent_back

    def names(self) -> tuple[str, ...]:
        """Return the queues that can be looked into, ascending."""
        return tuple(sorted(self.held))

    def take(self, queue: str, *, most: int) -> list[DeadLetter]:
        """Take messages; see ``DeadLetters``."""
        found = [each for each in self.held[queue] if each.receipt not in self._taken][:most]
        self._taken.update(each.receipt for each in found)
        return found

    def give_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Let others see taken messages again at once."""
        known = {each.receipt for each in self.held[queue]}
        self._taken -= known & {each.receipt for each in letters}

    def send_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Send messages to where they came from, then remove them."""
        for each in letters:
            self._sent_back(queue, each)
            self.remove(queue, [each])

    def remove(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Remove messages for good."""
        gone = {each.receipt for each in letters}
        self.held[queue] = [each for each in self.held[queue] if each.receipt not in gone]
        self._taken -= gone

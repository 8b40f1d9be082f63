"""Seeded randomness with the few throws the demo needs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"


class Dice:
    """Throws that repeat for the same seed; numbers that must not repeat never do."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._used: set[str] = set()

    def chance(self, probability: float) -> bool:
        """Throw once; true with a probability of 0.0..1.0."""
        return self._random.random() < probability

    def pick(self, choices: Sequence[_T]) -> _T:
        """Return one of several, each as likely."""
        return self._random.choice(choices)

    def some(self, choices: Sequence[_T], count: int) -> list[_T]:
        """Return up to ``count`` different ones, in no order."""
        return self._random.sample(choices, min(count, len(choices)))

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return self._random.randint(low, high)

    def fill(self, pattern: str) -> str:
        """Replace every ``#`` by a digit and every ``A`` after one by a letter.

        Example:
            >>> len(Dice(1).fill("SW1# #AA")), Dice(1).fill("SW1")
            (8, 'SW1')
        """
        text: list[str] = []
        for place, sign in enumerate(pattern):
            after = pattern[place - 1 : place] if place else ""
            if sign == "#":
                text.append(str(self.between(0, 9)))
            elif sign == "A" and after in {"#", "A"}:
                text.append(self.pick(_LETTERS))
            else:
                text.append(sign)
        return "".join(text)

    def fill_once(self, pattern: str) -> str:
        """Fill a pattern with digits that no other call of this got.

        Raises:
            ValueError: the pattern has no free number left.
        """
        for _ in range(10_000):
            text = self.fill(pattern)
            if text not in self._used:
                self._used.add(text)
                return text
        message = f"no free number left in {pattern!r}"
        raise ValueError(message)

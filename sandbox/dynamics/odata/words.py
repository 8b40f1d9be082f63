"""Filter texts taken apart into words."""

from __future__ import annotations

from sandbox.dynamics.errors import bad_query
from sandbox.dynamics.odata.splitting import Word, split


class Words:
    """A filter's words, read from left to right."""

    def __init__(self, text: str) -> None:
        """Take a text apart.

        Raises:
            DataverseError: it holds something that is no word.
        """
        self._words = split(text)
        self._place = 0

    def peek(self) -> Word | None:
        """Return the next word and stay."""
        return self._words[self._place] if self._place < len(self._words) else None

    def take(self) -> Word:
        """Return the next word and go on.

        Raises:
            DataverseError: there is none.
        """
        word = self.peek()
        if word is None:
            raise bad_query("Expression expected at the end of the filter.")
        self._place += 1
        return word

    def takes(self, kind: str, value: object) -> bool:
        """Go on if the next word is this one."""
        if self.peek() == Word(kind, value):
            self._place += 1
            return True
        return False

    def want(self, kind: str, value: object) -> None:
        """Go on.

        Raises:
            DataverseError: the next word is another one.
        """
        if not self.takes(kind, value):
            raise bad_query(f"Syntax error in the filter: '{value}' expected.")

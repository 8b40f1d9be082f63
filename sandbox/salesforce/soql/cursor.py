"""Reading a query token by token."""

from __future__ import annotations

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.nodes import Path
from sandbox.salesforce.soql.tokens import Token, tokenize


class Cursor:
    """Reads tokens one after another; the grammar builds on it."""

    def __init__(self, text: str) -> None:
        """Begin at the first token of ``text``."""
        self.text = text
        self._tokens = tokenize(text)
        self._index = 0

    @property
    def here(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._index]

    @property
    def ahead(self) -> Token:
        """The token after it."""
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    def unexpected(self, token: Token) -> SalesforceError:
        """Build the complaint about a token."""
        return problems.unexpected(self.text, token.position, token.text)

    def step(self) -> Token:
        """Read one token, whatever it is."""
        token = self.here
        if token.kind != "end":
            self._index += 1
        return token

    def take(self, sign: str) -> bool:
        """Read a sign if it is next."""
        if self.here.kind == "sign" and self.here.text == sign:
            self._index += 1
            return True
        return False

    def take_word(self, keyword: str) -> bool:
        """Read a keyword if it is next."""
        if self.here.kind == "word" and self.here.upper == keyword:
            self._index += 1
            return True
        return False

    def sign(self, sign: str) -> None:
        """Read a sign that must be next."""
        if not self.take(sign):
            raise self.unexpected(self.here)

    def keyword(self, keyword: str) -> None:
        """Read a keyword that must be next."""
        if not self.take_word(keyword):
            raise self.unexpected(self.here)

    def word(self) -> Token:
        """Read a name that must be next."""
        if self.here.kind != "word":
            raise self.unexpected(self.here)
        return self.step()

    def path(self) -> Path:
        """Read a field's path."""
        token = self.word()
        return Path(tuple(token.text.split(".")), token.position)

    def count(self) -> int:
        """Read a whole number, zero or more."""
        token = self.step()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return int(token.text)

    def expect_end(self) -> None:
        """Refuse anything after the last clause."""
        if self.here.kind != "end":
            raise self.unexpected(self.here)

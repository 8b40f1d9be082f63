"""Words and signs of a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.salesforce.soql import problems

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:\\.|[^'\\])*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)(?!\w))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<word>[A-Za-z_]\w*(?:\.\w+)*(?::\d+)?)
  | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "N": "\n", "r": "\r", "R": "\r", "t": "\t", "T": "\t", "b": "\b", "f": "\f"}
_PLAIN = frozenset("'\"\\")
_WILD = frozenset("_%")


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``kind`` is a group of the pattern above, or ``end``."""

    kind: str
    text: str
    position: int

    @property
    def upper(self) -> str:
        """The word in capitals, for keywords."""
        return self.text.upper()


def tokenize(text: str) -> list[Token]:
    """Split a query into tokens, the last of kind ``end``.

    Raises:
        SalesforceError: MALFORMED_QUERY, a character belongs to no token.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise problems.unexpected(text, position, text[position])
        if found.lastgroup != "space":
            tokens.append(Token(found.lastgroup, found.group(), position))
        position = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def unquoted(token: Token, query: str) -> str:
    r"""Return what a string literal stands for; ``\_`` and ``\%`` keep their backslash.

    Raises:
        SalesforceError: MALFORMED_QUERY, an unknown escape.
    """
    inner = token.text[1:-1]
    if "\\" not in inner:
        return inner
    parts: list[str] = []
    characters = iter(inner)
    for character in characters:
        if character != "\\":
            parts.append(character)
            continue
        parts.append(_escaped(next(characters), token, query))
    return "".join(parts)


def _escaped(letter: str, token: Token, query: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter in _PLAIN:
        return letter
    if letter in _WILD:
        return f"\\{letter}"
    sentence = f"Invalid string literal {token.text}. Illegal character sequence '\\{letter}' in string literal."
    raise problems.at(query, token.position, sentence)

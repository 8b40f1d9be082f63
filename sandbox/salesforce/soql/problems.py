"""SOQL's complaints: the query's text around the place, a caret, then a sentence."""

from __future__ import annotations

from sandbox.salesforce.errors import SalesforceError

_AROUND = 40


def at(text: str, position: int, sentence: str, *, code: str = "MALFORMED_QUERY") -> SalesforceError:
    """Build the error that points at a place in the query.

    Args:
        text: the whole query.
        position: index of the offending character.
        sentence: what is wrong, in the vendor's words.
        code: the vendor's code.
    """
    start = max(0, position - _AROUND)
    excerpt = text[start : position + _AROUND]
    row = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    caret = " " * (position - start) + "^"
    message = f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column}\n{sentence}"
    return SalesforceError(code, message)


def unexpected(text: str, position: int, token: str) -> SalesforceError:
    """Build the complaint about a word or sign that does not belong there."""
    return at(text, position, f"unexpected token: '{token or '<EOF>'}'")

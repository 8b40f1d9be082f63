"""Split an expression into its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.dynamics.errors import DataverseError, bad_query
from sandbox.dynamics.times import parsed
from sandbox.dynamics.values import guid

_WORD = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
    r"|(?P<time>\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2}))"
    r"|(?P<date>\d{4}-\d{2}-\d{2})(?![\dT])"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w./]*)"
    r"|(?P<mark>[()=,\[\]]))"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: ``kind`` is text, guid, time, date, number, flag, null, name or mark."""

    kind: str
    value: Any


def split(text: str) -> list[Word]:
    """Return an expression's words in their order.

    Raises:
        DataverseError: some part of it is no word.
    """
    found: list[Word] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _WORD.match(text, place)
        if match is None or match.lastgroup is None:
            raise bad_query(f"Syntax error at position {place} in '{text[:200]}'.")
        found.append(_word(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def _word(kind: str, text: str) -> Word:
    if kind == "text":
        return Word("text", text[1:-1].replace("''", "'"))
    if kind == "name" and text in ("true", "false", "null"):
        return Word("null", None) if text == "null" else Word("flag", text == "true")
    if kind == "time":
        return Word("time", _moment(text))
    if kind == "number":
        return Word("number", float(text) if "." in text else int(text))
    return Word(kind, guid(text) if kind == "guid" else text)


def _moment(text: str) -> object:
    try:
        return parsed(text)
    except ValueError as problem:
        raise _time_error(str(problem)) from None


def _time_error(problem: str) -> DataverseError:
    return bad_query(f"Unrecognized 'Edm.DateTimeOffset' literal: {problem}.")

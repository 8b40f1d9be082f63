"""Alternate keys as they stand in an address."""

from __future__ import annotations

import re
from typing import Any

from sandbox.dynamics.errors import bad_query
from sandbox.dynamics.schema import TableDef

_PAIR = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?:'(?P<text>(?:[^']|'')*)'|(?P<bare>[^,']+))\s*(?:,|\Z)")
_FORBIDDEN = re.compile(r"[/<>*%&:\\?+]")


def key_pairs(table: TableDef, key: str) -> dict[str, Any]:
    """Return the columns and values of an alternate key in a path.

    Raises:
        DataverseError: they cannot be read.
    """
    pairs: dict[str, Any] = {}
    place = 0
    while place < len(key):
        match = _PAIR.match(key, place)
        if match is None:
            raise bad_query(f"Bad Request - Error in query syntax: '{key[:80]}'.")
        pairs[match["name"]] = _value(table, match)
        place = match.end()
    if not pairs:
        raise bad_query("Bad Request - Error in query syntax.")
    return pairs


def _value(table: TableDef, match: re.Match[str]) -> object:
    text, bare = match["text"], match["bare"]
    if text is not None:
        if _FORBIDDEN.search(text):
            raise bad_query("The key's value holds one of / < > * % & : \\ ? + and cannot stand in a path.")
        return text.replace("''", "'")
    column = table.columns.get(match["name"])
    if column is not None and column.kind in ("string", "memo"):
        raise bad_query(f"The value of '{match['name']}' must stand in quotation marks.")
    return int(bare) if bare.strip().lstrip("-").isdigit() else bare.strip()

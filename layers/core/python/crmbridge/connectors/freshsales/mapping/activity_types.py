"""Which types of sales activities an account has, by our kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.words import letters

_TYPE_WORDS: Mapping[str, tuple[str, ...]] = {
    "call": ("phone", "call", "calls", "phonecall"),
    "email": ("email", "emails"),
}
"""By letters, how accounts call the types of sales activity that hold calls and e-mails."""


@dataclass(frozen=True, slots=True)
class People:
    """Who owns activities, and which types of sales activity the account has.

    Attributes:
        types: id by kind, ``call`` and ``email`` as far as there are such types.
    """

    emails: Mapping[str, str]
    ids: Mapping[str, int]
    types: Mapping[str, int]


def types_of(rows: tuple[Row, ...]) -> dict[str, int]:
    """Return the account's types of sales activity that hold calls and e-mails."""
    found: dict[str, int] = {}
    for row in rows:
        for kind, words in _TYPE_WORDS.items():
            if letters(str(row.get("name") or "")) in words and isinstance(row.get("id"), int):
                found.setdefault(kind, int(row["id"]))
    return found

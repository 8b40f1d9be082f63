"""The account's own lists as canonical words, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.freshsales.mapping.rule_types import Row

FIXED: Mapping[str, Mapping[str, str]] = {
    "contact_statuses": {
        "new": "new",
        "open": "open",
        "inprogress": "in_progress",
        "contacted": "connected",
        "connected": "connected",
        "qualified": "qualified",
        "unqualified": "unqualified",
    },
    "lifecycle_stages": {
        "subscriber": "subscriber",
        "lead": "lead",
        "marketingqualifiedlead": "marketing_qualified",
        "salesqualifiedlead": "sales_qualified",
        "opportunity": "opportunity",
        "customer": "customer",
        "evangelist": "evangelist",
        "other": "other",
    },
}
"""Per list, the canonical word of a name by its letters; any other name is its own word."""

_NOT_A_LETTER = re.compile(r"[\W_]+")
_NAMES = ("currency_code", "code", "name", "display_name")


def letters(text: str) -> str:
    """Return a text's letters and digits, so that spelling does not hide equality.

    Example:
        >>> letters("Sales Qualified Lead"), letters("Follow-up")
        ('salesqualifiedlead', 'followup')
    """
    return _NOT_A_LETTER.sub("", text.casefold()) or text


@dataclass(frozen=True, slots=True)
class Choices:
    """One list: canonical word by id, and id by the letters of a word."""

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    ids: Mapping[str, int] = field(default_factory=dict[str, int])

    def word(self, choice_id: object) -> str:
        """Return the canonical word of an id; one nobody knows stays itself."""
        return self.words.get(str(choice_id), str(choice_id))

    def id(self, word: str) -> int | None:
        """Return the id to write for a word, ``None`` when the list has none."""
        return self.ids.get(letters(word))


def choices_of(source: str, rows: Iterable[Row], overrides: Mapping[str, str] | None = None) -> Choices:
    """Build the map of one list.

    Args:
        overrides: a workspace's own words: canonical to the name in this list.

    Example:
        >>> found = choices_of("lifecycle_stages", [{"id": 7, "name": "Sales Qualified Lead"}])
        >>> found.word(7), found.id("sales_qualified")
        ('sales_qualified', 7)
    """
    ours = {letters(name): word for word, name in (overrides or {}).items()}
    fixed = FIXED.get(source, {})
    words: dict[str, str] = {}
    ids: dict[str, int] = {}
    for row in rows:
        name = next((str(row[each]) for each in _NAMES if row.get(each)), "")
        if not name or not isinstance(row.get("id"), int):
            continue
        plain = letters(name)
        word = ours.get(plain) or fixed.get(plain) or name
        words[str(row["id"])] = word
        ids.setdefault(letters(word), int(row["id"]))
        ids.setdefault(plain, int(row["id"]))
    return Choices(words, ids)

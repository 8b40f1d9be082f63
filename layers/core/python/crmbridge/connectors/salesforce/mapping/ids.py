"""Salesforce record ids and object names; standard library only, so that the webhook door may use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from crmbridge.domain.records import Entity

Kept: TypeAlias = Literal["company", "contact", "lead", "deal", "Task", "Event"]
"""What one object holds: an entity, or one of the two places of activities."""

PLACES: tuple[Kept, ...] = ("Task", "Event")
"""The objects that hold activities."""

OBJECTS: Mapping[Kept, str] = {
    "company": "Account",
    "contact": "Contact",
    "lead": "Lead",
    "deal": "Opportunity",
    "Task": "Task",
    "Event": "Event",
}
"""Salesforce's name of each entity."""

ENTITIES: Mapping[str, Kept] = {name: entity for entity, name in OBJECTS.items()}
"""Our name of each object."""

ENTITY_OF: Mapping[Kept, Entity] = {
    "company": "company",
    "contact": "contact",
    "lead": "lead",
    "deal": "deal",
    "Task": "activity",
    "Event": "activity",
}
"""The entity that an object holds."""

PREFIXES: Mapping[Kept, str] = {
    "company": "001",
    "contact": "003",
    "lead": "00Q",
    "deal": "006",
    "Task": "00T",
    "Event": "00U",
}
"""First three characters of every id of an entity's object."""

_FORM = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def id18(text: str) -> str:
    """Return an id in its 18 characters; an empty string for what is no id.

    The last three characters say which of the first fifteen are capitals.

    Example:
        >>> id18("001D000000IRFma"), id18("001D000000IRFmaIAH"), id18("nonsense")
        ('001D000000IRFmaIAH', '001D000000IRFmaIAH', '')
    """
    if not _FORM.fullmatch(text):
        return ""
    return text if len(text) == len("001D000000IRFmaIAH") else text + "".join(_marks(text))


def _marks(text: str) -> list[str]:
    groups = (text[start : start + 5] for start in range(0, 15, 5))
    return [_SUFFIX[sum(1 << place for place, letter in enumerate(group) if letter.isupper())] for group in groups]


def id_of(entity: Kept, text: str) -> str:
    """Return an entity's id in its 18 characters; an empty string for anything else, other objects' ids too.

    Example:
        >>> id_of("company", "001D000000IRFma"), id_of("contact", "001D000000IRFma")
        ('001D000000IRFmaIAH', '')
    """
    return id18(text) if text.startswith(PREFIXES[entity]) else ""

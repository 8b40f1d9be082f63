"""What can be said of a module and of a field of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crmbridge.domain.records import Entity

Row: TypeAlias = Mapping[str, Any]
"""A record as Freshsales states it."""

Kind: TypeAlias = Literal[
    "text", "multiline", "email", "phone", "domain", "integer", "decimal", "day", "choice", "stage", "owner", "tags"
]

TEXT_MAX = 255
"""Characters of a text field; a longer one fails the whole request."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field and the key that holds it; ``source`` names the list that ids of a choice come from."""

    field: str
    key: str
    kind: Kind = "text"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRule:
    """One entity and the module that holds it.

    Attributes:
        plural: in paths and lists.
        singular: around one record, and in the paths of searches.
        views: the views that together show every live record; an account has them under these names.
        include: what must be asked for, or its ids are left out of answers.
        phones: attributes that hold telephone numbers.
    """

    entity: Entity
    plural: str
    singular: str
    model: str
    views: tuple[str, ...]
    include: tuple[str, ...]
    fields: tuple[FieldRule, ...]
    phones: tuple[str, ...] = ()

    @property
    def asked(self) -> Mapping[str, str]:
        """The query that makes an answer whole."""
        return {"include": ",".join(self.include)}


RECYCLE_BIN = "Recycle Bin"

"""What can be said of an object and of a field of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crmbridge.domain.records import Entity

Kind: TypeAlias = Literal[
    "column", "text", "multiline", "domain", "email", "phone", "owner", "stage", "amount", "currency", "tags"
]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field and its place.

    Attributes:
        place: a column of the record, or the code of a custom field that Kommo itself defines.
        prefer: of a field with several values, the kinds to take, best first; ``*`` is any other.
        never: kinds that belong to another canonical field.
    """

    field: str
    kind: Kind
    place: str = ""
    prefer: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def is_custom(self) -> bool:
        """Whether the place is a custom field."""
        return self.kind in ("text", "multiline", "domain", "email", "phone")

    @property
    def is_multiple(self) -> bool:
        """Whether the place holds several values, of which this field is one."""
        return self.kind in ("email", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRule:
    """One entity and the object that holds it.

    Attributes:
        path: the object's name in paths.
        singular: its name in events.
        shown: what reading has to ask for beside the ordinary.
        linked: reference fields with the object at the other end.
        fields: where each field is.
    """

    entity: Entity
    path: str
    singular: str
    shown: str = ""
    linked: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: tuple[FieldRule, ...]

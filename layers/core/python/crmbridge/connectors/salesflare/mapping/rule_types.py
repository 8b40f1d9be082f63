"""What can be said of an object and of a field of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from crmbridge.domain.records import Entity

Kind: TypeAlias = Literal[
    "text", "multiline", "email", "phone", "domain", "integer", "decimal", "percent", "day", "owner", "stage"
]
Place: TypeAlias = Literal["", "address", "phone", "role"]

COUNTRY_MAX = 50
"""Characters of a country. Source: Salesflare's Swagger file."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field and the key that holds it.

    Attributes:
        key: in the row or, for an address, in the first of ``addresses``.
        place: what kind of part holds it; empty for the row itself.
        most: UTF-16 units that are kept.
    """

    field: str
    key: str
    kind: Kind = "text"
    place: Place = ""
    most: int = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRule:
    """One entity and the object that holds it.

    Attributes:
        path: the object's name in paths, and of its custom fields.
        filtered: its name in ``/filterfields``, the likeliest first.
        hides_deleted: whether a listing can be asked for archived rows.
        needs_account: whether it cannot exist without one.
    """

    entity: Entity
    path: str
    filtered: tuple[str, ...]
    fields: tuple[FieldRule, ...]
    hides_deleted: bool = False
    has_account: bool = True
    needs_account: bool = False

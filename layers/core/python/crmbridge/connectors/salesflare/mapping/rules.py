"""Which key of Salesflare's holds which canonical field, and how."""

from __future__ import annotations

from collections.abc import Mapping
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


_ADDRESS = (
    FieldRule("street", "street", "multiline", "address"),
    FieldRule("city", "city", place="address"),
    FieldRule("state", "state_region", place="address"),
    FieldRule("postal_code", "zip", place="address"),
    FieldRule("country", "country", place="address", most=COUNTRY_MAX),
)
ADDRESS: Mapping[str, str] = {rule.field: rule.key for rule in _ADDRESS}

RULES: Mapping[Entity, ObjectRule] = {
    "company": ObjectRule(
        entity="company",
        path="accounts",
        filtered=("account",),
        has_account=False,
        fields=(
            FieldRule("name", "name"),
            FieldRule("domain", "domain", "domain"),
            FieldRule("phone", "phone_number", "phone", "phone"),
            *_ADDRESS,
            FieldRule("employees", "size", "integer"),
            FieldRule("description", "description", "multiline"),
        ),
    ),
    "contact": ObjectRule(
        entity="contact",
        path="contacts",
        filtered=("person", "contact"),
        hides_deleted=True,
        fields=(
            FieldRule("email", "email", "email"),
            FieldRule("first_name", "firstname"),
            FieldRule("last_name", "lastname"),
            FieldRule("phone", "phone_number", "phone", "phone"),
            FieldRule("mobile_phone", "mobile_phone_number", "phone", "phone"),
            FieldRule("job_title", "role", place="role"),
            *_ADDRESS,
            FieldRule("owner", "owner", "owner"),
        ),
    ),
    "deal": ObjectRule(
        entity="deal",
        path="opportunities",
        filtered=("opportunity",),
        needs_account=True,
        fields=(
            FieldRule("title", "name"),
            FieldRule("amount", "value", "decimal"),
            FieldRule("stage", "stage", "stage"),
            FieldRule("close_on", "close_date", "day"),
            FieldRule("probability", "probability", "percent"),
            FieldRule("owner", "owner", "owner"),
        ),
    ),
}
"""One rule per entity that is a record of its own; activities are in ``activities``."""

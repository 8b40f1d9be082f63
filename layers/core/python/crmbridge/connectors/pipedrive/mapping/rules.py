"""Which key of Pipedrive's holds which canonical field, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crmbridge.domain.records import Entity

Kind: TypeAlias = Literal[
    "text", "multiline", "email", "phone", "mobile", "domain", "whole", "decimal", "percent", "day", "option", "stage",
    "owner", "labels", "first", "last", "address", "currency",
]  # fmt: skip

NAME_MAX = 255
"""Characters of a name, a title or a short text; Pipedrive documents no figure, its own screens cut there."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field and the key that holds it.

    Attributes:
        key: of the record; of an address the part, such as ``locality``.
        optional: the key exists only where the company has it (contact sync).
    """

    field: str
    key: str
    kind: Kind = "text"
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRule:
    """One entity and the object of API v2 that holds it.

    Attributes:
        path: in addresses.
        fields_path: of its field definitions.
        address: key of its address, or empty.
        company: key of its organization, or empty.
    """

    entity: Entity
    path: str
    fields_path: str
    fields: tuple[FieldRule, ...]
    address: str = ""
    company: str = ""


_ADDRESS = (
    FieldRule("street", "route", "address"),
    FieldRule("city", "locality", "address"),
    FieldRule("state", "admin_area_level_1", "address"),
    FieldRule("postal_code", "postal_code", "address"),
    FieldRule("country", "country", "address"),
)
_SYNCED_ADDRESS = tuple(FieldRule(each.field, each.key, each.kind, optional=True) for each in _ADDRESS)
_OWNER = FieldRule("owner", "owner_id", "owner")
_TAGS = FieldRule("tags", "label_ids", "labels")

COMPANY = ObjectRule(
    entity="company",
    path="organizations",
    fields_path="organizationFields",
    address="address",
    fields=(
        FieldRule("name", "name"),
        FieldRule("domain", "website", "domain"),
        FieldRule("industry", "industry", "option"),
        *_ADDRESS,
        FieldRule("employees", "employee_count", "whole"),
        FieldRule("annual_revenue", "annual_revenue", "decimal"),
        _OWNER,
        _TAGS,
    ),
)
CONTACT = ObjectRule(
    entity="contact",
    path="persons",
    fields_path="personFields",
    address="postal_address",
    company="org_id",
    fields=(
        FieldRule("email", "emails", "email"),
        FieldRule("first_name", "first_name", "first"),
        FieldRule("last_name", "last_name", "last"),
        FieldRule("phone", "phones", "phone"),
        FieldRule("mobile_phone", "phones", "mobile"),
        FieldRule("job_title", "job_title", optional=True),
        *_SYNCED_ADDRESS,
        FieldRule("description", "notes", "multiline", optional=True),
        _OWNER,
        _TAGS,
    ),
)
DEAL = ObjectRule(
    entity="deal",
    path="deals",
    fields_path="dealFields",
    company="org_id",
    fields=(
        FieldRule("title", "title"),
        FieldRule("amount", "value", "decimal"),
        FieldRule("currency", "currency", "currency"),
        FieldRule("stage", "stage_id", "stage"),
        FieldRule("close_on", "expected_close_date", "day"),
        FieldRule("probability", "probability", "percent"),
        _OWNER,
        _TAGS,
    ),
)
RULES: Mapping[Entity, ObjectRule] = {"company": COMPANY, "contact": CONTACT, "deal": DEAL}
"""One rule per object of API v2 that has custom fields; activities and notes have rooms of their own."""

WHOLE_DECIMALS = frozenset({"annual_revenue"})
"""Amounts that Pipedrive keeps without a fraction."""

NAMELESS = "(no name)"
"""What a person without name, e-mail address and telephone number is called, since Pipedrive wants a name."""

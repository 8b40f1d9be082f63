"""Which field of Freshsales holds which canonical field, and how."""

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

_ADDRESS = (
    FieldRule("street", "address", "multiline"),
    FieldRule("city", "city"),
    FieldRule("state", "state"),
    FieldRule("postal_code", "zipcode"),
    FieldRule("country", "country"),
)
_OWNER = FieldRule("owner", "owner_id", "owner")
_SOURCE = FieldRule("lead_source", "lead_source_id", "choice", "lead_sources")

RULES: Mapping[Entity, ModuleRule] = {
    "company": ModuleRule(
        entity="company",
        plural="sales_accounts",
        singular="sales_account",
        model="SalesAccount",
        views=("All Accounts",),
        include=("owner", "industry_type"),
        phones=("phone",),
        fields=(
            FieldRule("name", "name"),
            FieldRule("domain", "website", "domain"),
            FieldRule("phone", "phone", "phone"),
            FieldRule("industry", "industry_type_id", "choice", "industry_types"),
            *_ADDRESS,
            FieldRule("employees", "number_of_employees", "integer"),
            FieldRule("annual_revenue", "annual_revenue", "decimal"),
            _OWNER,
        ),
    ),
    "contact": ModuleRule(
        entity="contact",
        plural="contacts",
        singular="contact",
        model="Contact",
        views=("All Contacts",),
        include=("owner", "source", "contact_status", "lifecycle_stage", "sales_accounts"),
        phones=("mobile_number", "work_number"),
        fields=(
            FieldRule("email", "email", "email"),
            FieldRule("first_name", "first_name"),
            FieldRule("last_name", "last_name"),
            FieldRule("phone", "work_number", "phone"),
            FieldRule("mobile_phone", "mobile_number", "phone"),
            FieldRule("job_title", "job_title"),
            _SOURCE,
            FieldRule("lead_status", "contact_status_id", "choice", "contact_statuses"),
            FieldRule("lifecycle_stage", "lifecycle_stage_id", "choice", "lifecycle_stages"),
            *_ADDRESS,
            _OWNER,
            FieldRule("tags", "tags", "tags"),
        ),
    ),
    "deal": ModuleRule(
        entity="deal",
        plural="deals",
        singular="deal",
        model="Deal",
        views=("Open Deals", "Won Deals", "Lost Deals"),
        include=("owner", "source", "sales_account", "contacts", "deal_stage", "deal_type", "currency"),
        fields=(
            FieldRule("title", "name"),
            FieldRule("amount", "amount", "decimal"),
            FieldRule("currency", "currency_id", "choice", "currencies"),
            FieldRule("stage", "deal_stage_id", "stage"),
            FieldRule("close_on", "expected_close", "day"),
            _SOURCE,
            FieldRule("deal_type", "deal_type_id", "choice", "deal_types"),
            _OWNER,
        ),
    ),
}
"""There is no view of all deals: three views hold them."""

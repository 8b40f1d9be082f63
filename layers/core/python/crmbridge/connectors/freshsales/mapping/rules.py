"""Which field of Freshsales holds which canonical field, and how."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.freshsales.mapping.rule_types import FieldRule, ModuleRule
from crmbridge.domain.records import Entity

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

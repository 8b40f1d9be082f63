"""Which key of Salesflare's holds which canonical field, and how."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.salesflare.mapping.rule_types import COUNTRY_MAX, FieldRule, ObjectRule
from crmbridge.domain.records import Entity

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

"""Where Kommo keeps each canonical field."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.kommo.mapping.rule_types import FieldRule, ObjectRule
from crmbridge.domain.records import Entity

_OWNER = FieldRule("owner", "owner", "responsible_user_id")
_TAGS = FieldRule("tags", "tags")

RULES: Mapping[Entity, ObjectRule] = {
    "company": ObjectRule(
        entity="company",
        path="companies",
        singular="company",
        fields=(
            FieldRule("name", "column", "name"),
            FieldRule("domain", "domain", "WEB"),
            FieldRule("phone", "phone", "PHONE", ("WORK", "*")),
            FieldRule("street", "multiline", "ADDRESS"),
            _OWNER,
            _TAGS,
        ),
    ),
    "contact": ObjectRule(
        entity="contact",
        path="contacts",
        singular="contact",
        linked={"company": "companies"},
        fields=(
            FieldRule("email", "email", "EMAIL", ("WORK", "*")),
            FieldRule("first_name", "column", "first_name"),
            FieldRule("last_name", "column", "last_name"),
            FieldRule("phone", "phone", "PHONE", ("WORK", "*"), ("MOB",)),
            FieldRule("mobile_phone", "phone", "PHONE", ("MOB",)),
            FieldRule("job_title", "text", "POSITION"),
            _OWNER,
            _TAGS,
        ),
    ),
    "deal": ObjectRule(
        entity="deal",
        path="leads",
        singular="lead",
        shown="contacts",
        linked={"company": "companies", "contacts": "contacts"},
        fields=(
            FieldRule("title", "column", "name"),
            FieldRule("amount", "amount", "price"),
            FieldRule("currency", "currency"),
            FieldRule("stage", "stage", "status_id"),
            _OWNER,
            _TAGS,
        ),
    ),
}
"""One rule per entity that is an object of Kommo's; activities are tasks and notes (``activities.py``)."""

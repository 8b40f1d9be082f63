"""Salesforce's names for what the demo types (Source: Salesforce's object reference)."""

from __future__ import annotations

from collections.abc import Mapping

from local.demo.model import Entity

OBJECTS: Mapping[Entity, str] = {"company": "Account", "contact": "Contact", "deal": "Opportunity"}


def _address(prefix: str) -> dict[str, str]:
    return {
        "street": f"{prefix}Street",
        "city": f"{prefix}City",
        "state": f"{prefix}State",
        "postal_code": f"{prefix}PostalCode",
        "country": f"{prefix}Country",
    }


FIELDS: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "Name",
        "domain": "Website",
        "phone": "Phone",
        "industry": "Industry",
        **_address("Billing"),
        "employees": "NumberOfEmployees",
        "annual_revenue": "AnnualRevenue",
        "description": "Description",
        "owner": "OwnerId",
    },
    "contact": {
        "email": "Email",
        "first_name": "FirstName",
        "last_name": "LastName",
        "phone": "Phone",
        "mobile_phone": "MobilePhone",
        "job_title": "Title",
        **_address("Mailing"),
        "description": "Description",
        "owner": "OwnerId",
    },
    "deal": {
        "title": "Name",
        "amount": "Amount",
        "stage": "StageName",
        "close_on": "CloseDate",
        "description": "Description",
        "owner": "OwnerId",
    },
}

REQUIRED: Mapping[Entity, frozenset[str]] = {
    "company": frozenset({"name", "owner"}),
    "contact": frozenset({"last_name", "owner"}),
    "deal": frozenset({"title", "stage", "close_on", "owner"}),
}
"""Fields that are never empty there, whoever filled them in."""

STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
"""Stages of a new org, in selling order."""

INDUSTRIES: Mapping[str, str] = {
    "banking": "Banking",
    "biotechnology": "Biotechnology",
    "chemicals": "Chemicals",
    "construction": "Construction",
    "insurance": "Insurance",
    "machinery": "Machinery",
    "retail": "Retail",
    "telecommunications": "Telecommunications",
    "utilities": "Utilities",
}

NUMBERS = frozenset({"employees", "annual_revenue", "amount"})
"""Neutral fields that are JSON numbers there."""

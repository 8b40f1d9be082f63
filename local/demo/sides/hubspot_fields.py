"""HubSpot's names for what the demo types (Source: HubSpot's object guides)."""

from __future__ import annotations

from collections.abc import Mapping

from local.demo.model import Entity

OBJECTS: Mapping[Entity, str] = {"company": "companies", "contact": "contacts", "deal": "deals"}

_ADDRESS = {
    "street": "address",
    "city": "city",
    "state": "state",
    "postal_code": "zip",
    "country": "country",
}
PROPERTIES: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "name",
        "domain": "domain",
        "phone": "phone",
        "industry": "industry",
        **_ADDRESS,
        "employees": "numberofemployees",
        "annual_revenue": "annualrevenue",
        "description": "description",
        "owner": "hubspot_owner_id",
    },
    "contact": {
        "email": "email",
        "first_name": "firstname",
        "last_name": "lastname",
        "phone": "phone",
        "mobile_phone": "mobilephone",
        "job_title": "jobtitle",
        **_ADDRESS,
        "owner": "hubspot_owner_id",
    },
    "deal": {
        "title": "dealname",
        "amount": "amount",
        "stage": "dealstage",
        "close_on": "closedate",
        "description": "description",
        "owner": "hubspot_owner_id",
    },
}
"""A contact has no description; a company's and a deal's are standard."""

STAGES = (
    "appointmentscheduled",
    "qualifiedtobuy",
    "presentationscheduled",
    "decisionmakerboughtin",
    "contractsent",
    "closedwon",
    "closedlost",
)
"""Stages of the default pipeline, in selling order."""

INDUSTRIES: Mapping[str, str] = {
    "banking": "BANKING",
    "biotechnology": "BIOTECHNOLOGY",
    "chemicals": "CHEMICALS",
    "construction": "CONSTRUCTION",
    "insurance": "INSURANCE",
    "machinery": "MACHINERY",
    "retail": "RETAIL",
    "telecommunications": "TELECOMMUNICATIONS",
    "utilities": "UTILITIES",
}

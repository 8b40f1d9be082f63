"""Small describes and orgs for tests of the pure mapping."""

from __future__ import annotations

from typing import Any

from crmbridge.connectors.salesforce.mapping.organization import OrgFacts, people_of
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD, Schema, schema_of
from crmbridge.connectors.salesforce.mapping.stages import Choice, StageMap, stage_map, status_map
from crmbridge.domain.records import Entity
from crmbridge.ports import Owner
from tests.unit.connectors.salesforce.canonical import Plain

ANA = Owner("005000000000001AAA", "ana@fabrikam.example", "Ana", True)
BO = Owner("005000000000002AAA", "bo@fabrikam.example", "Bo", False)
PEOPLE = people_of([ANA, BO])

STAGES = stage_map(
    [
        Choice(name="Prospecting", order=1, probability=10),
        Choice(name="Needs Analysis", order=2, probability=20),
        Choice(name="Qualification", order=3, probability=10),
        Choice(name="Negotiation/Review", order=4, probability=90),
        Choice(name="Closed Won", order=5, probability=100, is_closed=True, is_won=True),
        Choice(name="Closed Lost", order=6, is_closed=True),
    ],
    {},
)
STATUSES = status_map(
    [
        Choice(name="Open - Not Contacted", order=1, is_default=True),
        Choice(name="Working - Contacted", order=2),
        Choice(name="Closed - Converted", order=3, is_converted=True),
        Choice(name="Closed - Not Converted", order=4),
    ],
    {},
)

_ADDRESS = {"Street": 255, "City": 40, "State": 80, "PostalCode": 20, "Country": 80}
_PERSON = {"FirstName": 40, "LastName": 80, "Email": 80, "Phone": 40, "MobilePhone": 40, "Title": 128}
_TEXTS: dict[Entity, dict[str, int]] = {
    "company": {"Name": 255, "Website": 255, "Phone": 40, "Industry": 40, "Description": 32000},
    "contact": {**_PERSON, "LeadSource": 40, "Description": 32000},
    "lead": {**_PERSON, "Company": 255, "Status": 40, "Industry": 40, "LeadSource": 40, "Description": 32000},
    "deal": {"Name": 120, "StageName": 255, "LeadSource": 40, "Type": 40, "Description": 32000},
}
_PREFIX: dict[Entity, str] = {"company": "Billing", "contact": "Mailing", "lead": ""}
_PLAIN = ("Id", "SystemModstamp", "OwnerId", "AccountId", "CloseDate", "IsConverted", "ConvertedContactId")


def described(entity: Entity, **changes: dict[str, Any] | None) -> dict[str, Any]:
    """Return a describe; ``changes`` by field name replace or (``None``) remove fields."""
    fields: dict[str, dict[str, Any]] = {name: {"name": name} for name in _PLAIN}
    texts = dict(_TEXTS[entity])
    if entity in _PREFIX:
        texts |= {f"{_PREFIX[entity]}{part}": length for part, length in _ADDRESS.items()}
    fields |= {name: {"name": name, "length": length} for name, length in texts.items()}
    fields["NumberOfEmployees"] = {"name": "NumberOfEmployees", "digits": 8}
    fields["AnnualRevenue"] = {"name": "AnnualRevenue", "precision": 18, "scale": 0}
    fields["Amount"] = {"name": "Amount", "precision": 18, "scale": 2}
    fields["Probability"] = {"name": "Probability", "precision": 3, "scale": 0}
    fields["Industry"] = {**fields.get("Industry", {"name": "Industry"}), "picklistValues": [{"value": "Banking"}]}
    fields[EXTERNAL_ID_FIELD] = {"name": EXTERNAL_ID_FIELD, "length": 64, "externalId": True, "unique": True}
    for name, change in changes.items():
        if change is None:
            fields.pop(name, None)
        else:
            fields[name] = {**fields.get(name, {"name": name}), **change}
    return {"fields": list(fields.values())}


def schema(entity: Entity, **changes: dict[str, Any] | None) -> Schema:
    return schema_of(described(entity, **changes))


def org(entity: Plain, **changes: dict[str, Any] | None) -> OrgFacts:
    stages: dict[str, StageMap] = {"deal": STAGES, "lead": STATUSES}
    return OrgFacts(entity, schema(entity, **changes), PEOPLE, stages.get(entity, StageMap()))

"""Which of their fields each of ours is; one table per entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.connectors.salesforce.mapping import activities, kinds
from crmbridge.connectors.salesforce.mapping.custom import kind_of
from crmbridge.connectors.salesforce.mapping.ids import Kept
from crmbridge.connectors.salesforce.mapping.kinds import Kind
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD, Schema


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its name here, its name there, its kind.

    Attributes:
        is_required: a new record must bring it.
    """

    name: str
    field: str
    kind: Kind
    is_required: bool = False


_SYSTEM = ("Id", "SystemModstamp")

ALSO_READ: Mapping[Kept, tuple[str, ...]] = {
    "company": (*_SYSTEM, EXTERNAL_ID_FIELD, "IsPersonAccount"),
    "contact": (*_SYSTEM, EXTERNAL_ID_FIELD, "AccountId", "IsPersonAccount"),
    "lead": (*_SYSTEM, EXTERNAL_ID_FIELD, "IsConverted", "ConvertedContactId"),
    "deal": (*_SYSTEM, EXTERNAL_ID_FIELD, "AccountId"),
    "Task": (*_SYSTEM, EXTERNAL_ID_FIELD, "TaskSubtype", "WhoId", "WhatId"),
    "Event": (*_SYSTEM, EXTERNAL_ID_FIELD, "WhoId", "WhatId"),
}
"""Fields read beside the mapped ones, as far as the org has them."""

REFERENCES: Mapping[Kept, Mapping[str, str]] = {
    "company": {},
    "contact": {"company": "AccountId"},
    "lead": {},
    "deal": {"company": "AccountId"},
    "Task": {},
    "Event": {},
}
"""Single references that are plain fields there."""


def _address(prefix: str) -> tuple[Column, ...]:
    return (
        Column("country", f"{prefix}Country", kinds.PLACE),
        Column("street", f"{prefix}Street", kinds.BLOCK),
        Column("city", f"{prefix}City", kinds.LINE),
        Column("state", f"{prefix}State", kinds.PLACE),
        Column("postal_code", f"{prefix}PostalCode", kinds.LINE),
    )


_PERSON = (
    Column("email", "Email", kinds.EMAIL),
    Column("first_name", "FirstName", kinds.LINE),
    Column("last_name", "LastName", kinds.NAME, is_required=True),
    Column("phone", "Phone", kinds.PHONE),
    Column("mobile_phone", "MobilePhone", kinds.PHONE),
    Column("job_title", "Title", kinds.LINE),
    Column("lead_source", "LeadSource", kinds.CHOICE),
    Column("description", "Description", kinds.BLOCK),
    Column("owner", "OwnerId", kinds.OWNER),
)

_ACTIVITY = (
    Column("subject", "Subject", kinds.LINE),
    Column("description", "Description", kinds.BLOCK),
    Column("owner", "OwnerId", kinds.OWNER),
)

COLUMNS: Mapping[Kept, tuple[Column, ...]] = {
    "company": (
        *_address("Billing"),
        Column("name", "Name", kinds.NAME, is_required=True),
        Column("domain", "Website", kinds.WEBSITE),
        Column("phone", "Phone", kinds.PHONE),
        Column("industry", "Industry", kinds.CHOICE),
        Column("employees", "NumberOfEmployees", kinds.WHOLE),
        Column("annual_revenue", "AnnualRevenue", kinds.DECIMAL),
        Column("description", "Description", kinds.BLOCK),
        Column("owner", "OwnerId", kinds.OWNER),
    ),
    "contact": (*_address("Mailing"), *_PERSON),
    "lead": (
        *_address(""),
        *_PERSON,
        Column("company_name", "Company", kinds.NAME, is_required=True),
        Column("lead_status", "Status", kinds.STAGE, is_required=True),
        Column("industry", "Industry", kinds.CHOICE),
    ),
    "deal": (
        Column("title", "Name", kinds.NAME, is_required=True),
        Column("amount", "Amount", kinds.DECIMAL),
        Column("currency", "CurrencyIsoCode", kinds.CURRENCY),
        Column("stage", "StageName", kinds.STAGE, is_required=True),
        Column("close_on", "CloseDate", kinds.REQUIRED_DAY, is_required=True),
        Column("probability", "Probability", kinds.PERCENT),
        Column("lead_source", "LeadSource", kinds.CHOICE),
        Column("description", "Description", kinds.BLOCK),
        Column("deal_type", "Type", kinds.CHOICE),
        Column("owner", "OwnerId", kinds.OWNER),
    ),
    "Task": (
        *_ACTIVITY,
        Column("due_at", "ActivityDate", activities.DAY),
        Column("starts_at", "ActivityDate", activities.DAY),
        Column("status", "Status", kinds.STAGE),
        Column("priority", "Priority", activities.PRIORITY),
        Column("direction", "CallType", activities.DIRECTION),
        Column("duration_s", "CallDurationInSeconds", kinds.WHOLE),
    ),
    "Event": (
        *_ACTIVITY,
        Column("starts_at", "StartDateTime", activities.START),
        Column("ends_at", "EndDateTime", kinds.MOMENT),
    ),
}
"""The country comes first: telephone numbers are read in it."""


def columns(entity: Kept, schema: Schema) -> tuple[Column, ...]:
    """Return the columns that the org has and lets us both read and write, and the workspace's own that it shows."""
    known = tuple(each for each in COLUMNS[entity] if schema.writable(each.field) is not None)
    return known + tuple(Column(each.name, name, kind_of(each)) for each, name in schema.custom)


def fields_to_read(entity: Kept, schema: Schema) -> tuple[str, ...]:
    """Return the names of every field that an observation is made of, without repeats."""
    mapped = [each.field for each in columns(entity, schema)]
    return tuple(dict.fromkeys(each for each in (*ALSO_READ[entity], *mapped) if each in schema.shapes))

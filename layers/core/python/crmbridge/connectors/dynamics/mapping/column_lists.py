"""Which columns a table has for which of our fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.connectors.dynamics.mapping import kinds
from crmbridge.connectors.dynamics.mapping.kinds import Kind


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its name here, its column there, its kind.

    Attributes:
        also: further columns that the kind reads.
    """

    name: str
    field: str
    kind: Kind
    also: tuple[str, ...] = ()


_ADDRESS = (
    Column("country", "address1_country", kinds.LINE),
    Column("street", "address1_line", kinds.STREET, ("address1_line1", "address1_line2", "address1_line3")),
    Column("city", "address1_city", kinds.LINE),
    Column("state", "address1_stateorprovince", kinds.LINE),
    Column("postal_code", "address1_postalcode", kinds.LINE),
)
_OWNER = Column("owner", "ownerid", kinds.OWNER)
_DESCRIPTION = Column("description", "description", kinds.BLOCK)
_PERSON = (
    *_ADDRESS,
    Column("email", "emailaddress1", kinds.EMAIL),
    Column("first_name", "firstname", kinds.LINE),
    Column("last_name", "lastname", kinds.LINE),
    Column("phone", "telephone1", kinds.PHONE),
    Column("mobile_phone", "mobilephone", kinds.PHONE),
    Column("job_title", "jobtitle", kinds.LINE),
    Column("lead_source", "leadsourcecode", kinds.CHOICE),
    _DESCRIPTION,
    _OWNER,
)
_ACTIVITY = (
    Column("subject", "subject", kinds.LINE),
    _DESCRIPTION,
    Column("starts_at", "scheduledstart", kinds.MOMENT),
    Column("priority", "prioritycode", kinds.PRIORITY),
    _OWNER,
)
_DONE = (
    Column("due_at", "scheduledend", kinds.MOMENT),
    Column("ends_at", "actualend", kinds.MOMENT),
    Column("duration_s", "actualdurationminutes", kinds.MINUTES),
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "account": (
        *_ADDRESS,
        Column("name", "name", kinds.LINE),
        Column("domain", "websiteurl", kinds.WEBSITE),
        Column("phone", "telephone1", kinds.PHONE),
        Column("industry", "industrycode", kinds.CHOICE),
        Column("employees", "numberofemployees", kinds.WHOLE),
        Column("annual_revenue", "revenue", kinds.MONEY),
        _DESCRIPTION,
        _OWNER,
    ),
    "contact": _PERSON,
    "lead": (
        *_PERSON,
        Column("company_name", "companyname", kinds.LINE),
        Column("industry", "industrycode", kinds.CHOICE),
    ),
    "opportunity": (
        Column("title", "name", kinds.LINE),
        Column("amount", "estimatedvalue", kinds.ESTIMATE),
        Column("currency", "transactioncurrencyid", kinds.CURRENCY),
        Column("close_on", "estimatedclosedate", kinds.DAY),
        Column("probability", "closeprobability", kinds.PERCENT),
        _DESCRIPTION,
        _OWNER,
    ),
    "task": (*_ACTIVITY, *_DONE),
    "phonecall": (*_ACTIVITY, *_DONE, Column("direction", "directioncode", kinds.DIRECTION)),
    "appointment": (*_ACTIVITY, Column("ends_at", "scheduledend", kinds.MOMENT)),
    "annotation": (
        Column("subject", "subject", kinds.LINE),
        Column("description", "notetext", kinds.BLOCK),
        _OWNER,
    ),
}
"""The country comes first: telephone numbers are read in it."""

"""Which of their columns each of our fields is; one table of columns per table of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.mapping import custom, kinds
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.kinds import Kind

EXTERNAL_ID = CONNECTOR.external_id_field


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

STAGES: Mapping[str, tuple[str, str]] = {
    "lead": ("lead_status", "statuscode"),
    "opportunity": ("stage", "salesstage"),
    "task": ("status", "statuscode"),
    "phonecall": ("status", "statuscode"),
    "appointment": ("status", "statuscode"),
}
"""Our field that a state and an option make up, and the option's column."""

LOOKUPS: Mapping[str, tuple[str, ...]] = {
    "account": (),
    "contact": ("parentcustomerid",),
    "lead": (),
    "opportunity": ("parentaccountid", "parentcontactid"),
    "task": ("regardingobjectid",),
    "phonecall": ("regardingobjectid",),
    "appointment": ("regardingobjectid",),
    "annotation": ("objectid",),
}
"""Columns that references are made of."""


def columns(facts: Facts) -> tuple[Column, ...]:
    """Return the columns that the organization has and lets us write, the workspace's own behind ours."""
    ours = (
        each
        for each in COLUMNS[facts.place.table]
        if all(facts.schema.writable(name) for name in each.also or (each.field,))
    )
    theirs = (
        Column(each.name, custom.column_of(each), custom.KINDS[each.kind])
        for each in facts.custom
        if facts.schema.writable(custom.column_of(each))
    )
    return (*ours, *theirs)


def names_to_read(facts: Facts) -> tuple[str, ...]:
    """Return what is selected of a table, in the spelling of answers, without repeats."""
    place, shapes = facts.place, facts.schema.shapes
    names = [place.key, "modifiedon", "versionnumber"]
    names += [EXTERNAL_ID] if EXTERNAL_ID in shapes else []
    names += ["merged", "_masterid_value"] if place.merges else []
    for column in columns(facts):
        is_lookup = column.kind in (kinds.OWNER, kinds.CURRENCY)
        names += column.also or [f"_{column.field}_value" if is_lookup else column.field]
    names += [f"_{each}_value" for each in LOOKUPS[place.table]]
    if place.table in STAGES:
        names += [each for each in ("statecode", "statuscode", STAGES[place.table][1]) if each in shapes]
    return tuple(dict.fromkeys(names))

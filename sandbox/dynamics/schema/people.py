"""Companies, people and leads.

Source: Common Data Model, Account, Contact and Lead.
"""

from __future__ import annotations

from sandbox.dynamics.schema.columns import (
    Column,
    choice,
    fixed,
    flag,
    lookup,
    memo,
    money,
    numbers,
    states,
    table,
    text,
    times,
    to,
)

INDUSTRIES = (
    "Accounting",
    "Agriculture and Non-petrol Natural Resource Extraction",
    "Broadcasting Printing and Publishing",
    "Brokers",
    "Building Supply Retail",
    "Business Services",
    "Consulting",
    "Consumer Services",
    "Design, Direction and Creative Management",
    "Distributors, Dispatchers and Processors",
    "Doctor's Offices and Clinics",
    "Durable Manufacturing",
)
LEAD_SOURCES = (
    "Advertisement",
    "Employee Referral",
    "External Referral",
    "Partner",
    "Public Relations",
    "Seminar",
    "Trade Show",
    "Web",
    "Word of Mouth",
    "Other",
)
LEAD_STATUSES = (
    (1, "New", 0),
    (2, "Contacted", 0),
    (3, "Qualified", 1),
    (4, "Lost", 2),
    (5, "Cannot Contact", 2),
    (6, "No Longer Interested", 2),
    (7, "Canceled", 2),
)


def _address() -> list[Column]:
    return [
        *text("address1_line1", "address1_line2", "address1_line3", size=250),
        *text("address1_city", "address1_country", size=80),
        *text("address1_stateorprovince", size=50),
        *text("address1_postalcode", size=20),
    ]


def _merging(name: str) -> list[Column]:
    return [fixed(flag("merged")[0]), fixed(to("masterid", name))]


def _reach(*, mobile: int) -> list[Column]:
    return [
        *text("emailaddress1", "emailaddress2", "emailaddress3", form="Email"),
        *text("telephone1", "telephone2", size=50, form="Phone"),
        *text("mobilephone", size=mobile, form="Phone"),
        *flag("donotemail", "donotbulkemail"),
    ]


_ACTIVE = states(("Active", "Inactive"), ((1, "Active", 0), (2, "Inactive", 1)))

ACCOUNT = table(
    "account",
    "accounts",
    "name",
    [
        text("name", size=160),
        text("accountnumber", size=20),
        text("websiteurl", size=200, form="Url"),
        text("emailaddress1", form="Email"),
        text("telephone1", "fax", size=50, form="Phone"),
        choice("industrycode", INDUSTRIES),
        money("revenue"),
        numbers("numberofemployees"),
        memo("description"),
        _address(),
        to("primarycontactid", "contact"),
        to("parentaccountid", "account"),
        to("transactioncurrencyid", "transactioncurrency"),
        _ACTIVE,
        _merging("account"),
    ],
    tracked=True,
    can_merge=True,
)

CONTACT = table(
    "contact",
    "contacts",
    "fullname",
    [
        text("firstname", "lastname", size=50),
        fixed(text("fullname", size=160)[0]),
        _reach(mobile=50),
        text("jobtitle", "salutation"),
        text("externaluseridentifier", size=50),
        choice("leadsourcecode", ("Default Value",), default=1),
        memo("description"),
        times("birthdate", kind="date"),
        _address(),
        lookup("parentcustomerid", parentcustomerid_account="account", parentcustomerid_contact="contact"),
        to("originatingleadid", "lead"),
        _ACTIVE,
        _merging("contact"),
    ],
    tracked=True,
    can_merge=True,
)

LEAD = table(
    "lead",
    "leads",
    "fullname",
    [
        text("subject", size=300),
        text("firstname", "lastname", size=50),
        fixed(text("fullname", size=160)[0]),
        text("companyname", "jobtitle"),
        _reach(mobile=20),
        text("websiteurl", size=200, form="Url"),
        choice("leadsourcecode", LEAD_SOURCES),
        choice("leadqualitycode", ("Hot", "Warm", "Cold"), default=2),
        choice("industrycode", INDUSTRIES),
        memo("description"),
        _address(),
        to("parentaccountid", "account"),
        to("parentcontactid", "contact"),
        fixed(to("qualifyingopportunityid", "opportunity")),
        states(("Open", "Qualified", "Disqualified"), LEAD_STATUSES),
        _merging("lead"),
    ],
    can_merge=True,
)

PEOPLE = (ACCOUNT, CONTACT, LEAD)

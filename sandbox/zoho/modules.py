"""The standard modules and their fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.zoho.fields import Field, choices, stage

_INDUSTRIES = choices(
    "-None-", "ASP", "ERP", "Service Provider", "Storage Equipment", "Technology", "Wireless Industry"
)
_SOURCES = choices("-None-", "Advertisement", "Cold Call", "Employee Referral", "Trade Show", "Web Research")
_STATUSES = choices(
    "-None-", "Attempted to Contact", "Contact in Future", "Contacted", "Junk Lead", "Lost Lead", "Not Contacted",
    "Pre-Qualified", "Not Qualified",
)  # fmt: skip
STAGES = [
    stage("Qualification", "Qualification", 10, "Open"),
    stage("Needs Analysis", "Needs Analysis", 20, "Open"),
    stage("Value Proposition", "Value Proposition", 40, "Open"),
    stage("Identify Decision Makers", "Id. Decision Makers", 60, "Open"),
    stage("Proposal/Price Quote", "Proposal/Price Quote", 75, "Open"),
    stage("Negotiation/Review", "Negotiation/Review", 90, "Open"),
    stage("Closed Won", "Closed Won", 100, "Closed Won"),
    stage("Closed Lost", "Closed Lost", 0, "Closed Lost"),
    stage("Closed-Lost to Competition", "Closed Lost to Competition", 0, "Closed Lost"),
]
for _place, _stage in enumerate(STAGES, start=1):
    _stage["sequence_number"] = _place
PIPELINE = "Standard (Standard)"

_Row = tuple[str, str, int] | tuple[str, str, int, str]
"""API name, data type, length, and what else: ``*`` mandatory, ``#`` system, a module after ``>``, a kind of text."""

_OPTIONS = {
    "Industry": _INDUSTRIES,
    "Lead_Source": _SOURCES,
    "Lead_Status": _STATUSES,
    "Stage": STAGES,
    "Pipeline": choices(PIPELINE),
    "Type": choices("-None-", "Existing Business", "New Business"),
    "Status": choices("Not Started", "Deferred", "In Progress", "Completed", "Waiting for input"),
    "Priority": choices("High", "Highest", "Low", "Lowest", "Normal"),
    "Call_Type": choices("Outbound", "Inbound", "Missed"),
    "Outbound_Call_Status": choices("Scheduled", "Completed", "Overdue", "Cancelled"),
}


def _address(prefix: str, code: str) -> tuple[_Row, ...]:
    return (
        (f"{prefix}Street", "text", 250),
        (f"{prefix}City", "text", 100),
        (f"{prefix}State", "text", 100),
        (f"{prefix}{code}", "text", 30),
        (f"{prefix}Country", "text", 100),
    )


_PERSON: tuple[_Row, ...] = (
    ("First_Name", "text", 40),
    ("Last_Name", "text", 80, "*"),
    ("Full_Name", "text", 80, "#"),
    ("Email", "email", 100),
    ("Secondary_Email", "email", 100),
    ("Phone", "phone", 30),
    ("Mobile", "phone", 30),
    ("Lead_Source", "picklist", 120),
)
_ACTIVITY: tuple[_Row, ...] = (
    ("What_Id", "multi_module_lookup", 120, ">Accounts,Deals,Leads"),
    ("Who_Id", "lookup", 120, ">Contacts"),
    ("Description", "textarea", 32000, "large"),
)
_COMMON: tuple[_Row, ...] = (
    ("Owner", "ownerlookup", 120),
    ("Tag", "text", 2000, "#"),
    ("Created_Time", "datetime", 120, "#"),
    ("Modified_Time", "datetime", 120, "#"),
    ("Created_By", "ownerlookup", 120, "#"),
    ("Modified_By", "ownerlookup", 120, "#"),
)
_MODULES: dict[str, tuple[_Row, ...]] = {
    "Leads": (
        *_PERSON,
        ("Company", "text", 200),
        ("Designation", "text", 100),
        ("Website", "website", 255),
        ("Lead_Status", "picklist", 120),
        ("Industry", "picklist", 120),
        ("Annual_Revenue", "currency", 16),
        ("No_of_Employees", "integer", 9),
        *_address("", "Zip_Code"),
        ("Description", "textarea", 32000, "large"),
        ("Converted__s", "boolean", 5, "#"),
        ("Converted_Date_Time", "datetime", 120, "#"),
        ("Converted_Contact", "lookup", 120, "#>Contacts"),
        ("Converted_Account", "lookup", 120, "#>Accounts"),
        ("Converted_Deal", "lookup", 120, "#>Deals"),
    ),
    "Contacts": (
        *_PERSON,
        ("Account_Name", "lookup", 120, ">Accounts"),
        ("Title", "text", 100),
        ("Department", "text", 50),
        *_address("Mailing_", "Zip"),
        ("Description", "textarea", 32000, "large"),
    ),
    "Accounts": (
        ("Account_Name", "text", 200, "*"),
        ("Website", "website", 255),
        ("Phone", "phone", 30),
        ("Industry", "picklist", 120),
        ("Employees", "integer", 9),
        ("Annual_Revenue", "currency", 16),
        ("Parent_Account", "lookup", 120, ">Accounts"),
        *_address("Billing_", "Code"),
        ("Description", "textarea", 32000, "large"),
    ),
    "Deals": (
        ("Deal_Name", "text", 120, "*"),
        ("Stage", "picklist", 120, "*"),
        ("Pipeline", "picklist", 120),
        ("Amount", "currency", 16),
        ("Closing_Date", "date", 20),
        ("Probability", "integer", 3),
        ("Account_Name", "lookup", 120, ">Accounts"),
        ("Contact_Name", "lookup", 120, ">Contacts"),
        ("Type", "picklist", 120),
        ("Lead_Source", "picklist", 120),
        ("Description", "textarea", 32000, "large"),
    ),
    "Tasks": (
        ("Subject", "text", 255, "*"),
        ("Due_Date", "date", 20),
        ("Status", "picklist", 120),
        ("Priority", "picklist", 120),
        ("Closed_Time", "datetime", 120, "#"),
        *_ACTIVITY,
    ),
    "Events": (
        ("Event_Title", "text", 255, "*"),
        ("Start_DateTime", "datetime", 120, "*"),
        ("End_DateTime", "datetime", 120, "*"),
        ("All_day", "boolean", 5),
        ("Venue", "text", 255),
        *_ACTIVITY,
    ),
    "Calls": (
        ("Subject", "text", 255, "*"),
        ("Call_Type", "picklist", 120, "*"),
        ("Call_Start_Time", "datetime", 120, "*"),
        ("Call_Duration", "text", 50),
        ("Call_Duration_in_seconds", "integer", 9, "#"),
        ("Outbound_Call_Status", "picklist", 120),
        *_ACTIVITY,
    ),
    "Notes": (
        ("Note_Title", "text", 120),
        ("Note_Content", "textarea", 65535, "large"),
        ("Parent_Id", "multi_module_lookup", 120, ">Accounts,Contacts,Deals,Leads,Tasks,Events,Calls"),
    ),
}
MODULE_NAMES = tuple(_MODULES)
DUPLICATE_FIELDS = {"Leads": "Email", "Contacts": "Email", "Accounts": "Account_Name", "Deals": "Deal_Name"}
"""System field by which an upsert looks for doubles; modules without one have no upsert."""


@dataclass(slots=True, kw_only=True)
class Module:
    """One module with its fields by API name."""

    name: str
    module_id: str
    fields: dict[str, Field] = field(default_factory=dict[str, Field])

    @property
    def title(self) -> str:
        """API name of the field that names a record."""
        titles = {"Accounts": "Account_Name", "Deals": "Deal_Name", "Events": "Event_Title", "Notes": "Note_Title"}
        return titles.get(self.name, "Full_Name" if "Full_Name" in self.fields else "Subject")


def standard_modules() -> dict[str, Module]:
    """Return all modules anew."""
    found: dict[str, Module] = {}
    for place, (name, rows) in enumerate(_MODULES.items(), start=1):
        module = Module(name=name, module_id=f"41508680000000021{place:02d}")
        for number, row in enumerate((*rows, *_COMMON), start=1):
            module.fields[row[0]] = _field(row, f"4150868000000{place:02d}{number:04d}")
        found[name] = module
    return found


def _field(row: _Row, field_id: str) -> Field:
    name, data_type, length = row[0], row[1], row[2]
    more = row[3] if len(row) == 4 else ""
    flags, _, lookup = more.partition(">")
    return Field(
        api_name=name,
        label=name.replace("_", " "),
        data_type=data_type,
        field_id=field_id,
        length=length,
        mandatory="*" in flags,
        system="#" in flags,
        lookup=lookup,
        textarea=flags if data_type == "textarea" else "",
        options=_OPTIONS.get(name, []) if data_type == "picklist" else [],
    )

"""Account, Contact and Lead.

Source: Salesforce object reference and the describes of a Developer Edition org.
"""

from __future__ import annotations

from sandbox.salesforce.schema.field import (
    Field,
    boolean,
    email,
    long_text,
    moment,
    number,
    phone,
    picklist,
    read_only,
    reference,
    text,
    url,
)
from sandbox.salesforce.schema.objects import SObject, address, sobject

SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
INDUSTRIES = (
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
)
RATINGS = ("Hot", "Warm", "Cold")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")
LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
_TYPES = (
    "Prospect",
    "Customer - Direct",
    "Customer - Channel",
    "Channel Partner / Reseller",
    "Installation Partner",
    "Technology Partner",
    "Other",
)
_CLEAN = (
    "Matched",
    "Different",
    "Acknowledged",
    "NotFound",
    "Inactive",
    "Pending",
    "SelectMatch",
    "Skipped",
)


def _person_name() -> list[Field]:
    return [
        text("LastName", 80, nillable=False, grantable=False, compound="Name"),
        text("FirstName", 40, grantable=False, compound="Name"),
        picklist("Salutation", SALUTATIONS, grantable=False, compound="Name"),
        read_only(text("Name", 121, nillable=False, grantable=False, name_field=True, label="Full Name")),
    ]


def owner(*targets: str) -> Field:
    """Declare the owner, who is the writing user unless the record says otherwise."""
    return reference("OwnerId", *targets, nillable=False, defaulted=True, grantable=False)


def viewed() -> list[Field]:
    """Declare the fields that tell when a record was last looked at or worked on."""
    return [
        read_only(moment("LastActivityDate", "date", label="Last Activity", grantable=False)),
        read_only(moment("LastViewedDate", grantable=False)),
        read_only(moment("LastReferencedDate", grantable=False)),
    ]


def contact() -> SObject:
    """Declare Contact."""
    fields = [
        reference("AccountId", "Account", children=(("Account", "Contacts"),)),
        *_person_name(),
        *address("Other"),
        *address("Mailing"),
        phone("Phone", label="Business Phone"),
        phone("Fax", label="Business Fax"),
        phone("MobilePhone"),
        phone("HomePhone"),
        phone("OtherPhone"),
        phone("AssistantPhone", label="Asst. Phone"),
        reference("ReportsToId", "Contact"),
        email("Email", id_lookup=True),
        text("Title", 128),
        text("Department", 80),
        text("AssistantName", 40, label="Assistant's Name"),
        picklist("LeadSource", SOURCES),
        moment("Birthdate", "date"),
        long_text("Description"),
        owner("User"),
        boolean("HasOptedOutOfEmail", label="Email Opt Out"),
        boolean("HasOptedOutOfFax", label="Fax Opt Out"),
        boolean("DoNotCall", label="Do Not Call"),
        *viewed(),
        text("EmailBouncedReason", 255, grantable=False),
        moment("EmailBouncedDate", grantable=False),
        read_only(boolean("IsEmailBounced", grantable=False)),
        read_only(url("PhotoUrl", label="Photo URL", grantable=False)),
        text("Jigsaw", 20, label="Data.com Key"),
        picklist("CleanStatus", _CLEAN, restricted=True),
    ]
    return sobject("Contact", "003", fields, mergeable=True, replicable=True)


def account() -> SObject:
    """Declare Account."""
    fields = [
        text("Name", 255, nillable=False, grantable=False, name_field=True, label="Account Name"),
        picklist("Type", _TYPES, label="Account Type"),
        reference("ParentId", "Account", label="Parent Account ID", children=(("Account", "ChildAccounts"),)),
        *address("Billing"),
        *address("Shipping"),
        phone("Phone", label="Account Phone"),
        phone("Fax", label="Account Fax"),
        text("AccountNumber", 40),
        url("Website"),
        read_only(url("PhotoUrl", label="Photo URL", grantable=False)),
        text("Sic", 20, label="SIC Code"),
        picklist("Industry", INDUSTRIES),
        number("AnnualRevenue", "currency", (18, 0)),
        number("NumberOfEmployees", "int", (8, 0), label="Employees"),
        picklist("Ownership", ("Public", "Private", "Subsidiary", "Other")),
        text("TickerSymbol", 20),
        long_text("Description", label="Account Description"),
        picklist("Rating", RATINGS, label="Account Rating"),
        text("Site", 80, label="Account Site"),
        owner("User"),
        *viewed(),
        text("Jigsaw", 20, label="Data.com Key"),
        picklist("CleanStatus", _CLEAN, restricted=True),
        picklist("AccountSource", SOURCES),
        text("DunsNumber", 9, label="D-U-N-S Number"),
        text("Tradestyle", 255),
        text("NaicsCode", 8, label="NAICS Code"),
        text("NaicsDesc", 120, label="NAICS Description"),
        text("YearStarted", 4),
        text("SicDesc", 80, label="SIC Description"),
    ]
    return sobject("Account", "001", fields, mergeable=True, replicable=True)


def lead() -> SObject:
    """Declare Lead."""
    converted = [
        read_only(moment("ConvertedDate", "date", grantable=False)),
        read_only(reference("ConvertedAccountId", "Account", grantable=False)),
        read_only(reference("ConvertedContactId", "Contact", grantable=False)),
        read_only(reference("ConvertedOpportunityId", "Opportunity", grantable=False)),
    ]
    fields = [
        *_person_name(),
        text("Title", 128),
        text("Company", 255, nillable=False, grantable=False),
        *address(""),
        phone("Phone"),
        phone("MobilePhone"),
        phone("Fax"),
        email("Email", id_lookup=True),
        url("Website"),
        read_only(url("PhotoUrl", label="Photo URL", grantable=False)),
        long_text("Description"),
        picklist("LeadSource", SOURCES),
        picklist(
            "Status",
            LEAD_STATUSES,
            nillable=False,
            defaulted=True,
            default=LEAD_STATUSES[0],
            restricted=True,
            grantable=False,
        ),
        picklist("Industry", INDUSTRIES),
        picklist("Rating", RATINGS),
        number("AnnualRevenue", "currency", (18, 0)),
        number("NumberOfEmployees", "int", (8, 0), label="Employees"),
        owner("Group", "User"),
        boolean("HasOptedOutOfEmail", label="Email Opt Out"),
        boolean("DoNotCall", label="Do Not Call"),
        read_only(boolean("IsConverted", label="Converted", grantable=False)),
        *converted,
        boolean("IsUnreadByOwner", default=True, label="Unread By Owner", grantable=False),
        *viewed(),
        text("Jigsaw", 20, label="Data.com Key"),
        picklist("CleanStatus", _CLEAN, restricted=True),
        text("CompanyDunsNumber", 9, label="Company D-U-N-S Number"),
        text("EmailBouncedReason", 255, createable=False, grantable=False),
        moment("EmailBouncedDate", createable=False, grantable=False),
    ]
    return sobject("Lead", "00Q", fields, mergeable=True, replicable=True)


PEOPLE_OBJECTS = (account, contact, lead)

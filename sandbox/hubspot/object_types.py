"""The object types of the account and their standard properties.

Names, types and defaults follow HubSpot's object guides of March 2026; this is the part
of them that integrations use.
"""

from __future__ import annotations

from sandbox.hubspot.activity_types import ACTIVITY_TYPES
from sandbox.hubspot.industries import INDUSTRIES
from sandbox.hubspot.object_kind import ObjectType, system
from sandbox.hubspot.property_types import choice, fixed, moment, number, text

LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
"""Life-cycle stages in the order in which the API moves a record forward."""

_ADDRESS = (
    text("address", "Street address"),
    text("city", "City"),
    text("state", "State/Region"),
    text("zip", "Postal code"),
    text("country", "Country/Region"),
)
_LEAD_STATUS = (
    "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING",
)  # fmt: skip


CONTACTS = ObjectType(
    name="contacts",
    singular="contact",
    type_id="0-1",
    modified="lastmodifieddate",
    defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
    required=("email", "firstname", "lastname"),
    searched=("firstname", "lastname", "email", "phone", "hs_additional_emails", "company"),
    standard=(
        *system("lastmodifieddate"),
        text("email", "Email", special="email"),
        text("firstname", "First name"),
        text("lastname", "Last name"),
        text("salutation", "Salutation"),
        text("phone", "Phone number", control="phonenumber"),
        text("mobilephone", "Mobile phone number", control="phonenumber"),
        text("fax", "Fax number"),
        text("jobtitle", "Job title"),
        text("company", "Company name"),
        text("industry", "Industry"),
        text("website", "Website URL"),
        *_ADDRESS,
        text("message", "Message", control="textarea"),
        text("hs_language", "Preferred language"),
        moment("date_of_birth", "Date of birth", kind="date"),
        choice("lifecyclestage", "Lifecycle stage", LIFECYCLE, control="radio", special="lifecyclestage"),
        choice("hs_lead_status", "Lead status", _LEAD_STATUS, control="radio"),
        fixed("hs_additional_emails", "Additional email addresses"),
        fixed("hs_all_contact_vids", "Merged vids"),
        fixed("associatedcompanyid", "Primary associated company ID", kind="number"),
    ),
)
COMPANIES = ObjectType(
    name="companies",
    singular="company",
    type_id="0-2",
    scope="companies",
    defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    required=("name", "domain"),
    searched=("website", "phone", "name", "domain"),
    standard=(
        *system("hs_lastmodifieddate"),
        text("name", "Company name"),
        text("domain", "Company domain name"),
        text("website", "Website URL"),
        text("phone", "Phone number", control="phonenumber"),
        text("description", "Description", control="textarea"),
        *_ADDRESS,
        choice("industry", "Industry", INDUSTRIES),
        number("numberofemployees", "Number of employees"),
        number("annualrevenue", "Annual revenue"),
        text("founded_year", "Year founded"),
        text("timezone", "Time zone"),
        choice("lifecyclestage", "Lifecycle stage", LIFECYCLE, control="radio", special="lifecyclestage"),
        fixed("hs_additional_domains", "Additional domains"),
        fixed("hs_parent_company_id", "Parent company ID", kind="number"),
    ),
)
DEALS = ObjectType(
    name="deals",
    singular="deal",
    type_id="0-3",
    scope="deals",
    defaults=(
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    searched=("dealname", "pipeline", "dealstage", "description", "dealtype"),
    pipeline=("pipeline", "dealstage"),
    standard=(
        *system("hs_lastmodifieddate"),
        text("dealname", "Deal name"),
        number("amount", "Amount"),
        moment("closedate", "Close date"),
        choice("pipeline", "Pipeline", (), special="pipeline"),
        choice("dealstage", "Deal stage", (), control="radio", special="stage"),
        choice("dealtype", "Deal type", ("newbusiness", "existingbusiness"), control="radio"),
        choice("hs_priority", "Priority", ("low", "medium", "high")),
        text("description", "Deal description", control="textarea"),
        choice("deal_currency_code", "Currency", ("USD", "EUR", "GBP", "JPY", "CHF", "SEK")),
        text("closed_lost_reason", "Closed lost reason", control="textarea"),
        text("closed_won_reason", "Closed won reason", control="textarea"),
        fixed("hs_is_closed", "Is deal closed?", kind="bool"),
        fixed("hs_is_closed_won", "Is closed won", kind="bool"),
        fixed("hs_deal_stage_probability", "Deal probability", kind="number"),
    ),
)
TICKETS = ObjectType(
    name="tickets",
    singular="ticket",
    type_id="0-5",
    scope="tickets",
    defaults=(
        "content",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "subject",
    ),
    searched=("subject", "content"),
    pipeline=("hs_pipeline", "hs_pipeline_stage"),
    standard=(
        *system("hs_lastmodifieddate"),
        text("subject", "Ticket name"),
        text("content", "Ticket description", control="textarea"),
        choice("hs_pipeline", "Pipeline", (), special="pipeline"),
        choice("hs_pipeline_stage", "Ticket status", (), special="stage"),
        choice("hs_ticket_priority", "Priority", ("LOW", "MEDIUM", "HIGH", "URGENT")),
        choice(
            "hs_ticket_category",
            "Category",
            ("PRODUCT_ISSUE", "BILLING_ISSUE", "FEATURE_REQUEST", "GENERAL_INQUIRY"),
            control="checkbox",
        ),
    ),
)
LEADS = ObjectType(
    name="leads",
    singular="lead",
    type_id="0-136",
    scope="leads",
    defaults=("createdate", "hs_lastmodifieddate", "hs_lead_name", "hs_object_id"),
    required=("hs_lead_name",),
    searched=("hs_lead_name",),
    pipeline=("hs_pipeline", "hs_pipeline_stage"),
    standard=(
        *system("hs_lastmodifieddate"),
        text("hs_lead_name", "Lead name"),
        choice("hs_lead_type", "Lead type", ("NEW BUSINESS", "RE-ATTEMPTING", "UPSELLING")),
        choice("hs_lead_label", "Lead label", ("HOT", "WARM", "COLD")),
        choice("hs_pipeline", "Pipeline", (), special="pipeline"),
        choice("hs_pipeline_stage", "Lead stage", (), special="stage"),
    ),
)
OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS, TICKETS, LEADS, *ACTIVITY_TYPES)
"""Every object type this account has."""

_SPELLINGS = {spelling: kind for kind in OBJECT_TYPES for spelling in (kind.name, kind.singular, kind.type_id)}


def find_object_type(spelling: str) -> ObjectType | None:
    """Return the object type spelt plural, singular or as an id; ``None`` if there is none."""
    return _SPELLINGS.get(spelling.lower())

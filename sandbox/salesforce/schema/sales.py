"""Opportunity and who plays which part in it.

Source: Salesforce object reference.
"""

from __future__ import annotations

from sandbox.salesforce.schema.field import (
    boolean,
    long_text,
    moment,
    number,
    picklist,
    read_only,
    reference,
    text,
)
from sandbox.salesforce.schema.objects import SObject, sobject
from sandbox.salesforce.schema.people import SOURCES, owner, viewed
from sandbox.salesforce.schema.settings import FORECAST_CATEGORIES, STAGE_NAMES

_KINDS = (
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "New Customer",
)
_ROLES = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)


def opportunity() -> SObject:
    """Declare Opportunity."""
    fields = [
        reference("AccountId", "Account", children=(("Account", "Opportunities"),)),
        text("Name", 120, nillable=False, grantable=False, name_field=True),
        long_text("Description"),
        picklist(
            "StageName",
            STAGE_NAMES,
            length=255,
            nillable=False,
            restricted=True,
            grantable=False,
            label="Stage",
        ),
        number("Amount", "currency", (18, 2)),
        number("Probability", "percent", (3, 0), defaulted=True, label="Probability (%)"),
        read_only(number("ExpectedRevenue", "currency", (18, 2), calculated=True, label="Expected Amount")),
        number("TotalOpportunityQuantity", "double", (18, 2), label="Quantity"),
        moment("CloseDate", "date", nillable=False, grantable=False),
        picklist("Type", _KINDS, label="Opportunity Type"),
        text("NextStep", 255),
        picklist("LeadSource", SOURCES),
        read_only(boolean("IsClosed", label="Closed")),
        read_only(boolean("IsWon", label="Won")),
        read_only(picklist("ForecastCategory", FORECAST_CATEGORIES, nillable=False)),
        picklist(
            "ForecastCategoryName",
            FORECAST_CATEGORIES,
            defaulted=True,
            restricted=True,
            label="Forecast Category",
        ),
        read_only(boolean("HasOpportunityLineItem", label="Has Line Item")),
        owner("User"),
        *viewed(),
        read_only(number("FiscalQuarter", "int", (4, 0))),
        read_only(number("FiscalYear", "int", (4, 0))),
        read_only(text("Fiscal", 6, label="Fiscal Period")),
    ]
    return sobject("Opportunity", "006", fields, plural="Opportunities", replicable=True)


def contact_role() -> SObject:
    """Declare OpportunityContactRole, whose opportunity cannot change."""
    opportunity_id = reference(
        "OpportunityId",
        "Opportunity",
        nillable=False,
        updateable=False,
        grantable=False,
        children=(("Opportunity", "OpportunityContactRoles"),),
    )
    contact_id = reference(
        "ContactId",
        "Contact",
        nillable=False,
        grantable=False,
        children=(("Contact", "OpportunityContactRoles"),),
    )
    fields = [
        opportunity_id,
        contact_id,
        picklist("Role", _ROLES, length=255),
        boolean("IsPrimary", label="Primary"),
    ]
    return sobject("OpportunityContactRole", "00K", fields, replicable=True)


SALES_OBJECTS = (opportunity, contact_role)

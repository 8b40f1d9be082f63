"""Merging records and converting leads, as a person does in the screens."""

from __future__ import annotations

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.deleting import children, move
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.given import Writer
from sandbox.salesforce.org import Org
from sandbox.salesforce.saving import create, existing, update
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import Row

MAX_LOSERS = 2
_REPARENTED = {
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Account", "ParentId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Contact": (
        ("OpportunityContactRole", "ContactId"),
        ("Task", "WhoId"),
        ("Event", "WhoId"),
        ("Contact", "ReportsToId"),
    ),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
}
_CONVERTED = "Closed - Converted"
_CONTACT_FIELDS = ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "LeadSource")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")


def merge(org: Org, sobject: SObject, master_id: str, loser_ids: list[str], actor: Actor) -> None:
    """Merge up to two losers into a master; empty fields of the master are filled.

    Raises:
        SalesforceError: the object does not merge, or a record is not there.
    """
    if not sobject.mergeable or not 1 <= len(loser_ids) <= MAX_LOSERS or master_id in loser_ids:
        message = f"cannot merge these {sobject.name} records: one master and one or two others are needed"
        raise SalesforceError("INVALID_OPERATION", message)
    master = existing(org, sobject, master_id)
    losers = [existing(org, sobject, loser_id) for loser_id in loser_ids]
    filled = _filled(sobject, master, losers)
    for loser in losers:
        for name, by in _REPARENTED[sobject.name]:
            for child in children(org, name, by, loser["Id"]):
                changes = {by: master_id}
                move(org, org.objects[name], child, actor, kind="UPDATE", changes=changes, edited=False)
    for loser in losers:
        move(org, sobject, loser, actor, kind="DELETE", changes={"IsDeleted": True, "MasterRecordId": master_id})
    move(org, sobject, existing(org, sobject, master_id), actor, kind="UPDATE", changes=filled)


def _filled(sobject: SObject, master: Row, losers: list[Row]) -> Row:
    filled: Row = {}
    for made in sobject.fields.values():
        if not made.updateable or made.unique or master.get(made.name) is not None:
            continue
        values = [loser[made.name] for loser in losers if loser.get(made.name) is not None]
        if values:
            filled[made.name] = values[0]
    return filled


def convert(
    writer: Writer, lead_id: str, *, account_id: str | None = None, opportunity_name: str | None = None
) -> dict[str, str | None]:
    """Turn a lead into a contact and an account, and an opportunity if it is named.

    Returns:
        The ids by ``ConvertedAccountId``, ``ConvertedContactId``, ``ConvertedOpportunityId``.

    Raises:
        SalesforceError: the lead is not there or converted already.
    """
    org, sobject = writer.org, writer.org.objects["Lead"]
    lead = existing(org, sobject, lead_id)
    if lead.get("IsConverted"):
        raise SalesforceError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    owner = lead["OwnerId"] if lead["OwnerId"].startswith("005") else writer.actor.user_id
    if account_id is None:
        account_id = create(writer, org.objects["Account"], _account_of(lead, owner))
    contact_id = create(writer, org.objects["Contact"], _contact_of(lead, owner, account_id))
    opportunity_id = None
    if opportunity_name is not None:
        opportunity_id = create(
            writer,
            org.objects["Opportunity"],
            {
                "Name": opportunity_name,
                "StageName": "Prospecting",
                "CloseDate": org.clock.now().date().isoformat(),
                "AccountId": account_id,
                "OwnerId": owner,
                "LeadSource": lead.get("LeadSource"),
            },
        )
        role = {"OpportunityId": opportunity_id, "ContactId": contact_id, "IsPrimary": True}
        create(writer, org.objects["OpportunityContactRole"], role)
    for name in ("Task", "Event"):
        for child in children(org, name, "WhoId", lead_id):
            move(
                org, org.objects[name], child, writer.actor, kind="UPDATE", changes={"WhoId": contact_id}, edited=False
            )
    ids = {
        "ConvertedAccountId": account_id,
        "ConvertedContactId": contact_id,
        "ConvertedOpportunityId": opportunity_id,
    }
    day = org.clock.now().date().isoformat()
    update(writer, sobject, lead_id, {"Status": _CONVERTED, "IsConverted": True, "ConvertedDate": day, **ids})
    return ids


def _account_of(lead: Row, owner: str) -> Row:
    return {
        "Name": lead["Company"],
        "OwnerId": owner,
        "Website": lead.get("Website"),
        "Industry": lead.get("Industry"),
        "Phone": lead.get("Phone"),
        **{f"Billing{part}": lead.get(part) for part in _ADDRESS},
    }


def _contact_of(lead: Row, owner: str, account_id: str) -> Row:
    return {
        "AccountId": account_id,
        "OwnerId": owner,
        **{name: lead.get(name) for name in _CONTACT_FIELDS},
        **{f"Mailing{part}": lead.get(part) for part in _ADDRESS},
    }

"""A lead between Salesforce and HubSpot, whose leads borrow their contacts: made, edited, converted."""

from __future__ import annotations

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal

BEA = "bea@example.com"


@pytest.fixture
def both(rehearsal: Rehearsal):
    salesforce, hubspot = SalesforcePerson(rehearsal), HubSpotPerson(rehearsal)
    row = {"FirstName": "Bea", "LastName": "Lund", "Email": BEA, "Company": "Lund Marine"}
    made = salesforce.fill(Lead=[row])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    return rehearsal, hubspot, salesforce, made


def lead_of(person: SalesforcePerson) -> dict:
    (found,) = person.rows("Lead")
    return found


def test_a_lead_of_salesforce_stands_in_hubspot_once_and_is_no_contact_elsewhere(both):
    rehearsal, hubspot, salesforce, _ = both
    (lead,) = hubspot.rows("leads")
    assert lead["hs_lead_name"] == "Bea Lund"
    assert hubspot.contact(BEA)["company"] == "Lund Marine"
    rehearsal.sync()
    assert salesforce.rows("Contact") == []
    assert len(hubspot.rows("leads")) == len(hubspot.rows("contacts")) == 1


def test_edits_of_the_lead_and_of_its_contact_arrive(both):
    rehearsal, hubspot, salesforce, _ = both
    (lead,) = hubspot.rows("leads")
    hubspot.act("update", "contacts", hubspot.contact(BEA)["id"], properties={"jobtitle": "Owner"})
    hubspot.act("update", "leads", lead["id"], properties={"hs_pipeline_stage": "unqualified-stage-id"})
    rehearsal.sync()
    there = lead_of(salesforce)
    assert there["Title"] == "Owner"
    assert there["Status"] == "Closed - Not Converted"
    salesforce.act("update", there["Id"], fields={"City": "Aarhus"})
    rehearsal.sync()
    assert hubspot.contact(BEA)["city"] == "Aarhus"


def test_a_lead_converted_in_salesforce_becomes_the_one_contact_of_its_address(both):
    rehearsal, hubspot, salesforce, _ = both
    person = hubspot.contact(BEA)["id"]
    salesforce.act("convert", lead_of(salesforce)["Id"])
    rehearsal.sync()
    rehearsal.sync()
    assert [each["id"] for each in hubspot.rows("contacts")] == [person]
    assert hubspot.contact(BEA)["crmbridge_id"].startswith("con_")
    hubspot.act("update", "contacts", person, properties={"jobtitle": "Owner"})
    rehearsal.sync()
    assert salesforce.contact(BEA)["Title"] == "Owner"
    assert len(salesforce.rows("Contact")) == 1

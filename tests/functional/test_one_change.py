"""Changes from end to end, through the functions' own handlers, the real connectors and strict simulated CRMs."""

from __future__ import annotations

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson, write_rows
from tests.functional.rehearsal import Rehearsal

ANA = {"email": "ana.prado@example.com", "firstname": "Ana", "lastname": "Prado"}


@pytest.fixture
def hubspot(rehearsal: Rehearsal) -> HubSpotPerson:
    return HubSpotPerson(rehearsal)


@pytest.fixture
def salesforce(rehearsal: Rehearsal) -> SalesforcePerson:
    return SalesforcePerson(rehearsal)


@pytest.fixture
def linked(rehearsal: Rehearsal, hubspot: HubSpotPerson, salesforce: SalesforcePerson) -> Rehearsal:
    """Both CRMs connected, with Ana in both."""
    hubspot.fill(contacts=[ANA])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    assert salesforce.contact("ana.prado@example.com")["LastName"] == "Prado"
    return rehearsal


def test_an_edit_in_salesforce_comes_to_hubspot_by_outbound_message(linked, hubspot, salesforce):
    there = salesforce.contact("ana.prado@example.com")["Id"]
    salesforce.act("update", there, fields={"Title": "CFO"})
    linked.settle()
    assert hubspot.contact("ana.prado@example.com")["jobtitle"] == "CFO"
    assert ("salesforce", 200) in linked.answers


def test_an_edit_in_hubspot_comes_to_salesforce_by_webhook(linked, hubspot, salesforce):
    key = hubspot.contact("ana.prado@example.com")["id"]
    hubspot.act("update", "contacts", key, properties={"jobtitle": "CFO", "city": "Recife"})
    linked.settle()
    shown = salesforce.contact("ana.prado@example.com")
    assert (shown["Title"], shown["MailingCity"]) == ("CFO", "Recife")


def test_our_own_writes_coming_back_cause_nothing(linked, hubspot, salesforce):
    before = write_rows(linked, "hubspot"), write_rows(linked, "salesforce")
    linked.sync()
    linked.sync()
    assert (write_rows(linked, "hubspot"), write_rows(linked, "salesforce")) == before


def test_a_webhook_that_never_came_is_made_up_for_by_the_next_read(linked, hubspot, salesforce):
    for crm in ("hubspot", "salesforce"):
        linked.control(crm, "webhooks", {"drop": 1.0})
    hubspot.act("update", "contacts", hubspot.contact("ana.prado@example.com")["id"], properties={"jobtitle": "CFO"})
    salesforce.act("update", salesforce.contact("ana.prado@example.com")["Id"], fields={"Phone": "+5581999990000"})
    linked.sync()
    assert salesforce.contact("ana.prado@example.com")["Title"] == "CFO"
    assert hubspot.contact("ana.prado@example.com")["phone"] == "+5581999990000"


def test_the_later_edit_of_one_field_wins(linked, hubspot, salesforce):
    hubspot.act("update", "contacts", hubspot.contact("ana.prado@example.com")["id"], properties={"city": "Olinda"})
    linked.advance(5)
    salesforce.act("update", salesforce.contact("ana.prado@example.com")["Id"], fields={"MailingCity": "Natal"})
    linked.settle()
    linked.sync()
    assert hubspot.contact("ana.prado@example.com")["city"] == "Natal"
    assert salesforce.contact("ana.prado@example.com")["MailingCity"] == "Natal"


def test_company_contact_and_deal_travel_with_their_associations(rehearsal, hubspot, salesforce):
    hubspot.fill(
        companies=[{"ref": "c", "properties": {"name": "Umbra Solar", "domain": "umbra.example"}}],
        contacts=[
            {"ref": "p", "properties": ANA, "associations": [{"to": "c", "entity": "companies", "primary": True}]}
        ],
        deals=[
            {
                "ref": "d",
                "properties": {
                    "dealname": "Roof",
                    "amount": "1054.50",
                    "dealstage": "qualifiedtobuy",
                    "closedate": "2026-12-24T00:00:00Z",
                },
                "associations": [
                    {"to": "c", "entity": "companies", "primary": True},
                    {"to": "p", "entity": "contacts"},
                ],
            }
        ],
    )
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    (account,) = salesforce.rows("Account")
    (deal,) = salesforce.rows("Opportunity")
    (role,) = salesforce.rows("OpportunityContactRole")
    contact = salesforce.contact("ana.prado@example.com")
    assert contact["AccountId"] == account["Id"]
    assert (deal["AccountId"], deal["Name"], deal["CloseDate"]) == (account["Id"], "Roof", "2026-12-24")
    assert float(deal["Amount"]) == 1054.5
    assert (role["OpportunityId"], role["ContactId"]) == (deal["Id"], contact["Id"])


def test_salesforce_records_come_to_hubspot_with_their_associations(rehearsal, hubspot, salesforce):
    made = salesforce.fill(Account=[{"Name": "Umbra Solar", "Website": "https://umbra.example"}])
    account = made["ids"]["Account"][0]
    salesforce.fill(
        Contact=[{"LastName": "Prado", "Email": "ana.prado@example.com", "AccountId": account}],
        Opportunity=[
            {
                "Name": "Roof",
                "StageName": "Qualification",
                "CloseDate": "2026-12-24",
                "AccountId": account,
                "Amount": 99,
            }
        ],
    )
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    (company,) = hubspot.rows("companies")
    (deal,) = hubspot.rows("deals")
    assert company["name"] == "Umbra Solar"
    assert hubspot.contact("ana.prado@example.com")["associatedcompanyid"] == company["id"]
    assert (deal["dealname"], deal["dealstage"], float(deal["amount"])) == ("Roof", "qualifiedtobuy", 99.0)


def test_people_in_both_crms_are_linked_and_not_doubled(rehearsal, hubspot, salesforce):
    hubspot.fill(contacts=[{**ANA, "jobtitle": "CFO"}])
    salesforce.fill(Contact=[{"LastName": "Prado", "Email": "Ana.Prado@Example.com", "MailingCity": "Recife"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    there, here = salesforce.contact("ana.prado@example.com"), hubspot.contact("ana.prado@example.com")
    assert (there["Title"], there["FirstName"]) == ("CFO", "Ana")
    assert here["city"] == "Recife"


def test_salesforce_being_down_loses_nothing(linked, hubspot, salesforce):
    linked.control(
        "salesforce",
        "faults",
        [{"match": {"path": "/services/data"}, "kind": "status", "status": 503, "count": 6}],
    )
    for number in range(5):
        hubspot.act("create", "contacts", properties={"email": f"p{number}@example.com", "lastname": f"P{number}"})
    linked.settle()
    linked.sync()
    assert len(salesforce.rows("Contact")) == 6


def test_a_lost_answer_to_a_create_makes_no_second_record(rehearsal, hubspot, salesforce):
    hubspot.fill(contacts=[ANA], companies=[{"name": "Umbra"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.control(
        "salesforce",
        "faults",
        [{"match": {"method": "PATCH", "path": "/services/data"}, "kind": "timeout_after_effect", "count": 2}],
    )
    rehearsal.sync()
    rehearsal.sync()
    assert len(salesforce.rows("Contact")) == 1
    assert len(salesforce.rows("Account")) == 1


def test_a_lost_answer_to_a_create_in_hubspot_makes_no_second_record(rehearsal, hubspot, salesforce):
    salesforce.fill(Contact=[{"LastName": "Prado", "Email": "ana.prado@example.com"}], Account=[{"Name": "Umbra"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.control(
        "hubspot",
        "faults",
        [{"match": {"method": "POST", "path": ".*batch/create"}, "kind": "timeout_after_effect", "count": 2}],
    )
    rehearsal.sync()
    rehearsal.sync()
    assert len(hubspot.rows("contacts")) == 1
    assert len(hubspot.rows("companies")) == 1


def test_a_row_the_crm_refuses_is_parked_with_its_words_and_hinders_nobody(rehearsal, hubspot, salesforce):
    salesforce.fill(
        Contact=[
            {"LastName": "One", "Email": "same@example.com"},
            {"LastName": "Two", "Email": "same@example.com"},
            {"LastName": "Three", "Email": "three@example.com"},
        ]
    )
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    assert {row["email"] for row in hubspot.rows("contacts")} == {"same@example.com", "three@example.com"}
    records = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    words = [link.parked.words for record in records for link in record.links.values() if link.parked]
    assert len(words) == 1
    assert "already exists" in words[0]


def test_an_expired_session_is_refreshed_once_and_nothing_is_lost(linked, hubspot, salesforce):
    linked.control("salesforce", "tokens", {"action": "expire"})
    hubspot.act("update", "contacts", hubspot.contact("ana.prado@example.com")["id"], properties={"jobtitle": "CFO"})
    linked.settle()
    assert salesforce.contact("ana.prado@example.com")["Title"] == "CFO"


def test_a_revoked_grant_asks_for_people_and_keeps_the_work(linked, hubspot, salesforce):
    linked.control("salesforce", "tokens", {"action": "revoke"})
    hubspot.act("update", "contacts", hubspot.contact("ana.prado@example.com")["id"], properties={"jobtitle": "CFO"})
    linked.settle()
    status, shown = linked.call("GET", "/auth/salesforce/status")
    assert status == 200
    assert shown["items"][0]["status"] == "reauth_required"
    (record,) = linked.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert len(record.due_for) == 1


def test_a_deleted_contact_is_not_made_again(linked, hubspot, salesforce):
    salesforce.act("delete", salesforce.contact("ana.prado@example.com")["Id"])
    linked.sync()
    hubspot.act("update", "contacts", hubspot.contact("ana.prado@example.com")["id"], properties={"jobtitle": "CFO"})
    linked.sync()
    assert salesforce.rows("Contact") == []
    assert len(hubspot.rows("contacts")) == 1


def test_merged_contacts_are_followed_to_the_survivor(linked, hubspot, salesforce):
    survivor = hubspot.act("create", "contacts", properties={"email": "ana2@example.com", "lastname": "Prado"})
    linked.settle()
    assert survivor
    loser, winner = hubspot.contact("ana.prado@example.com")["id"], hubspot.contact("ana2@example.com")["id"]
    hubspot.act("merge", "contacts", winner, **{"with": loser})
    linked.settle()
    linked.sync()
    assert len(hubspot.rows("contacts")) == 1
    hubspot.act("update", "contacts", hubspot.rows("contacts")[0]["id"], properties={"jobtitle": "CFO"})
    linked.sync()
    assert "CFO" in {row.get("Title") for row in salesforce.rows("Contact")}
    assert len(hubspot.rows("contacts")) == 1

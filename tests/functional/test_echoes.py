"""What our own writes make the CRMs tell us."""

from __future__ import annotations

from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal


def reads(rehearsal: Rehearsal, crm: str, part: str) -> int:
    return sum(row["count"] for row in rehearsal.control(crm, "calls")["counts"] if part in row["endpoint"])


def test_our_own_creates_and_associations_at_hubspot_are_not_read_again(rehearsal: Rehearsal):
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    made = salesforce.fill(Account=[{"Name": "Umbra Solar", "Website": "https://umbra.example"}])
    account = made["ids"]["Account"][0]
    people = [
        {"LastName": f"P{number}", "Email": f"p{number}@example.com", "AccountId": account} for number in range(9)
    ]
    salesforce.fill(Contact=people)
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    assert len(hubspot.rows("contacts")) == 9
    looked_up_before_creating = 2
    assert reads(rehearsal, "hubspot", "batch/read") <= looked_up_before_creating


def test_a_person_who_edits_at_the_moment_of_our_write_is_heard(rehearsal: Rehearsal):
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    there, here = salesforce.contact("ana.prado@example.com")["Id"], hubspot.contact("ana.prado@example.com")["id"]
    salesforce.act("update", there, fields={"Title": "CFO"})
    hubspot.act("update", "contacts", here, properties={"city": "Recife"})
    rehearsal.settle()
    assert hubspot.contact("ana.prado@example.com")["jobtitle"] == "CFO"
    assert salesforce.contact("ana.prado@example.com")["MailingCity"] == "Recife"

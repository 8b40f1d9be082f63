"""Records entered through the API: into the hub, and by the ordinary pushing into every CRM, with a result for each."""

from __future__ import annotations

import pytest

from crmbridge.services.hub import change_integration, load_integration
from tests.functional.office import ALL, ANA, OPERATOR, PERSON, RIVAL, Office, results
from tests.functional.people import write_rows
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, calls, nothing_changes


@pytest.fixture
def office(rehearsal: Rehearsal) -> Office:
    return Office(rehearsal)


# ------------------------------------------------------------------------------------------------ contacts


def test_a_contact_is_made_in_every_crm_with_a_result_for_each(office):
    shown = office.post("contacts", PERSON)
    assert (shown["result"], results(shown)) == ("created", {"hubspot": "created", "salesforce": "created"})
    there = office.hubspot.contact(ANA)
    assert (there["lastname"], there["phone"]) == ("Prado", "+5581999990000")
    assert office.salesforce.contact(ANA)["LastName"] == "Prado"
    ids = {each["provider"]: each["externalId"] for each in shown["crms"]}
    assert ids == {"hubspot": there["id"], "salesforce": office.salesforce.contact(ANA)["Id"]}


def test_entered_again_it_is_the_same_contact_and_nothing_is_written(office):
    first = office.post("contacts", PERSON)
    before = (write_rows(office.rehearsal, "hubspot"), write_rows(office.rehearsal, "salesforce"))
    with nothing_changes(office.rehearsal, crms=False):
        again = office.post("contacts", PERSON)
    office.rehearsal.settle()
    assert (again["recordId"], again["result"]) == (first["recordId"], "unchanged")
    assert results(again) == {"hubspot": "unchanged", "salesforce": "unchanged"}
    assert (write_rows(office.rehearsal, "hubspot"), write_rows(office.rehearsal, "salesforce")) == before


def test_a_change_reaches_every_crm_and_nothing_else_is_touched(office):
    record_id = office.post("contacts", PERSON)["recordId"]
    shown = office.post("contacts", {"email": ANA, "jobTitle": "CTO"})
    assert (shown["recordId"], shown["changed"]) == (record_id, ["job_title"])
    assert results(shown) == {"hubspot": "updated", "salesforce": "updated"}
    assert office.salesforce.contact(ANA)["Title"] == "CTO"
    assert office.hubspot.contact(ANA)["firstname"] == "Ana"


def test_a_contact_that_a_crm_has_already_is_found_and_not_doubled(office):
    office.hubspot.act("create", "contacts", properties={"email": ANA, "lastname": "Prado", "city": "Recife"})
    office.rehearsal.sync()
    shown = office.post("contacts", {"email": ANA, "jobTitle": "CTO"})
    assert (shown["result"], results(shown)) == ("updated", {"hubspot": "updated", "salesforce": "updated"})
    assert len(office.hubspot.rows("contacts")) == len(office.salesforce.rows("Contact")) == 1
    assert office.salesforce.contact(ANA)["MailingCity"] == "Recife"


def test_a_contact_that_nobody_has_read_yet_is_linked_and_not_doubled(office):
    office.hubspot.fill(contacts=[{"email": ANA, "lastname": "Prado"}])
    shown = office.post("contacts", PERSON)
    assert len(office.hubspot.rows("contacts")) == 1
    assert {each["externalId"] for each in shown["crms"]} >= {office.hubspot.contact(ANA)["id"]}


def test_what_is_entered_is_written_down_with_who_entered_it(office):
    record_id = office.post("contacts", PERSON)["recordId"]
    office.post("contacts", {"recordId": record_id, "jobTitle": "CTO"})
    office.rehearsal.settle()
    lines = office.rehearsal.call("GET", f"/api/crm/records/{record_id}/history")[1]["items"]
    entered = [each for each in lines if each["integration_id"] == "hub"]
    assert [each["by"] for each in entered] == ["person-1", "person-1"]
    assert entered[0]["changes"] == [["job_title", None, "CTO"]]


def test_null_empties_a_field_everywhere_and_what_is_left_out_stays(office):
    record_id = office.post("contacts", {**PERSON, "jobTitle": "CTO"})["recordId"]
    status, shown = office.rehearsal.call("PATCH", f"/api/crm/records/{record_id}", {"jobTitle": None}, claims=OPERATOR)
    assert (status, results(shown)) == (200, {"hubspot": "updated", "salesforce": "updated"})
    assert office.hubspot.contact(ANA).get("jobtitle") in (None, "")
    assert office.salesforce.contact(ANA)["Title"] is None
    assert office.hubspot.contact(ANA)["firstname"] == "Ana"


def test_a_later_edit_in_a_crm_wins_over_what_was_entered(office):
    record_id = office.post("contacts", {**PERSON, "city": "Recife"})["recordId"]
    office.rehearsal.advance(60)
    office.hubspot.act("update", "contacts", office.hubspot.contact(ANA)["id"], properties={"city": "Olinda"})
    office.rehearsal.settle()
    assert office.record(record_id).fields["city"] == "Olinda"
    assert office.salesforce.contact(ANA)["MailingCity"] == "Olinda"


def test_two_contacts_that_could_be_meant_are_named_and_nothing_is_entered(office):
    for _ in range(2):
        office.salesforce.act("create", object="Contact", fields={"LastName": "Prado", "Email": ANA})
    office.rehearsal.call("PATCH", f"{ALL}/{office.hub}", {"paused": True})
    office.rehearsal.sync()
    found = office.rehearsal.call("GET", f"/api/crm/records?entity=contact&email={ANA}")[1]["items"]
    assert len(found) == 2
    with nothing_changes(office.rehearsal):
        answer = office.rehearsal.call("POST", "/api/crm/contacts", {"email": ANA, "city": "x"}, claims=OPERATOR)
        assert_problem(answer, 400, field="email", says="several records could be meant")
    assert all(each["record_id"] in answer[1]["nextStep"] for each in found)
    chosen = office.post("contacts", {"recordId": found[0]["record_id"], "city": "Recife"})
    assert chosen["recordId"] == found[0]["record_id"]


def test_a_field_that_people_must_decide_about_is_left_alone_and_told(office):
    for key in (office.hub, office.sf):
        change_integration(office.rehearsal.hub, load_integration(office.rehearsal.hub, "acme", key), policy="manual")
    record_id = office.post("contacts", {**PERSON, "city": "Recife"})["recordId"]
    office.hubspot.act("update", "contacts", office.hubspot.contact(ANA)["id"], properties={"city": "Olinda"})
    office.salesforce.act("update", office.salesforce.contact(ANA)["Id"], fields={"MailingCity": "Natal"})
    office.rehearsal.settle()
    office.rehearsal.sync()
    assert office.record(record_id).frozen
    found = office.rehearsal.call("GET", f"/api/crm/conflicts/{record_id}")[1]["items"]
    assert [(each["kind"], each["field"]) for each in found] == [("field", "city")]
    shown = office.post("contacts", {"recordId": record_id, "city": "Caruaru", "jobTitle": "CTO"})
    assert (shown["frozen"], shown["changed"]) == (["city"], ["job_title"])


# ------------------------------------------------------------------------------------------------ deals and activities


def test_a_deals_company_and_contacts_are_found_or_made_first(office):
    office.post("contacts", PERSON)
    shown = office.post(
        "deals",
        {
            "title": "Solar roof",
            "value": 12_500.5,
            "currency": "BRL",
            "stage": "qualified",
            "expectedCloseDate": "2027-01-31",
            "company": {"name": "Prado Ltda", "domain": "https://prado.example.com/"},
            "contacts": [ANA, {"email": "bo@example.com", "lastName": "Lund"}],
            "externalReference": "booking-1",
        },
    )
    assert results(shown) == {"hubspot": "created", "salesforce": "created"}
    fields = office.record(shown["recordId"]).fields
    assert (fields["amount"], fields["close_on"], len(fields["contacts"])) == ("12500.5", "2027-01-31", 2)
    office.rehearsal.settle()
    assert {row["email"] for row in office.hubspot.rows("contacts")} == {ANA, "bo@example.com"}
    assert [row["name"] for row in office.hubspot.rows("companies")] == ["Prado Ltda"]
    (deal,) = office.salesforce.rows("Opportunity")
    (account,) = office.salesforce.rows("Account")
    assert (deal["Name"], deal["Amount"], deal["AccountId"]) == ("Solar roof", 12_500.5, account["Id"])


def test_the_senders_own_name_makes_two_deals_one(office):
    first = office.post("deals", {"title": "Roof", "externalReference": "r-1", "stage": "qualified"})
    again = office.post("deals", {"value": "900", "externalReference": "r-1"})
    other = office.post("deals", {"title": "Roof", "externalReference": "r-2", "stage": "qualified"})
    assert again["recordId"] == first["recordId"] != other["recordId"]
    assert (again["result"], len(office.hubspot.rows("deals"))) == ("updated", 2)


def test_a_company_known_by_name_only_is_made_once(office):
    one = office.post("contacts", {**PERSON, "company": "Acme Inc"})
    two = office.post("contacts", {"email": "bo@example.com", "lastName": "Lund", "company": "ACME inc"})
    companies = {office.record(each["recordId"]).fields["company"] for each in (one, two)}
    assert len(companies) == 1
    office.rehearsal.settle()
    assert [row["name"] for row in office.hubspot.rows("companies")] == ["Acme Inc"]


def test_a_company_whose_domain_is_that_of_the_address_is_known_by_its_name(office):
    office.hubspot.act("create", "companies", properties={"name": "Prado Ltda", "domain": "prado.example"})
    office.rehearsal.sync()
    shown = office.post("contacts", {"email": "ana@prado.example", "lastName": "Prado", "company": "prado ltda"})
    assert office.record(shown["recordId"]).fields["company"].startswith("com_")
    assert len(office.hubspot.rows("companies")) == 1


def test_an_activity_is_completed_and_of_normal_priority_unless_it_says_otherwise(office):
    person = office.post("contacts", PERSON)["recordId"]
    body = {"type": "call", "subject": "Asked about the roof", "contacts": [person], "durationS": 300}
    shown = office.post("activities", {**body, "startsAt": "2026-11-20T10:00:00Z"})
    fields = office.record(shown["recordId"]).fields
    assert (fields["status"], fields["priority"], fields["contacts"]) == ("completed", "normal", (person,))
    assert results(shown) == {"hubspot": "created", "salesforce": "created"}
    wrong = {"recordId": shown["recordId"], "type": "meeting"}
    answer = office.rehearsal.call("POST", "/api/crm/activities", wrong, claims=OPERATOR)
    assert_problem(answer, 400, field="kind", says="stays one")


# ------------------------------------------------------------------------------------------------ one CRM


def test_a_contact_is_synced_to_one_crm_as_the_founding_api_says(office):
    founding = {
        "email": "john@example.com", "firstName": "John", "lastName": "Doe", "company": "Acme Inc",
        "phone": "+12125550123",
        "socialProfiles": [{"platform": "twitter", "username": "johndoe", "url": "https://example.com/johndoe",
                            "followers": 5000, "engagement": 250}],
        "customFields": {"industry": "Technology", "employee_count": "50-100"},
    }  # fmt: skip
    custom = {"entity": "contact", "name": "x_twitter_username", "label": "Twitter", "kind": "text"}
    assert office.rehearsal.call("PATCH", f"{ALL}/{office.hub}", {"customFields": [custom]})[0] == 200
    shown = office.post(f"integrations/{office.hub}/contacts/sync", founding)
    assert (shown["result"], shown["crmResult"]) == ("created", "created")
    assert shown["crmId"] == office.hubspot.contact("john@example.com")["id"]
    assert office.record(shown["recordId"]).fields["x_twitter_username"] == "johndoe"
    assert set(shown["ignored"]) == {
        "customFields.industry", "customFields.employee_count", "socialProfiles[0].url", "socialProfiles[0].followers",
    }  # fmt: skip


def test_a_lead_is_a_lead_where_the_crm_knows_leads_and_a_contact_elsewhere(office):
    lead = {
        "email": "jane@example.com", "firstName": "Jane", "lastName": "Smith", "company": "Tech Corp",
        "source": "twitter_dm", "status": "new", "socialContext": {"platform": "twitter", "engagementScore": 85},
    }  # fmt: skip
    there = office.post(f"integrations/{office.sf}/leads/sync", lead)
    assert (there["entity"], there["crmResult"]) == ("lead", "created")
    (row,) = office.salesforce.rows("Lead")
    assert (row["Email"], row["Company"], row["Id"]) == ("jane@example.com", "Tech Corp", there["crmId"])
    here = office.post(f"integrations/{office.hub}/leads/sync", {**lead, "email": "jo@example.com"})
    assert here["entity"] == (
        "lead" if office.rehearsal.hub.connectors.declaration("hubspot").supports.fields.get("lead") else "contact"
    )


def test_a_batch_has_a_result_for_every_row_and_a_wrong_row_hinders_no_other(office):
    rows = [
        {"email": "one@example.com", "lastName": "One"},
        {"email": "not an address", "lastName": "Two"},
        {"lastName": 3},
        {"email": "ONE@example.com", "jobTitle": "CTO"},
        {"recordId": "con_nobody", "lastName": "Five"},
    ]
    shown = office.post(f"integrations/{office.hub}/contacts/batch-sync", rows)["items"]
    assert [each["index"] for each in shown] == [0, 1, 2, 3, 4]
    assert [each["result"] for each in shown] == ["created", "refused", "refused", "created", "refused"]
    assert [each["problem"]["field"] for each in shown if "problem" in each] == ["email", "lastName", "recordId"]
    assert shown[0]["recordId"] == shown[3]["recordId"]
    assert shown[0]["crmId"] == office.hubspot.contact("one@example.com")["id"]
    assert office.hubspot.contact("one@example.com")["jobtitle"] == "CTO"


@pytest.mark.slow
def test_a_thousand_contacts_are_entered_at_once(office):
    rows = [{"email": f"p{each}@example.com", "lastName": f"P{each}", "jobTitle": "CTO"} for each in range(1000)]
    shown = office.post(f"integrations/{office.hub}/contacts/batch-sync?wait=0", rows, 202)["items"]
    assert {each["crmResult"] for each in shown} == {"pending"}
    office.rehearsal.settle()
    assert len(office.hubspot.rows("contacts")) == 1000
    again = office.post(f"integrations/{office.hub}/contacts/batch-sync", rows)["items"]
    assert {(each["result"], each["crmResult"]) for each in again} == {("unchanged", "unchanged")}


# ------------------------------------------------------------------------------------------------ what hinders


def test_without_waiting_the_answer_says_what_is_on_its_way(office):
    shown = office.post("contacts?wait=0", PERSON, 202)
    assert results(shown) == {"hubspot": "pending", "salesforce": "pending"}
    path = f"/api/crm/records/{shown['recordId']}/crms"
    assert {each["result"] for each in office.rehearsal.call("GET", path)[1]["items"]} == {"pending"}
    office.rehearsal.settle()
    assert {each["result"] for each in office.rehearsal.call("GET", path)[1]["items"]} == {"written"}
    assert_problem(office.rehearsal.call("GET", path, claims=RIVAL), 404, field="record_id")


def test_a_crm_that_is_paused_waits_and_the_other_is_written(office):
    office.rehearsal.call("PATCH", f"{ALL}/{office.sf}", {"paused": True})
    shown = office.post("contacts", PERSON)
    assert results(shown) == {"hubspot": "created", "salesforce": "waiting"}
    (waiting,) = [each for each in shown["crms"] if each["provider"] == "salesforce"]
    assert waiting["words"] == "the integration is paused"
    office.rehearsal.call("PATCH", f"{ALL}/{office.sf}", {"paused": False})
    office.rehearsal.sync()
    assert office.salesforce.contact(ANA)


def test_a_crm_that_refuses_does_so_in_its_own_words(office):
    refusal = {"match": {"path": "/crm/.*contacts/batch/(create|upsert)"}, "kind": "status", "status": 400, "count": 9}
    office.rehearsal.control("hubspot", "faults", [refusal])
    by_crm = {each["provider"]: each for each in office.post("contacts", PERSON)["crms"]}
    assert (by_crm["hubspot"]["result"], by_crm["salesforce"]["result"]) == ("refused", "created"), by_crm
    assert by_crm["hubspot"]["words"]


def test_an_integration_that_only_reads_is_not_written(office):
    change = {"syncConfig": {"entities": {"contact": {"direction": "from_crm"}}}}
    office.rehearsal.call("PATCH", f"{ALL}/{office.sf}", change)
    shown = office.post("contacts", PERSON)
    assert results(shown) == {"hubspot": "created", "salesforce": "off"}
    assert office.salesforce.rows("Contact") == []


def test_a_record_of_another_workspace_can_be_neither_changed_nor_referred_to(office):
    record_id = office.post("contacts", PERSON)["recordId"]
    with nothing_changes(office.rehearsal):
        change = {"jobTitle": "x"}
        answer = office.rehearsal.call("PATCH", f"/api/crm/records/{record_id}", change, claims=RIVAL)
        assert_problem(answer, 404, field="recordId")
        answer = office.rehearsal.call("POST", f"{ALL}/{office.hub}/contacts/sync", PERSON, claims=RIVAL)
        assert_problem(answer, 404, field="integration_id")
        body = {"title": "x", "contacts": [record_id]}
        assert_problem(office.rehearsal.call("POST", "/api/crm/deals", body, claims=RIVAL), 404, field="contacts")
        answer = office.rehearsal.call("PATCH", "/api/crm/records/nobody", change, claims=OPERATOR)
        assert_problem(answer, 404, field="record_id")


def test_a_deleted_record_is_not_entered_into(office):
    record_id = office.post("contacts", PERSON)["recordId"]
    for key in (office.hub, office.sf):
        office.rehearsal.call("PATCH", f"{ALL}/{key}", {"onDelete": "propagate"})
    office.hubspot.act("delete", "contacts", office.hubspot.contact(ANA)["id"])
    office.rehearsal.settle()
    if office.record(record_id).deleted_at is None:
        office.rehearsal.sync(20_000)
    assert office.record(record_id).deleted_at is not None
    answer = office.rehearsal.call("PATCH", f"/api/crm/records/{record_id}", {"jobTitle": "x"}, claims=OPERATOR)
    assert_problem(answer, 404, field="recordId")
    assert office.post("contacts", PERSON)["recordId"] != record_id


def test_no_crm_is_asked_anything_by_the_request_itself(office):
    before = {crm: calls(office.rehearsal, crm) for crm in office.rehearsal.apps}
    office.post("contacts?wait=0", PERSON, 202)
    assert {crm: calls(office.rehearsal, crm) for crm in office.rehearsal.apps} == before

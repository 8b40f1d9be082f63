from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient

CONTACTS = f"{DATA}/sobjects/Contact"
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-04-01"}


def _expect(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    problem = answer.json()[0]
    assert problem["errorCode"] == code
    return problem


def test_a_record_is_created_read_changed_and_deleted(org: OrgClient):
    record_id = org.new("Contact", FirstName="Mia", LastName="Novak", Email="mia@example.com")
    row = org.row("Contact", record_id)
    assert (row["Name"], row["IsDeleted"], row["CreatedDate"]) == (
        "Mia Novak",
        False,
        "2026-03-02T12:00:00.000+0000",
    )
    changed = org.patch(f"{CONTACTS}/{record_id[:15]}", json={"FirstName": None, "Title": "  "})
    assert (changed.status_code, changed.content) == (204, b"")
    assert "Content-Type" not in changed.headers
    row = org.row("Contact", record_id)
    assert (row["Name"], row["FirstName"], row["Title"]) == ("Novak", None, None)
    assert org.delete(f"{CONTACTS}/{record_id}").status_code == 204
    _expect(org.get(f"{CONTACTS}/{record_id}"), 404, "ENTITY_IS_DELETED")
    problem = _expect(org.patch(f"{CONTACTS}/{record_id}", json={"Title": "x"}), 404, "ENTITY_IS_DELETED")
    assert problem == {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}


def test_text_is_trimmed_on_the_right_and_empty_text_is_null(org: OrgClient):
    row = org.row("Contact", org.new("Contact", LastName=" Novak  ", Department=""))
    assert (row["LastName"], row["Department"]) == (" Novak", None)


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": "  "}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ({"LastName": "x", "Email": "not an address"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"LastName": "x", "Name": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Name"]),
        ({"LastName": "x", "MailingAddress": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["MailingAddress"]),
        ({"LastName": "x", "CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
        ({"LastName": "x", "AccountId": "nonsense"}, "MALFORMED_ID", ["AccountId"]),
        ({"LastName": "x", "AccountId": "003sb0000000009AAA"}, "FIELD_INTEGRITY_EXCEPTION", ["AccountId"]),
        ({"LastName": "x", "AccountId": "001sb0000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
        ({"LastName": "x", "CleanStatus": "Spotless"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["CleanStatus"]),
        ({"LastName": "x", "Foo__c": "y"}, "INVALID_FIELD", None),
        ({"LastName": "x", "Birthdate": "01.05.1990"}, "JSON_PARSER_ERROR", None),
        ({"LastName": "x", "DoNotCall": "true"}, "JSON_PARSER_ERROR", None),
        ({"LastName": 7}, "JSON_PARSER_ERROR", None),
    ],
)
def test_bad_values_are_refused_and_nothing_is_stored(org: OrgClient, body: dict, code: str, fields: list | None):
    problem = _expect(org.post(CONTACTS, json=body), 400, code)
    assert problem.get("fields") == fields
    assert org.rows("SELECT Id FROM Contact") == []


def test_unrestricted_picklists_take_any_value(org: OrgClient):
    record_id = org.new("Contact", LastName="x", LeadSource="Carrier pigeon")
    assert org.row("Contact", record_id)["LeadSource"] == "Carrier pigeon"


def test_an_id_in_the_body_is_refused(org: OrgClient):
    record_id = org.new("Contact", LastName="x")
    problem = _expect(org.patch(f"{CONTACTS}/{record_id}", json={"Id": record_id}), 400, "INVALID_FIELD")
    assert "should not be specified" in problem["message"]


def test_unknown_records_objects_and_methods_have_their_own_answers(org: OrgClient):
    _expect(org.get(f"{CONTACTS}/003sb00000000zzAAA"), 404, "NOT_FOUND")
    _expect(org.get(f"{CONTACTS}/nonsense"), 404, "NOT_FOUND")
    _expect(org.post(f"{DATA}/sobjects/Contcat", json={}), 404, "NOT_FOUND")
    _expect(org.put(f"{CONTACTS}/003sb00000000zzAAA", json={}), 405, "METHOD_NOT_ALLOWED")
    _expect(org.get("/services/data/v59.0/sobjects"), 404, "NOT_FOUND")
    _expect(org.post(CONTACTS, content=b"{", headers={"Content-Type": "application/json"}), 400, "JSON_PARSER_ERROR")
    _expect(org.post(CONTACTS, content=b"LastName=x"), 415, "UNSUPPORTED_MEDIA_TYPE")
    _expect(org.post(f"{DATA}/sobjects/OpportunityStage", json={}), 400, "INVALID_TYPE_FOR_OPERATION")


def test_an_owner_must_be_an_active_user(org: OrgClient):
    former = org.rows("SELECT Id FROM User WHERE Name = 'Fay Former'")[0]["Id"]
    queue = org.rows("SELECT Id FROM Group WHERE Type = 'Queue'")[0]["Id"]
    answer = org.post(CONTACTS, json={"LastName": "x", "OwnerId": former})
    assert former[:15] in _expect(answer, 400, "INACTIVE_OWNER_OR_USER")["message"]
    _expect(org.post(CONTACTS, json={"LastName": "x", "OwnerId": queue}), 400, "FIELD_INTEGRITY_EXCEPTION")
    lead = {"LastName": "x", "Company": "C", "OwnerId": queue}
    assert org.post(f"{DATA}/sobjects/Lead", json=lead).status_code == 201


def test_assignment_rules_take_the_lead_unless_the_header_says_no(org: OrgClient):
    mine = org.rows("SELECT Id FROM User WHERE Name = 'Ines Integration'")[0]["Id"]
    lead = {"LastName": "x", "Company": "C"}
    moved = org.post(f"{DATA}/sobjects/Lead", json=lead).json()["id"]
    kept = org.post(f"{DATA}/sobjects/Lead", json=lead, headers={"Sforce-Auto-Assign": "FALSE"}).json()["id"]
    assert org.row("Lead", moved)["OwnerId"].startswith("00G")
    assert org.row("Lead", kept)["OwnerId"] == mine


def test_a_stage_brings_its_probability_and_closes_the_deal(org: OrgClient):
    record_id = org.new("Opportunity", **DEAL, Amount=200.005)
    row = org.row("Opportunity", record_id)
    assert (row["Probability"], row["Amount"], row["ExpectedRevenue"]) == (10.0, 200.01, 20.0)
    org.patch(f"{DATA}/sobjects/Opportunity/{record_id}", json={"Probability": 35})
    assert org.row("Opportunity", record_id)["Probability"] == 35.0
    org.patch(f"{DATA}/sobjects/Opportunity/{record_id}", json={"StageName": "Closed Won"})
    row = org.row("Opportunity", record_id)
    assert (row["Probability"], row["IsClosed"], row["IsWon"], row["ForecastCategory"]) == (
        100.0,
        True,
        True,
        "Closed",
    )
    bad = org.post(f"{DATA}/sobjects/Opportunity", json={**DEAL, "StageName": "Appointment"})
    assert (
        "bad value for restricted picklist" in _expect(bad, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")["message"]
    )
    bad = org.post(f"{DATA}/sobjects/Opportunity", json={**DEAL, "Probability": 101})
    _expect(bad, 400, "NUMBER_OUTSIDE_VALID_RANGE")


def test_a_task_of_a_lead_has_nothing_else_to_be_about(org: OrgClient):
    lead_id = org.new("Lead", LastName="x", Company="C")
    account_id = org.new("Account", Name="A")
    tasks = f"{DATA}/sobjects/Task"
    _expect(org.post(tasks, json={"WhoId": lead_id, "WhatId": account_id}), 400, "FIELD_INTEGRITY_EXCEPTION")
    row = org.row("Task", org.new("Task", WhatId=account_id, Status="Completed", Subject="Call"))
    assert (row["IsClosed"], row["AccountId"], row["TaskSubtype"]) == (True, account_id, "Task")


def test_an_event_needs_a_beginning_and_a_length(org: OrgClient):
    events = f"{DATA}/sobjects/Event"
    _expect(org.post(events, json={"Subject": "x"}), 400, "REQUIRED_FIELD_MISSING")
    start = "2026-03-01T10:00:00+01:00"
    _expect(org.post(events, json={"StartDateTime": start}), 400, "REQUIRED_FIELD_MISSING")
    row = org.row("Event", org.new("Event", StartDateTime=start, DurationInMinutes=30))
    assert (row["StartDateTime"], row["EndDateTime"]) == (
        "2026-03-01T09:00:00.000+0000",
        "2026-03-01T09:30:00.000+0000",
    )
    conflict = {"StartDateTime": start, "EndDateTime": "2026-03-01T11:00:00+01:00", "DurationInMinutes": 5}
    _expect(org.post(events, json=conflict), 400, "FIELD_INTEGRITY_EXCEPTION")


def test_an_upsert_creates_then_updates_and_never_guesses(keyed: OrgClient):
    url = f"{CONTACTS}/Ext__c/a%2Fb%20c"
    made = keyed.patch(url, json={"LastName": "Novak"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = keyed.patch(url, json={"LastName": "Nowak"})
    assert (again.status_code, again.json()) == (200, {**made.json(), "created": False})
    assert keyed.get(url).json()["Ext__c"] == "a/b c"
    repeated = keyed.patch(url, json={"LastName": "x", "Ext__c": "a/b c"})
    assert "should not be specified" in _expect(repeated, 400, "INVALID_FIELD")["message"]
    _expect(keyed.patch(f"{CONTACTS}/Ext__c/zz?updateOnly=true", json={"LastName": "x"}), 404, "NOT_FOUND")
    _expect(keyed.patch(f"{CONTACTS}/Title/zz", json={"LastName": "x"}), 404, "NOT_FOUND")
    _expect(keyed.patch(f"{CONTACTS}/Nope__c/zz", json={"LastName": "x"}), 404, "NOT_FOUND")
    assert keyed.delete(url).status_code == 204
    _expect(keyed.get(url), 404, "NOT_FOUND")


def test_an_upsert_by_email_finds_several_and_says_so(org: OrgClient):
    ids = [org.new("Contact", LastName=name, Email="two@example.com") for name in "ab"]
    answer = org.patch(f"{CONTACTS}/Email/TWO@example.com", json={"LastName": "c"})
    assert answer.status_code == 300
    assert sorted(answer.json()) == sorted(f"{CONTACTS}/{each}" for each in ids)


def test_a_unique_field_refuses_a_second_record_and_names_the_first(keyed: OrgClient):
    first = keyed.new("Contact", LastName="a", Ext__c="K1")
    problem = _expect(keyed.post(CONTACTS, json={"LastName": "b", "Ext__c": "k1"}), 400, "DUPLICATE_VALUE")
    assert problem["message"].endswith(f"record with id: {first[:15]}")


def test_a_parent_is_found_by_its_external_id(org: OrgClient):
    field = {"type": "Text", "label": "Ext", "length": 20, "unique": True, "externalId": True}
    org.seed(custom_fields=[{"full_name": "Account.Ext__c", "metadata": field}])
    account_id = org.new("Account", Name="A", Ext__c="acc-1")
    record_id = org.new("Contact", LastName="x", Account={"Ext__c": "ACC-1"})
    assert org.row("Contact", record_id)["AccountId"] == account_id
    answer = org.post(CONTACTS, json={"LastName": "x", "Account": {"Ext__c": "none"}})
    assert "Foreign key external ID: none not found" in _expect(answer, 400, "INVALID_FIELD")["message"]


def test_duplicate_rules_block_until_the_header_allows_an_alert(org: OrgClient):
    first = org.new("Contact", LastName="a", Email="same@example.com")
    org.switch(duplicate_rules={"Contact": "alert"})
    second = {"LastName": "b", "Email": "SAME@example.com"}
    problem = _expect(org.post(CONTACTS, json=second), 400, "DUPLICATES_DETECTED")
    result = problem["duplicateResult"]
    assert result["allowSave"]
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == first
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"}
    assert org.post(CONTACTS, json=second, headers=header).status_code == 201
    org.switch(duplicate_rules={"Contact": "block"})
    _expect(org.post(CONTACTS, json=second, headers=header), 400, "DUPLICATES_DETECTED")


def test_conditional_headers_stop_reads_and_writes(org: OrgClient):
    record_id = org.new("Contact", LastName="x")
    before, after = "Mon, 02 Mar 2026 11:00:00 GMT", "Mon, 02 Mar 2026 13:00:00 GMT"
    url = f"{CONTACTS}/{record_id}"
    assert org.get(url, headers={"If-Modified-Since": after}).status_code == 304
    assert org.get(url, headers={"If-Modified-Since": before}).status_code == 200
    stopped = org.patch(url, json={"Title": "t"}, headers={"If-Unmodified-Since": before})
    _expect(stopped, 412, "PRECONDITION_FAILED")
    assert org.patch(url, json={"Title": "t"}, headers={"If-Unmodified-Since": after}).status_code == 204


def test_describe_tells_what_writes_will_be_held_to(keyed: OrgClient):
    fields = {each["name"]: each for each in keyed.get(f"{CONTACTS}/describe").json()["fields"]}
    required = {
        name
        for name, each in fields.items()
        if each["createable"] and not each["nillable"] and not each["defaultedOnCreate"]
    }
    assert required == {"LastName"}
    assert (fields["Email"]["idLookup"], fields["Email"]["length"]) == (True, 80)
    assert fields["Ext__c"]["externalId"]
    assert fields["Ext__c"]["unique"]
    assert not fields["Name"]["createable"]
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    names = {each["name"] for each in keyed.get(f"{DATA}/sobjects").json()["sobjects"]}
    assert {"Contact", "Account", "Lead", "Opportunity", "Task", "Event", "User"} <= names
    assert "CustomField" not in names

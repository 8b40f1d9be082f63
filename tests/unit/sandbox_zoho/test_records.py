from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_zoho.conftest import Api

PERSON = {"Last_Name": "Prado"}


def test_an_empty_module_answers_without_a_body(api: Api):
    answer = api.call("GET", "/Contacts", params={"fields": "Last_Name"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_fields_must_be_named_and_at_most_fifty(api: Api):
    assert api.call("GET", "/Contacts").json()["code"] == "REQUIRED_PARAM_MISSING"
    fifty = ",".join(f"F{n}" for n in range(50))
    assert api.call("GET", "/Contacts", params={"fields": fifty}).status_code == 204
    assert api.call("GET", "/Contacts", params={"fields": f"{fifty},G"}).json()["code"] == "LIMIT_EXCEEDED"


def test_a_hundred_rows_are_taken_and_one_more_is_not(api: Api):
    rows = [{"Last_Name": f"N{n}"} for n in range(101)]
    assert api.call("POST", "/Contacts", {"data": rows}).json()["code"] == "LIMIT_EXCEEDED"
    assert api.call("POST", "/Contacts", {"data": rows[:100]}).status_code == 201


def test_a_page_has_two_hundred_rows_the_newest_first(api: Api):
    ids = [
        *api.made("Contacts", *[PERSON] * 100),
        *api.made("Contacts", *[PERSON] * 100),
        *api.made("Contacts", PERSON),
    ]
    page = api.call("GET", "/Contacts", params={"fields": "id"}).json()
    assert [each["id"] for each in page["data"]] == ids[:0:-1]
    assert page["info"]["more_records"] is True
    assert api.call("GET", "/Contacts", params={"fields": "id", "per_page": 201}).status_code == 400


def test_pages_end_at_two_thousand_records_and_tokens_go_on(api: Api):
    params = {"fields": "id", "sort_order": "asc"}
    api.made("Contacts", *[PERSON] * 3)
    assert api.call("GET", "/Contacts", params={**params, "page": 10, "per_page": 200}).status_code == 204
    refused = api.call("GET", "/Contacts", params={**params, "page": 11, "per_page": 200}).json()
    assert refused["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    params["per_page"] = "2"
    token = api.call("GET", "/Contacts", params=params).json()["info"]["next_page_token"]
    assert len(api.call("GET", "/Contacts", params={**params, "page_token": token}).json()["data"]) == 1
    codes = {
        "TOKEN_BOUND_DATA_MISMATCH": {**params, "fields": "Last_Name", "page_token": token},
        "AMBIGUITY_DURING_PROCESSING": {**params, "page": "2", "page_token": token},
        "INVALID_DATA": {**params, "page_token": "x"},
    }
    for code, asked in codes.items():
        assert api.call("GET", "/Contacts", params=asked).json()["code"] == code
    api.control("clock", {"advance_s": 86_401})
    api.connect()
    assert api.call("GET", "/Contacts", params={**params, "page_token": token}).json()["code"] == "EXPIRED_VALUE"


def test_rows_of_mixed_fate_answer_207_and_lone_refusals_400(api: Api):
    mixed = api.call("POST", "/Contacts", {"data": [PERSON, {"First_Name": "Ana"}]})
    assert mixed.status_code == 207
    good, bad = mixed.json()["data"]
    assert (good["code"], good["message"]) == ("SUCCESS", "record added")
    assert bad["code"] == "MANDATORY_NOT_FOUND"
    assert bad["details"] == {"api_name": "Last_Name", "json_path": "$.data[1].Last_Name"}
    assert api.call("POST", "/Contacts", {"data": [{"First_Name": "Ana"}]}).status_code == 400


@pytest.mark.parametrize(
    ("module", "values"),
    [
        ("Contacts", {"Email": "not an address"}),
        ("Contacts", {"Phone": "ask: Ana!"}),
        ("Contacts", {"First_Name": "x" * 41}),
        ("Contacts", {"First_Name": 7}),
        ("Contacts", {"Account_Name": "4150868000000300001"}),
        ("Contacts", {"Account_Name": {"id": "4150868000000999999"}}),
        ("Contacts", {"Owner": {"id": "4150868000000225025"}}),
        ("Accounts", {"Website": "example.com"}),
        ("Accounts", {"Employees": "12"}),
        ("Accounts", {"Employees": 10**9}),
        ("Accounts", {"Annual_Revenue": "12.5"}),
        ("Deals", {"Closing_Date": "2027-03-31T00:00:00Z"}),
        ("Deals", {"Stage": "no such stage"}),
        ("Deals", {"Probability": 101}),
        ("Events", {"Start_DateTime": "2027-03-31T10:00:00.000Z"}),
        ("Events", {"End_DateTime": "2026-03-31T10:00:00+00:00"}),
        ("Calls", {"Call_Duration": "00:00"}),
        ("Calls", {"Call_Duration": "90"}),
        ("Tasks", {"What_Id": {"id": "4150868000000300001"}}),
    ],
)
def test_a_wrong_value_is_refused(api: Api, module: str, values: dict[str, Any]):
    whole: dict[str, dict[str, Any]] = {
        "Contacts": PERSON,
        "Accounts": {"Account_Name": "Quay"},
        "Deals": {"Deal_Name": "Storage", "Stage": "Qualification", "Pipeline": "Standard (Standard)"},
        "Tasks": {"Subject": "Call"},
        "Events": {
            "Event_Title": "Visit",
            "Start_DateTime": "2027-03-31T10:00:00+00:00",
            "End_DateTime": "2027-03-31T11:00:00+00:00",
        },
        "Calls": {
            "Subject": "Call",
            "Call_Type": "Outbound",
            "Call_Start_Time": "2027-03-31T10:00:00+00:00",
            "Call_Duration": "01:00",
        },
    }
    api.made(module, whole[module])
    (row,) = api.rows("POST", f"/{module}", {**whole[module], **values})
    assert row["status"] == "error"
    assert row["code"] in {"INVALID_DATA", "DEPENDENT_MISMATCH", "MANDATORY_NOT_FOUND"}


def test_unknown_and_read_only_fields_are_passed_over_without_a_word(api: Api):
    (record_id,) = api.made("Contacts", {**PERSON, "No_Such_Field": 1, "Full_Name": "Somebody Else"})
    (row,) = api.call("GET", f"/Contacts/{record_id}").json()["data"]
    assert row["Full_Name"] == "Prado"
    assert "No_Such_Field" not in row


def test_times_are_told_in_the_users_time_zone_without_fractions(api: Api):
    (record_id,) = api.made("Contacts", PERSON)
    (row,) = api.call("GET", f"/Contacts/{record_id}").json()["data"]
    assert row["Modified_Time"].endswith("+05:30")
    assert "." not in row["Modified_Time"]


def test_an_update_knows_its_own_record_and_a_stale_reader(api: Api):
    (record_id,) = api.made("Contacts", PERSON)
    (row,) = api.rows("PUT", "/Contacts", {"id": "4150868000000999999", "City": "x"})
    assert row["details"] == {"api_name": "id", "json_path": "$.data[0].id"}
    stale = {"If-Unmodified-Since": "2020-01-01T00:00:00+00:00"}
    answer = api.call("PUT", f"/Contacts/{record_id}", {"data": [{"First_Name": "Ana"}]}, headers=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "ALREADY_MODIFIED")


def test_nothing_new_since_a_moment_is_304(api: Api):
    api.made("Contacts", PERSON)
    for path in ("/Contacts", "/Contacts/deleted"):
        late = {"If-Modified-Since": "2099-01-01T00:00:00+00:00"}
        assert api.call("GET", path, params={"fields": "id"}, headers=late).status_code == 304
    wrong = {"If-Modified-Since": "Sat, 21 Nov 2026 12:00:00 GMT"}
    assert api.call("GET", "/Contacts", params={"fields": "id"}, headers=wrong).status_code == 400


def test_deleted_records_are_told_for_sixty_and_a_hundred_and_twenty_days(api: Api):
    (record_id,) = api.made("Contacts", PERSON)
    assert api.rows("DELETE", f"/Contacts?ids={record_id}")[0]["message"] == "record deleted"
    assert api.rows("DELETE", f"/Contacts?ids={record_id}")[0]["message"] == "record not deleted"
    (grave,) = api.call("GET", "/Contacts/deleted").json()["data"]
    assert (grave["type"], grave["display_name"]) == ("recycle", "Prado")
    api.control("clock", {"advance_s": 61 * 86_400})
    api.connect()
    (grave,) = api.call("GET", "/Contacts/deleted").json()["data"]
    assert (grave["type"], grave["display_name"], grave["deleted_by"]) == ("permanent", None, None)
    api.control("clock", {"advance_s": 60 * 86_400})
    api.connect()
    assert api.call("GET", "/Contacts/deleted").status_code == 204


def test_an_upsert_looks_at_unique_fields_that_nobody_named(api: Api):
    field = {"field_label": "Tax No", "data_type": "text", "length": 30, "unique": {"case_sensitive": False}}
    other = {**field, "field_label": "Hub No"}
    api.call("POST", "/settings/fields?module=Contacts", {"fields": [field, other]})
    (first,) = api.made("Contacts", {**PERSON, "Tax_No": "T1", "Email": "a@example.com"})
    row = {"Last_Name": "Lund", "Hub_No": "H1", "Tax_No": "t1", "Email": "a@example.com"}
    (done,) = api.rows("POST", "/Contacts/upsert", row, duplicate_check_fields=["Hub_No"])
    assert (done["action"], done["duplicate_field"], done["details"]["id"]) == ("update", "Tax_No", first)
    row = {"Last_Name": "Other", "Hub_No": "H2", "Tax_No": "T2", "Email": "a@example.com"}
    (done,) = api.rows("POST", "/Contacts/upsert", row, duplicate_check_fields=["Hub_No"])
    assert done["action"] == "insert"
    (done,) = api.rows("POST", "/Contacts/upsert", {"Last_Name": "x", "Email": "A@example.com"})
    assert (done["action"], done["duplicate_field"]) == ("update", "Email")
    (double,) = api.rows("POST", "/Contacts", {**PERSON, "Tax_No": "T2", "Hub_No": "H2"})
    assert double["code"] == "MULTIPLE_OR_MULTI_ERRORS"


@pytest.mark.parametrize("module", ["Tasks", "Events", "Calls", "Notes"])
def test_activities_have_no_upsert(api: Api, module: str):
    assert api.call("POST", f"/{module}/upsert", {"data": [{}]}).json()["code"] == "NOT_SUPPORTED"


def test_notes_need_a_parent_and_have_no_list_of_deletions(api: Api):
    (contact,) = api.made("Contacts", PERSON)
    parent = {"id": contact, "module": {"api_name": "Contacts"}}
    (bad,) = api.rows("POST", "/Notes", {"Note_Content": "Hm"})
    assert bad["details"]["api_name"] == "Parent_Id"
    (note,) = api.made("Notes", {"Note_Content": "Hm", "Parent_Id": parent})
    (row,) = api.call("GET", f"/Notes/{note}").json()["data"]
    assert row["Parent_Id"]["module"]["api_name"] == "Contacts"
    assert api.call("GET", "/Notes/deleted").json()["code"] == "INVALID_MODULE"


def test_a_note_says_something_stays_on_its_record_and_goes_with_it(api: Api):
    one, two = api.made("Contacts", PERSON, {"Last_Name": "Lund"})
    on_one, on_two = ({"id": each, "module": {"api_name": "Contacts"}} for each in (one, two))
    (bad,) = api.rows("POST", "/Notes", {"Parent_Id": on_one})
    assert bad["code"] == "EXPECTED_FIELD_MISSING"
    assert [each["api_name"] for each in bad["details"]["expected_fields"]] == ["Note_Content", "Note_Title"]
    (long,) = api.rows("POST", "/Notes", {"Note_Content": "a" * 65_536, "Parent_Id": on_one})
    assert long["details"]["maximum_length"] == 65_535
    (note,) = api.made("Notes", {"Note_Title": "Hm", "Parent_Id": on_one})
    (emptied,) = api.rows("PUT", "/Notes", {"id": note, "Note_Title": None})
    assert emptied["code"] == "EXPECTED_FIELD_MISSING"
    (moved,) = api.rows("PUT", "/Notes", {"id": note, "Note_Content": "Oh", "Parent_Id": on_two})
    assert moved["code"] == "SUCCESS"
    (row,) = api.call("GET", f"/Notes/{note}").json()["data"]
    assert (row["Parent_Id"]["id"], row["Note_Content"]) == (one, "Oh")
    api.call("DELETE", "/Contacts", params={"ids": one})
    assert api.call("GET", f"/Notes/{note}").status_code == 204


def test_a_converted_lead_is_hidden_unless_asked_for(api: Api):
    (lead,) = api.made("Leads", {"Last_Name": "Lund", "Company": "Lund Marine"})
    api.control("seed", {"actions": [{"action": "convert", "module": "Leads", "id": lead}]})
    assert api.call("GET", "/Leads", params={"fields": "id"}).status_code == 204
    params = {"fields": "Converted__s,Converted_Contact", "converted": "both"}
    (row,) = api.call("GET", "/Leads", params=params).json()["data"]
    assert row["Converted__s"] is True
    assert row["Converted_Contact"]["name"] == "Lund"


def test_an_unknown_module_path_or_method_is_refused(api: Api):
    assert api.call("GET", "/Nothing", params={"fields": "id"}).json()["code"] == "INVALID_MODULE"
    assert api.call("GET", "/settings/nothing").status_code == 404
    assert api.call("POST", "/Contacts/search").json()["code"] == "INVALID_REQUEST_METHOD"
    assert api.call("POST", "/Contacts", [1]).json()["code"] == "UNABLE_TO_PARSE_DATA_TYPE"


def test_credits_are_told_below_half_and_refused_at_none(api: Api):
    api.control("options", {"credits": 4})
    assert "X-API-CREDITS-REMAINING" not in api.call("GET", "/org").headers
    assert api.call("POST", "/Contacts", {"data": [PERSON] * 20}).headers["X-API-CREDITS-REMAINING"] == "1"
    assert api.call("POST", "/Contacts", {"data": [PERSON] * 20}).status_code == 429
    refused = api.call("GET", "/org")
    assert refused.status_code == 200
    refused = api.call("GET", "/org")
    assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in refused.headers
    api.control("clock", {"advance_s": 86_401})
    api.connect()
    assert api.call("GET", "/org").status_code == 200

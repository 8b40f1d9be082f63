from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_freshsales.conftest import Caller


@pytest.mark.parametrize("header", ["", "Bearer {key}", "Token {key}", "Token token=wrong", "token token={key}"])
def test_only_the_vendors_own_header_lets_in(crm: Caller, header: str):
    key = crm.app.credentials["api_key"]
    answer = crm.http.get("/api/selector/owners", headers={"authorization": header.format(key=key)})
    assert answer.status_code == 401
    assert answer.json()["errors"]["code"] == 401


def test_a_regenerated_key_lets_nobody_in(crm: Caller):
    crm.control("/tokens", {"action": "revoke"})
    assert crm.http.get("/api/selector/owners", headers=crm.key).status_code == 401


@pytest.mark.parametrize("path", ["/", "/crm/sales", "/contacts", "/API/contacts/1"])
def test_outside_the_api_there_is_a_page(crm: Caller, path: str):
    answer = crm.http.get(path, headers=crm.key)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, "text/html")


def test_the_api_lives_under_the_suites_path_too(crm: Caller):
    assert crm.http.get("/crm/sales/api/selector/owners", headers=crm.key).json()["users"]


def test_a_contact_is_made_viewed_changed_and_deleted(crm: Caller):
    made = crm.make("contacts", first_name="Ana", email="ana@example.com")
    assert made["id"] > 2**32
    assert crm.call("GET", f"/contacts/{made['id']}")["contact"]["email"] == "ana@example.com"
    changed = crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"city": "Lisboa"}})["contact"]
    assert (changed["city"], changed["first_name"]) == ("Lisboa", "Ana")
    crm.call("DELETE", f"/contacts/{made['id']}", status=204)
    crm.call("GET", f"/contacts/{made['id']}", status=404)
    crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"city": "x"}}, status=404)
    assert [row["id"] for row in crm.call("GET", crm.view("contacts", "Recycle Bin"))["contacts"]] == [made["id"]]
    crm.call("DELETE", f"/contacts/{made['id']}/forget", status=204)
    assert crm.call("GET", crm.view("contacts", "Recycle Bin"))["contacts"] == []


@pytest.mark.parametrize(
    ("plural", "body", "words"),
    [
        ("contacts", {}, "needs a name"),
        ("contacts", {"first_name": "A", "nonsense": 1}, "nonsense is not a field"),
        ("contacts", {"first_name": "A" * 256}, "too long"),
        ("contacts", {"first_name": ["A"]}, "invalid"),
        ("contacts", {"email": "no address"}, "Email is invalid"),
        ("contacts", {"first_name": "A", "owner_id": 1}, "Sales owner is invalid"),
        ("contacts", {"first_name": "A", "owner_id": 70_000_000_103}, "Sales owner is invalid"),
        ("contacts", {"first_name": "A", "sales_accounts": [{"id": 1}]}, "does not exist"),
        ("contacts", {"first_name": "A", "tags": "VIP"}, "Tags is invalid"),
        ("contacts", {"first_name": "A", "custom_field": {"cf_none": 1}}, "cf_none is not a field"),
        ("sales_accounts", {"city": "x"}, "Name can't be blank"),
        ("sales_accounts", {"name": "x", "number_of_employees": "many"}, "not a number"),
        ("sales_accounts", {"name": "x", "tags": ["VIP"]}, "tags is not a field"),
        ("deals", {"amount": 1}, "Name can't be blank"),
        ("deals", {"name": "x", "expected_close": "31.12.2026"}, "not a valid date"),
        ("deals", {"name": "x", "deal_stage_id": 1}, "Stage is invalid"),
        ("deals", {"name": "x", "contacts_added_list": [1]}, "does not exist"),
    ],
)
def test_what_the_vendor_does_not_take_is_refused_with_a_reason(crm: Caller, plural: str, body: Any, words: str):
    singular = plural.removesuffix("s")
    assert words in crm.refused("POST", f"/{plural}", {singular: body})
    assert crm.call("GET", crm.view(plural, "Recycle Bin"))[plural] == []


def test_the_wrapper_and_the_content_type_are_insisted_on(crm: Caller):
    assert "missing" in crm.refused("POST", "/contacts", {"first_name": "Ana"})
    answer = crm.http.post("/api/contacts", content=b"{}", headers={**crm.key, "content-type": "text/plain"})
    assert answer.status_code == 400


def test_duplicates_are_refused_in_the_vendors_words(crm: Caller):
    crm.make("contacts", first_name="Ana", email="ana@example.com", mobile_number="+5511", external_id="x1")
    for body, words in (
        ({"email": "ANA@example.com"}, "Email is not unique"),
        ({"first_name": "B", "mobile_number": "+5511"}, "MobileNumber is not unique"),
        ({"first_name": "B", "external_id": "x1"}, "ExternalId is not unique"),
    ):
        assert words in crm.refused("POST", "/contacts", {"contact": body})


def test_relations_and_statuses_stand_in_answers_only_where_they_are_included(crm: Caller):
    account = crm.make("sales_accounts", name="Vale Verde")
    made = crm.make("contacts", first_name="Ana", sales_accounts=[{"id": account["id"], "is_primary": True}])
    bare = crm.call("GET", f"/contacts/{made['id']}")
    assert not {"owner_id", "contact_status_id", "sales_accounts", "lead_source_id"} & bare["contact"].keys()
    said = crm.call("GET", f"/contacts/{made['id']}?include=owner,contact_status,sales_accounts")
    assert {"owner_id", "contact_status_id"} <= said["contact"].keys()
    assert said["contact"]["sales_accounts"][0]["name"] == "Vale Verde"
    assert "users" in said


def test_a_status_is_taken_neither_from_a_creation_nor_from_an_update_that_does_not_include_it(crm: Caller):
    status = crm.call("GET", "/selector/contact_statuses")["contact_statuses"][1]["id"]
    made = crm.make("contacts", first_name="Ana", contact_status_id=status)
    path = f"/contacts/{made['id']}"
    read = f"{path}?include=contact_status"
    assert crm.call("GET", read)["contact"]["contact_status_id"] is None
    crm.call("PUT", path, {"contact": {"contact_status_id": status}})
    assert crm.call("GET", read)["contact"]["contact_status_id"] is None
    crm.call("PUT", read, {"contact": {"contact_status_id": status}})
    assert crm.call("GET", read)["contact"]["contact_status_id"] == status


def test_an_update_replaces_the_map_of_custom_fields(crm: Caller):
    crm.control("/seed", {"fields": [{"module": "contacts", "label": each} for each in ("One", "Two")]})
    made = crm.make("contacts", first_name="Ana", custom_field={"cf_one": "1", "cf_two": "2"})
    said = crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"custom_field": {"cf_one": "3"}}})["contact"]
    assert said["custom_field"] == {"cf_one": "3", "cf_two": None}
    crm.control("/options", {"custom_field_put": "merge"})
    said = crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"custom_field": {"cf_two": "4"}}})["contact"]
    assert said["custom_field"] == {"cf_one": "3", "cf_two": "4"}


@pytest.mark.parametrize(
    ("kind", "good", "stored", "bad"),
    [
        ("text", "x" * 255, "x" * 255, "x" * 256),
        ("textarea", "x" * 5000, "x" * 5000, {"a": 1}),
        ("number", "451.75", 451.75, "many"),
        ("checkbox", True, True, "yes"),
        ("date", "2027-03-31", "2027-03-31T00:00:00-03:00", "soon"),
        ("datetime", "2026-11-21T15:30:00Z", "2026-11-21T12:30:00-03:00", "soon"),
        ("dropdown", "A", "A", "C"),
        ("multi_select_dropdown", "A;B", "A;B", "A;C"),
    ],
)
def test_custom_fields_hold_what_their_type_says(crm: Caller, kind: str, good: Any, stored: Any, bad: Any):
    field = {"module": "deals", "label": "Mine", "type": kind, "choices": ["A", "B"]}
    assert crm.control("/seed", {"fields": [field]})["fields"] == ["cf_mine"]
    made = crm.make("deals", name="Storage", custom_field={"cf_mine": good})
    assert made["custom_field"] == {"cf_mine": stored}
    assert crm.refused("PUT", f"/deals/{made['id']}", {"deal": {"custom_field": {"cf_mine": bad}}})
    described = {row["name"]: row for row in crm.call("GET", "/settings/deals/fields?include=field_group")["fields"]}
    assert (described["cf_mine"]["type"], described["cf_mine"]["default"]) == (kind, False)


def test_a_description_makes_the_other_fields_of_a_contact_vanish(crm: Caller):
    made = crm.make("contacts", first_name="Ana", city="Lisboa", description="long story")
    assert (made["first_name"], made["city"]) == ("Ana", None)
    assert "description" not in made


def test_addresses_change_as_nested_rows(crm: Caller):
    made = crm.make("contacts", emails=[{"value": "a@example.com", "is_primary": True}, {"value": "b@example.com"}])
    path, (first, second) = f"/contacts/{made['id']}", made["emails"]
    said = crm.call("PUT", path, {"contact": {"emails": [{"id": second["id"], "is_primary": True}]}})["contact"]
    assert said["email"] == "b@example.com"
    said = crm.call("PUT", path, {"contact": {"emails": [{"id": second["id"], "_destroy": True}]}})["contact"]
    assert [each["value"] for each in said["emails"]] == ["a@example.com"]
    assert said["emails"][0]["is_primary"]
    said = crm.call("PUT", path, {"contact": {"emails": [{"id": first["id"], "value": "c@example.com"}]}})["contact"]
    assert said["email"] == "c@example.com"


def test_a_deals_amount_is_a_text_and_its_stage_moves_what_follows_from_it(crm: Caller):
    stages = crm.call("GET", "/selector/deal_stages")["deal_stages"]
    deal = crm.make("deals", name="Storage", amount=48000.75)
    assert deal["amount"] == "48000.75"
    won = next(each for each in stages if each["forecast_type"] == "Closed Won")
    other = next(each for each in stages if each["deal_pipeline_id"] != won["deal_pipeline_id"])
    path = f"/deals/{deal['id']}?include=deal_stage"
    said = crm.call("PUT", path, {"deal": {"deal_stage_id": won["id"]}})
    assert (said["deal"]["deal_stage_id"], said["deal"]["probability"]) == (won["id"], 100)
    assert said["deal"]["closed_date"]
    assert said["deal_stages"] == [won]
    assert "does not belong" in crm.refused("PUT", path, {"deal": {"deal_stage_id": other["id"]}})
    assert [row["id"] for row in crm.call("GET", crm.view("deals", "Won Deals"))["deals"]] == [deal["id"]]


def test_a_deals_contacts_are_written_by_two_lists_and_read_by_another_name(crm: Caller):
    one, two = (crm.make("contacts", first_name=name)["id"] for name in ("Ana", "Bo"))
    deal = crm.make("deals", name="Storage", contacts_added_list=[one])
    assert "contacts_added_list" not in deal
    body = {"deal": {"contacts_added_list": [two], "contacts_removed_list": [one]}}
    said = crm.call("PUT", f"/deals/{deal['id']}?include=contacts", body)
    assert said["deal"]["contact_ids"] == [two]
    assert said["contacts"][0]["display_name"] == "Bo"


@pytest.mark.parametrize(("shape", "of"), [("object", dict), ("array", list), ("text", type(None))])
def test_errors_come_in_each_shape_clients_have_seen(crm: Caller, shape: str, of: type):
    crm.control("/options", {"error_shape": shape})
    body = crm.call("GET", "/contacts/1", status=404)
    assert isinstance(body.get("errors"), of)

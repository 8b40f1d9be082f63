from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.sandbox_freshsales.conftest import Caller


def rules(*rows: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    return {"filter_rule": [dict(zip(("attribute", "operator", "value"), row, strict=True)) for row in rows], **more}


def test_there_is_no_plain_list_and_no_view_of_all_deals(crm: Caller):
    crm.call("GET", "/contacts", status=404)
    names = {row["name"] for row in crm.call("GET", "/deals/filters")["filters"]}
    assert {"Open Deals", "Won Deals", "Lost Deals", "Recycle Bin"} <= names
    assert "All Deals" not in names


def test_a_view_of_another_module_is_not_there(crm: Caller):
    crm.call("GET", crm.view("deals", "Open Deals").replace("deals", "contacts"), status=404)


def test_pages_are_25_rows_and_100_at_most_whatever_is_asked_for(crm: Caller):
    crm.control("/seed", {"contacts": [{"first_name": f"N{n}"} for n in range(130)]})
    path = crm.view("contacts", "All Contacts")
    assert len(crm.call("GET", path)["contacts"]) == 25
    for size, rows, pages in ((100, 100, 2), (101, 100, 2), (99, 99, 2), (1, 1, 130)):
        said = crm.call("GET", f"{path}?per_page={size}")
        assert (len(said["contacts"]), said["meta"]) == (rows, {"total_pages": pages, "total": 130})
    assert crm.call("GET", f"{path}?page=9")["contacts"] == []
    seen = [row["id"] for page in (1, 2) for row in crm.call("GET", f"{path}?per_page=100&page={page}")["contacts"]]
    assert len(set(seen)) == 130
    for bad in ("page=0", "page=x", "sort=nonsense", "sort=id&sort_type=up"):
        assert crm.refused("GET", f"{path}?{bad}")


def test_a_view_is_sorted_as_asked_and_a_change_moves_a_row_to_the_end(crm: Caller):
    one, two = (crm.make("contacts", first_name=name)["id"] for name in ("A", "B"))
    crm.control("/clock", {"advance_s": 5})
    crm.call("PUT", f"/contacts/{one}", {"contact": {"city": "x"}})
    path = crm.view("contacts", "All Contacts")
    for order, ids in (("updated_at&sort_type=asc", [two, one]), ("updated_at&sort_type=desc", [one, two])):
        assert [row["id"] for row in crm.call("GET", f"{path}?sort={order}")["contacts"]] == ids


def test_a_search_lags_behind_and_leaves_custom_fields_out(crm: Caller):
    crm.control("/seed", {"fields": [{"module": "contacts", "label": "Mine"}]})
    made = crm.make("contacts", first_name="Ana", email="ana@example.com", custom_field={"cf_mine": "x"})
    asked = rules(("cf_mine", "is_in", ["x", "y"]))
    assert crm.call("POST", "/filtered_search/contact", asked)["contacts"] == []
    crm.control("/clock", {"advance_s": 3})
    (row,) = crm.call("POST", "/filtered_search/contact", asked)["contacts"]
    assert row["id"] == made["id"]
    assert "custom_field" not in row
    crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"custom_field": {"cf_mine": "z"}}})
    assert crm.call("POST", "/filtered_search/contact", asked)["contacts"], "the index still shows the old value"


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (("contact_email.email", "is_in", "second@example.com"), True),
        (("contact_email.email", "is_in", ["x", "ANA@example.com"]), True),
        (("city", "is_in", "Lisboa"), True),
        (("city", "is_not_in", "Lisboa"), False),
        (("city", "contains", "isb"), True),
        (("updated_at", "is_after", "2020-01-01T00:00:00Z"), True),
        (("created_at", "is_before", "2020-01-01"), False),
    ],
)
def test_rules_let_through_what_they_say(crm: Caller, rule: tuple[str, str, Any], found: bool):
    emails = [{"value": "ana@example.com", "is_primary": True}, {"value": "second@example.com"}]
    crm.make("contacts", first_name="Ana", city="Lisboa", emails=emails)
    crm.control("/clock", {"advance_s": 3})
    assert bool(crm.call("POST", "/filtered_search/contact", rules(rule))["contacts"]) is found


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter_rule": []},
        {"filter_rule": ["x"]},
        rules(("nonsense", "is_in", "x")),
        rules(("city", "is_near", "x")),
        rules(("updated_at", "is_after", "soon")),
        rules(("city", "is_after", "2020-01-01")),
        rules(*[("city", "is_in", "x")] * 11),
    ],
)
def test_malformed_rules_are_refused(crm: Caller, body: dict[str, Any]):
    assert crm.refused("POST", "/filtered_search/contact", body)


def test_lookup_sees_the_primary_address_only_and_search_all_of_them(crm: Caller):
    emails = [{"value": "ana@example.com", "is_primary": True}, {"value": "second@example.com"}]
    made = crm.make("contacts", first_name="Ana", emails=emails)
    crm.control("/clock", {"advance_s": 3})
    for email, found in (("ana@example.com", 1), ("second@example.com", 0)):
        said = crm.call("GET", f"/lookup?q={email}&f=email&entities=contact")
        assert len(said["contacts"]["contacts"]) == found
    said = crm.call("GET", "/search?q=second@example.com&include=contact,sales_account")
    assert [each["id"] for each in said] == [str(made["id"])]
    assert crm.refused("GET", "/lookup?q=x&f=nonsense&entities=contact")


def _bulk(crm: Caller, rows: list[Any], plural: str = "contacts") -> Any:
    url = crm.call("POST", f"/{plural}/bulk_upsert", {plural: rows})["job_status_url"]
    assert crm.http.get(url, headers=crm.key).json()["status"] == "IN_PROGRESS"
    crm.control("/clock", {"advance_s": 1})
    said = crm.http.get(url, headers=crm.key).json()
    assert said["status"] == "SUCCESS"
    return json.loads(said["data"])


def test_a_job_runs_later_and_reports_what_failed_inside_a_text(crm: Caller):
    made = crm.make("contacts", first_name="Ana", email="ana@example.com")
    report = _bulk(
        crm,
        [
            {"id": str(made["id"]), "data": {"city": "Lisboa"}},
            {"emails": "bo@example.com", "data": {"first_name": "Bo"}},
            {"id": "1", "data": {"city": "x"}},
            {"mobile_number": "+55", "data": {"emails": [{"value": "ana@example.com"}]}},
        ],
    )
    assert report["record_status"] == {"succeeded": 2, "failed": 2}
    assert [each["errors"] for each in report["detailed_failure_report"]] == [
        ["Contact was not found"], ["Email is not unique"],
    ]  # fmt: skip
    assert crm.call("GET", f"/contacts/{made['id']}")["contact"]["city"] == "Lisboa"


def test_a_job_takes_a_hundred_rows_and_not_one_more(crm: Caller):
    rows = [{"external_id": f"x{n}", "data": {"first_name": f"N{n}"}} for n in range(101)]
    assert "Only 100" in crm.refused("POST", "/contacts/bulk_upsert", {"contacts": rows})
    for number in (99, 100):
        assert _bulk(crm, rows[:number])["record_status"] == {"succeeded": number, "failed": 0}
    assert len(crm.call("GET", f"{crm.view('contacts', 'All Contacts')}?per_page=100")["contacts"]) == 100


def test_a_busy_vendor_answers_405_and_odd_rows_are_refused(crm: Caller):
    crm.control("/options", {"busy_bulk": 1})
    body = {"contacts": [{"id": "1", "data": {}}]}
    crm.call("POST", "/contacts/bulk_upsert", body, status=405)
    crm.call("POST", "/contacts/bulk_upsert", body)
    for bad in ({}, {"contacts": []}, {"contacts": [{"id": "1"}]}, {"contacts": [{"id": "1", "x": 1, "data": {}}]}):
        assert crm.refused("POST", "/contacts/bulk_upsert", bad)
    crm.call("GET", "/job_statuses/1", status=404)


def test_an_upsert_finds_by_one_unique_key(crm: Caller):
    body = {"unique_identifier": {"emails": "ana@example.com"}, "contact": {"first_name": "Ana"}}
    made = crm.call("POST", "/contacts/upsert", body, status=201)["contact"]
    again = crm.call("POST", "/contacts/upsert", {**body, "contact": {"city": "Lisboa"}})["contact"]
    assert (again["id"], again["city"]) == (made["id"], "Lisboa")
    for key in ({}, {"city": "x"}, {"emails": "x", "external_id": "y"}):
        assert crm.refused("POST", "/contacts/upsert", {**body, "unique_identifier": key})

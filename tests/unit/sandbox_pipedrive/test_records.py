from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_pipedrive.conftest import Desk

PERSONS, DEALS = "/api/v2/persons", "/api/v2/deals"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("persons", {}, "name is required"),
        ("persons", {"name": 7}, "must be a string"),
        ("persons", {"name": "A", "first_name": "A"}, "first_name is not allowed"),
        ("persons", {"name": "A", "org_id": "1"}, "must be an integer"),
        ("persons", {"name": "A", "org_id": 99}, "does not exist"),
        ("persons", {"name": "A", "visible_to": "3"}, "must be an integer"),
        ("persons", {"name": "A", "job_title": "Owner"}, "contact sync"),
        ("persons", {"name": "A", "emails": [{"value": "a@x.example", "primary": 1}]}, "must be a boolean"),
        ("persons", {"name": "A", "emails": [{"email": "a@x.example"}]}, "is not allowed"),
        ("persons", {"name": "A", "label_ids": [1]}, "does not exist"),
        ("persons", {"name": "A", "custom_fields": {"x": 1}}, "is not a custom field"),
        ("organizations", {"name": "A", "annual_revenue": 1.5}, "must be an integer"),
        ("organizations", {"name": "A", "address": {"locality": "Leeds"}}, "address.value is required"),
        ("deals", {"title": "A", "status": "deleted"}, "must be one of"),
        ("deals", {"title": "A", "stage_id": 99}, "does not exist"),
        ("deals", {"title": "A", "probability": 101}, "between 0 and 100"),
        ("deals", {"title": "A", "expected_close_date": "31.03.2027"}, "YYYY-MM-DD"),
        ("activities", {"person_id": 1}, "person_id is not allowed"),
        ("activities", {"type": "fax"}, "not an activity type"),
        ("activities", {"due_time": "25:00"}, "HH:MM"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_name(desk: Desk, path: str, body: dict[str, Any], words: str):
    answer = desk.http.post(f"/api/v2/{path}", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert answer.json()["success"] is False


def test_forms_are_not_taken(desk: Desk):
    assert desk.http.post(PERSONS, data={"name": "A"}).status_code == 400


def test_two_persons_may_have_one_address(desk: Desk):
    body = {"name": "Ana", "emails": [{"value": "ana@example.com"}]}
    first, second = desk.post(PERSONS, body), desk.post(PERSONS, body)
    assert first["id"] != second["id"]
    assert first["emails"] == [{"label": "work", "value": "ana@example.com", "primary": True}]


def test_every_custom_field_is_shown_and_only_fitting_values_are_taken(desk: Desk):
    kinds: dict[str, tuple[Any, Any]] = {
        "varchar": ("x" * 255, "x" * 256),
        "text": ("x" * 40_000, 5),
        "double": (1.5, "1.5"),
        "monetary": ({"value": 5, "currency": "EUR"}, 5),
        "date": ("2027-03-31", "2027-31-03"),
        "daterange": ({"value": "2027-03-01", "until": "2027-03-31"}, "2027-03-01"),
        "time": ({"value": "10:00:00"}, "10:00:00"),
        "phone": ("+351 900", 351),
        "user": (17204401, "17204401"),
        "address": ({"value": "Leeds"}, "Leeds"),
    }
    codes = {
        kind: desk.post("/api/v2/personFields", {"field_name": kind, "field_type": kind})["field_code"]
        for kind in kinds
    }
    assert all(len(code) == 40 for code in codes.values())
    made = desk.post(PERSONS, {"name": "Ana", "custom_fields": {codes["varchar"]: "x"}})
    assert made["custom_fields"] == {code: "x" if kind == "varchar" else None for kind, code in codes.items()}
    for kind, (good, bad) in kinds.items():
        path = f"{PERSONS}/{made['id']}"
        assert desk.http.patch(path, json={"custom_fields": {codes[kind]: good}}).status_code == 200, kind
        refused = desk.http.patch(path, json={"custom_fields": {codes[kind]: bad}})
        assert (refused.status_code, refused.json().get("field_code")) == (400, codes[kind]), kind


def test_options_are_numbers_and_an_empty_set_is_cleared_by_null(desk: Desk):
    body = {"field_name": "Size", "field_type": "set", "options": [{"label": "S"}, {"label": "M"}]}
    field = desk.post("/api/v2/dealFields", body)
    code, ids = field["field_code"], [each["id"] for each in field["options"]]
    deal = desk.post(DEALS, {"title": "A", "custom_fields": {code: ids}})
    assert deal["custom_fields"] == {code: ids}
    for bad in ([], ["S"], ids[0], [*ids, 1]):
        assert desk.http.patch(f"{DEALS}/1", json={"custom_fields": {code: bad}}).status_code == 400
    assert (
        desk.http.patch(f"{DEALS}/1", json={"custom_fields": {code: None}}).json()["data"]["custom_fields"][code]
        is None
    )
    more = desk.http.post(f"/api/v2/dealFields/{code}/options", json=[{"label": "L"}, {"label": "S"}])
    assert more.status_code == 400
    assert len(desk.http.get(f"/api/v2/dealFields/{code}").json()["data"]["options"]) == 2


def test_a_deleted_record_is_readable_for_thirty_days(desk: Desk):
    desk.post(PERSONS, {"name": "Ana"})
    desk.control("/clock", {"advance_s": 60})
    assert desk.http.delete(f"{PERSONS}/1").json()["data"] == {"id": 1}
    row = desk.http.get(f"{PERSONS}/1").json()["data"]
    assert (row["is_deleted"], row["update_time"]) == (True, "2026-11-21T12:01:00Z")
    again = desk.http.delete(f"{PERSONS}/1")
    assert (again.status_code, again.json()["success"]) == (410, True)
    assert desk.http.patch(f"{PERSONS}/1", json={"name": "B"}).status_code == 404
    assert desk.http.get(PERSONS, params={"ids": "1"}).json()["data"] == []
    desk.control("/clock", {"advance_s": 30 * 86_400})
    assert desk.http.get(f"{PERSONS}/1").status_code == 404


def test_deals_are_listed_by_status_and_archived_ones_apart(desk: Desk):
    for title in ("Open", "Lost", "Deleted", "Archived"):
        desk.post(DEALS, {"title": title})
    desk.http.patch(f"{DEALS}/2", json={"status": "lost", "lost_reason": "Price"}).raise_for_status()
    desk.http.delete(f"{DEALS}/3").raise_for_status()
    desk.http.patch(f"{DEALS}/4", json={"is_archived": True}).raise_for_status()

    def titles(path: str, **params: str) -> list[str]:
        return [each["title"] for each in desk.http.get(path, params=params).json()["data"]]

    assert titles(DEALS) == ["Open", "Lost"]
    assert titles(DEALS, status="lost") == ["Lost"]
    assert titles(DEALS, status="deleted") == ["Deleted"]
    assert titles(DEALS, status="open,deleted") == ["Open", "Deleted"]
    assert titles(f"{DEALS}/archived") == ["Archived"]
    lost = desk.http.get(f"{DEALS}/2").json()["data"]
    assert (lost["lost_reason"], lost["won_time"], lost["lost_time"]) == ("Price", None, "2026-11-21T12:00:00Z")


def test_an_order_by_modified_time_goes_on_behind_ties(desk: Desk):
    for number in range(7):
        desk.post(PERSONS, {"name": f"P{number}"})
    found: list[int] = []
    params: dict[str, Any] = {"sort_by": "update_time", "sort_direction": "desc", "limit": 2}
    while True:
        page = desk.http.get(PERSONS, params=params).json()
        found += [each["id"] for each in page["data"]]
        if page["additional_data"]["next_cursor"] is None:
            break
        params["cursor"] = page["additional_data"]["next_cursor"]
    assert found == [7, 6, 5, 4, 3, 2, 1]
    assert desk.http.get(PERSONS, params={"cursor": "nonsense"}).status_code == 400


def test_a_stage_belongs_to_its_pipeline(desk: Desk):
    desk.control("/seed", {"pipelines": [{"name": "Service", "stages": ["Booked", "Done"]}]})
    deal = desk.post(DEALS, {"title": "A", "pipeline_id": 2})
    assert (deal["pipeline_id"], deal["stage_id"]) == (2, 6)
    assert desk.http.patch(f"{DEALS}/1", json={"stage_id": 1, "pipeline_id": 2}).status_code == 400
    moved = desk.http.patch(f"{DEALS}/1", json={"stage_id": 1}).json()["data"]
    assert (moved["pipeline_id"], moved["stage_change_time"]) == (1, "2026-11-21T12:00:00Z")
    assert desk.http.patch(f"{DEALS}/1", json={}).status_code == 400

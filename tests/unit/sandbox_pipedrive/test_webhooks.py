from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.unit.sandbox_pipedrive.conftest import Desk

HOOKS, PERSONS = "/v1/webhooks", "/api/v2/persons"
BODY = {
    "subscription_url": "https://hooks.example.com/w/secret",
    "event_action": "*",
    "event_object": "person",
    "name": "x",
    "http_auth_user": "u",
    "http_auth_password": "p",
}


def told(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in desk.flush()]


def test_a_change_is_told_once_in_the_shape_of_webhooks(desk: Desk):
    hook = desk.post(HOOKS, BODY)
    assert hook["http_auth_password"].startswith("v1u:")
    field = {"field_name": "Size", "field_type": "enum", "options": [{"label": "S"}]}
    field = desk.post("/api/v2/personFields", field)
    option = field["options"][0]["id"]
    desk.post(PERSONS, {"name": "Ana Prado", "custom_fields": {field["field_code"]: option}})
    (call,) = desk.flush()
    assert call.headers["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    event = json.loads(call.body)
    assert (event["previous"], event["data"]["visible_to"], event["data"]["label"]) == (None, "3", None)
    assert event["data"]["custom_fields"] == {field["field_code"]: {"type": "enum", "id": option}}
    meta = event["meta"]
    assert (meta["action"], meta["entity"], meta["entity_id"], meta["change_source"]) == (
        "create",
        "person",
        "1",
        "api",
    )
    assert (meta["company_id"], meta["attempt"], meta["webhook_id"]) == ("8127344", 1, str(hook["id"]))


def test_a_change_tells_old_values_and_a_deletion_the_last_state(desk: Desk):
    desk.post(PERSONS, {"name": "Ana"})
    desk.post(HOOKS, BODY)
    operations = [
        {"op": "update", "kind": "persons", "id": "1", "fields": {"name": "Ana Prado"}},
        {"op": "update", "kind": "persons", "id": "1", "fields": {"name": "Ana Prado"}},
        {"op": "delete", "kind": "persons", "id": "1"},
    ]
    desk.control("/seed", {"operations": operations})
    change, delete = told(desk)
    assert change["previous"] == {"name": "Ana", "last_name": None}
    assert change["meta"]["change_source"] == "app"
    assert (delete["data"], delete["previous"]["name"]) == (None, "Ana Prado")


def test_a_merge_is_two_events_that_name_each_other(desk: Desk):
    for name in ("Winner", "Loser"):
        desk.post(PERSONS, {"name": name, "emails": [{"value": f"{name}@example.com"}]})
    deal = desk.post("/api/v2/deals", {"title": "A", "person_id": 2})
    desk.post(HOOKS, BODY)
    answer = desk.http.put("/v1/persons/2/merge", json={"merge_with_id": 1}).raise_for_status().json()["data"]
    assert (answer["id"], answer["merge_what_id"]) == (1, 2)
    loser, winner = told(desk)
    assert (loser["meta"]["action"], loser["meta"]["entity_id"], loser["meta"]["merged_to_id"]) == ("delete", "2", "1")
    assert (winner["meta"]["action"], winner["meta"]["merged_from_id"]) == ("change", "2")
    assert [each["value"] for each in winner["data"]["emails"]] == ["Winner@example.com", "Loser@example.com"]
    assert desk.http.get(f"/api/v2/deals/{deal['id']}").json()["data"]["person_id"] == 1
    assert [each["person_id"]["value"] for each in desk.http.get("/v1/deals/1/participants").json()["data"]] == [1]
    assert desk.http.get(f"{PERSONS}/2").json()["data"]["is_deleted"] is True


def test_a_refused_call_is_repeated_three_times(desk: Desk):
    desk.post(HOOKS, BODY)
    desk.answers[:] = [500, 500, 500, 500, 200]
    desk.post(PERSONS, {"name": "Ana"})
    attempts = [each["meta"]["attempt"] for each in told(desk)]
    for wait_s in (3, 30, 150, 1000):
        desk.control("/clock", {"advance_s": wait_s})
        attempts += [each["meta"]["attempt"] for each in told(desk)]
    assert attempts == [1, 2, 3, 4]


def test_ten_failures_ban_a_webhook_and_what_happens_meanwhile_is_lost(desk: Desk):
    desk.post(HOOKS, BODY)
    desk.answers[:] = [500] * 10
    for number in range(10):
        desk.post(PERSONS, {"name": f"P{number}"})
        desk.flush()
    assert desk.http.get(HOOKS).json()["data"][0]["is_active"] == 0
    desk.control("/webhooks", {"retry_delays_s": []})
    desk.post(PERSONS, {"name": "Lost"})
    desk.control("/clock", {"advance_s": 1801})
    assert "Lost" not in str(told(desk))
    assert desk.http.get(HOOKS).json()["data"][0]["is_active"] == 1
    desk.post(PERSONS, {"name": "Told"})
    assert "Told" in str(told(desk))


def test_a_webhook_without_success_for_three_days_is_removed(desk: Desk):
    desk.post(HOOKS, BODY)
    desk.answers[:] = [500] * 4
    desk.post(PERSONS, {"name": "Ana"})
    desk.flush()
    desk.control("/clock", {"advance_s": 3 * 86_400})
    assert desk.http.get(HOOKS).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"subscription_url": "hooks.example.com"}, "subscription_url"),
        ({"event_action": "added"}, "event_action"),
        ({"event_object": "company"}, "event_object"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_a_wrong_webhook_is_refused_by_field(desk: Desk, change: dict[str, str], field: str):
    answer = desk.http.post(HOOKS, json={**BODY, **change})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_the_forty_first_webhook_is_refused(desk: Desk):
    assert [desk.http.post(HOOKS, json=BODY).status_code for _ in range(41)] == [201] * 40 + [422]

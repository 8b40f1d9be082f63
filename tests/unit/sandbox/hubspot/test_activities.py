"""Notes, tasks, calls, meetings and e-mails: what each wants, refuses and answers."""

from __future__ import annotations

import json

import pytest

OBJECTS = "/crm/objects/2026-09"
NOON = "2026-05-01T12:00:00Z"
KINDS = ("notes", "tasks", "calls", "meetings", "emails")


def _make(api, name: str, **properties: object):
    return api.post(f"{OBJECTS}/{name}", json={"properties": {"hs_timestamp": NOON, **properties}})


@pytest.mark.parametrize("name", KINDS)
def test_every_activity_needs_its_time(api, name: str) -> None:
    refused = api.post(f"{OBJECTS}/{name}", json={"properties": {"hubspot_owner_id": ""}})
    assert refused.status_code == 400
    assert "hs_timestamp" in refused.json()["message"]
    assert _make(api, name).status_code == 201


@pytest.mark.parametrize("name", KINDS)
def test_only_a_tasks_time_can_be_emptied(api, name: str) -> None:
    made = _make(api, name).json()
    answer = api.patch(f"{OBJECTS}/{name}/{made['id']}", json={"properties": {"hs_timestamp": ""}})
    assert answer.status_code == (200 if name == "tasks" else 400)


@pytest.mark.parametrize(
    ("name", "properties", "code"),
    [
        ("tasks", {"hs_task_status": "DONE"}, "INVALID_OPTION"),
        ("tasks", {"hs_task_priority": "low"}, "INVALID_OPTION"),
        ("calls", {"hs_call_direction": "OUT"}, "INVALID_OPTION"),
        ("calls", {"hs_call_duration": "1 min"}, "INVALID_INTEGER"),
        ("meetings", {"hs_meeting_outcome": "DONE"}, "INVALID_OPTION"),
        ("meetings", {"hs_meeting_start_time": "tomorrow"}, "INVALID_LONG"),
        ("emails", {"hs_email_status": "READ"}, "INVALID_OPTION"),
        ("emails", {"hs_email_headers": "from: mia@example.com"}, "INVALID_JSON"),
        ("emails", {"hs_email_headers": '{"to": "mia@example.com"}'}, "INVALID_JSON"),
        ("emails", {"hs_email_to_email": "mia@example.com"}, "READ_ONLY_VALUE"),
        ("notes", {"hs_note_body": "x" * 65_537}, "VALUE_TOO_LONG"),
        ("notes", {"hs_task_body": "x"}, "PROPERTY_DOESNT_EXIST"),
    ],
)
def test_what_does_not_fit_is_refused(api, name: str, properties: dict, code: str) -> None:
    answer = _make(api, name, **properties)
    assert answer.status_code == 400
    assert [each["code"] for each in answer.json()["errors"]] == [code]


def test_headers_tell_who_wrote_to_whom(api) -> None:
    headers = {"from": {"email": "mia@example.com"}, "to": [{"email": "ana@example.com"}, {"email": "bo@example.com"}]}
    made = _make(api, "emails", hs_email_headers=json.dumps(headers)).json()
    asked = {"properties": "hs_email_from_email,hs_email_to_email"}
    read = api.get(f"{OBJECTS}/emails/{made['id']}", params=asked).json()["properties"]
    assert read["hs_email_from_email"] == "mia@example.com"
    assert read["hs_email_to_email"] == "ana@example.com;bo@example.com"
    changed = json.dumps({**headers, "to": []})
    api.patch(f"{OBJECTS}/emails/{made['id']}", json={"properties": {"hs_email_headers": changed}})
    read = api.get(f"{OBJECTS}/emails/{made['id']}", params=asked).json()["properties"]
    assert (read["hs_email_from_email"], read["hs_email_to_email"]) == ("mia@example.com", "")


@pytest.mark.parametrize(
    ("name", "type_ids"),
    [
        ("notes", (202, 190)),
        ("tasks", (204, 192)),
        ("calls", (194, 182)),
        ("meetings", (200, 188)),
        ("emails", (198, 186)),
    ],
)
def test_an_activity_is_associated_in_one_direction_by_its_own_types(api, contact, name: str, type_ids) -> None:
    person = contact(email="ana@example.com")["id"]
    company = api.post(f"{OBJECTS}/companies", json={"properties": {"name": "Harbour Tools"}}).json()["id"]
    links = [
        {"to": {"id": target}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
        for target, number in zip((person, company), type_ids, strict=True)
    ]
    body = {"properties": {"hs_timestamp": NOON}, "associations": links}
    made = api.post(f"{OBJECTS}/{name}", json=body).json()
    shown = api.get(f"{OBJECTS}/{name}/{made['id']}", params={"associations": "contacts,companies"}).json()
    linked = {key: [each["id"] for each in rows["results"]] for key, rows in shown["associations"].items()}
    assert linked == {"contacts": [person], "companies": [company]}
    backwards = [{**links[0], "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 201}]}]
    assert api.post(f"{OBJECTS}/{name}", json={**body, "associations": backwards}).status_code == 400

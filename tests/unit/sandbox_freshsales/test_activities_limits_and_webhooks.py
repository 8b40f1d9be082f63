from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sandbox import Settings, create
from sandbox._state_file import StateFile
from tests.unit.sandbox_freshsales.conftest import BASE, Caller

TASK = {"title": "Call Ana", "due_date": "2027-03-30T15:00:00Z"}


@pytest.mark.parametrize(
    ("place", "body", "words"),
    [
        ("task", {"title": "x"}, "Due date can't be blank"),
        ("task", {**TASK, "status": 7}, "Status is invalid"),
        ("task", {**TASK, "targetable_type": "Contact", "targetable_id": 1}, "Targetable is invalid"),
        ("task", {**TASK, "custom_field": {}}, "custom_field is not a field"),
        ("appointment", {"title": "x", "from_date": "2027-03-30T15:00:00Z"}, "End can't be blank"),
        ("note", {"description": "x"}, "Targetable can't be blank"),
        ("sales_activity", {"title": "x", "sales_activity_type_id": 1}, "Type is invalid"),
    ],
)
def test_activities_are_refused_with_a_reason(crm: Caller, place: str, body: dict[str, Any], words: str):
    plural = f"{place[:-1]}ies" if place.endswith("y") else f"{place}s"
    assert words in crm.refused("POST", f"/{plural}", {place: body})


def test_a_task_is_done_by_its_status_and_moves_to_another_list(crm: Caller):
    made = crm.call("POST", "/tasks", {"task": TASK}, status=201)["task"]
    assert (made["status"], made["completed_date"]) == (0, None)
    assert len(crm.call("GET", "/tasks?filter=open")["tasks"]) == 1
    done = crm.call("PUT", f"/tasks/{made['id']}", {"task": {"status": 1}})["task"]
    assert done["completed_date"]
    assert crm.call("GET", "/tasks?filter=open")["tasks"] == []
    assert len(crm.call("GET", "/tasks?filter=completed")["tasks"]) == 1
    assert crm.refused("GET", "/tasks")
    crm.call("DELETE", f"/tasks/{made['id']}", status=204)
    crm.call("GET", f"/tasks/{made['id']}", status=404)


@pytest.mark.parametrize("word", ["due_today", "due today", "overdue"])
def test_filters_are_spelt_with_spaces_or_without(crm: Caller, word: str):
    assert crm.call("GET", f"/tasks?filter={word}")["tasks"] == []


def test_a_note_is_reached_through_its_record_only(crm: Caller):
    contact = crm.make("contacts", first_name="Ana")
    body = {"note": {"description": "Hello", "targetable_type": "Contact", "targetable_id": contact["id"]}}
    note = crm.call("POST", "/notes", body, status=201)["note"]
    crm.call("GET", "/notes", status=404)
    crm.call("GET", f"/notes/{note['id']}", status=404)
    assert [each["id"] for each in crm.call("GET", f"/contacts/{contact['id']}/notes")["notes"]] == [note["id"]]
    assert crm.call("GET", f"/contacts/{contact['id']}?include=notes")["notes"][0]["description"] == "Hello"
    view = crm.call("GET", f"{crm.view('contacts', 'All Contacts')}?include=notes")
    assert view["notes"][0]["targetable"] == {"type": "Contact", "id": contact["id"]}


def test_the_hours_allowance_is_told_in_headers_and_its_end_without_retry_after(crm: Caller):
    crm.control("/limits", {"calls": 2, "window_s": 3600})
    answers = [crm.http.get("/api/selector/owners", headers=crm.key) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["1", "0", "0"]
    assert 0 < int(answers[2].headers["x-ratelimit-reset"]) <= 3600
    assert "retry-after" not in answers[2].headers
    crm.control("/clock", {"advance_s": 3600})
    assert crm.http.get("/api/selector/owners", headers=crm.key).status_code == 200


def _sent(crm: Caller) -> list[Any]:
    crm.app.crm.deliveries.flush()
    posts, crm.posts[:] = list(crm.posts), []
    return posts


def test_a_workflow_sends_what_its_admin_designed_and_proves_nothing(crm: Caller):
    flow = {
        "module": "contact",
        "url": "https://hooks.example.com/x",
        "triggers": ["updated"],
        "content": {"who": "{{contact.first_name}} of {{contact.city}}", "id": "{{contact.id}}", "fixed": "words"},
        "headers": {"X-Secret": "s"},
    }
    crm.control("/workflows", {"add": [flow, {**flow, "encoding": "form"}, {**flow, "encoding": "xml"}]})
    made = crm.make("contacts", first_name="Ana")
    assert _sent(crm) == []
    crm.call("PUT", f"/contacts/{made['id']}", {"contact": {"city": "Lisboa & Porto"}})
    as_json, as_form, as_xml = _sent(crm)
    wanted = {"who": "Ana of Lisboa & Porto", "id": str(made["id"]), "fixed": "words"}
    assert json.loads(as_json.body) == wanted
    assert dict(parse_qsl(as_form.body.decode())) == wanted
    assert b"Lisboa &amp; Porto" in as_xml.body
    assert set(as_json.headers) == {"Content-Type", "User-Agent", "X-Secret"}


@pytest.mark.parametrize("change", [{"module": "notes"}, {"triggers": ["merged"]}, {"encoding": "yaml"}])
def test_a_workflow_that_cannot_be_designed_is_refused(crm: Caller, change: dict[str, Any]):
    flow = {"module": "deal", "url": "https://hooks.example.com/x", "content": {}, **change}
    assert crm.http.post("/_sandbox/workflows", json={"add": [flow]}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"nonsense": []},
        {"operations": [{"op": "update", "module": "contacts", "id": "1", "values": {}}]},
        {"fields": [{"module": "leads", "label": "x"}]},
        {"contacts": [{"email": "no address"}]},
        {"tasks": [{"title": "x"}]},
    ],
)
def test_a_seed_nobody_understands_is_refused(crm: Caller, body: dict[str, Any]):
    assert crm.http.post("/_sandbox/seed", json=body).status_code == 400


def test_a_person_deletes_restores_and_forgets(crm: Caller):
    (contact,) = crm.control("/seed", {"contacts": [{"first_name": "Ana"}]})["contacts"]
    for op, status in (("delete", 404), ("restore", 200), ("forget", 404)):
        crm.control("/seed", {"operations": [{"op": op, "module": "contacts", "id": contact}]})
        crm.call("GET", f"/contacts/{contact}", status=status)


def test_options_and_limits_know_their_names_and_values(crm: Caller):
    for path, body in (
        ("/options", {"nonsense": 1}),
        ("/options", {"error_shape": "xml"}),
        ("/limits", {"calls": -1}),
        ("/tokens", {"action": "expire"}),
    ):
        assert crm.http.post(f"/_sandbox{path}", json=body).status_code == 400


def test_an_account_comes_back_from_its_file(crm: Caller, tmp_path: Path):
    path = tmp_path / "state"
    file = StateFile(path)
    file.keep(crm.app)
    crm.control("/seed", {"fields": [{"module": "contacts", "label": "Mine"}]})
    made = crm.make("contacts", first_name="Ana", email="ana@example.com", custom_field={"cf_mine": "x"})
    crm.control("/webhooks", {"urls": ["https://hooks.example.com/x"]})
    file.close()
    other = StateFile(path)
    app = other.keep(create("freshsales", Settings(base_url=BASE, background=False)))
    (row,) = app.crm.state()["contacts"]
    assert (row["id"], row["custom_field"]) == (str(made["id"]), {"cf_mine": "x"})
    assert app.crm.state()["workflows"]
    assert app.crm.state()["contacts"] == crm.app.crm.state()["contacts"]
    other.close()
    app.stop()


def test_a_reset_account_is_a_new_one(crm: Caller):
    crm.make("contacts", first_name="Ana")
    assert crm.control("/reset", {}) == {"reset": True}
    assert crm.app.crm.state()["contacts"] == []

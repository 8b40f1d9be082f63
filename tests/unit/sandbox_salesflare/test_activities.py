"""Tasks, meetings, calls and notes, and people at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.salesflare.options import Options
from tests.unit.sandbox_salesflare.conftest import Team


def test_a_list_of_tasks_is_the_key_owner_s_unless_people_are_named(team: Team):
    mia, otto = (each["id"] for each in team.ok("GET", "/users", order_by="id"))
    team.ok("POST", "/tasks", {"description": " Call Ana ", "assignees": mia})
    other = team.ok("POST", "/tasks", {"description": "Call Bo", "assignees": [otto]})["id"]
    (own,) = team.ok("GET", "/tasks")
    assert (own["description"], own["completed"], own["reminder_date"]) == (
        "Call Ana",
        False,
        "2026-11-21T12:00:00.000Z",
    )
    assert [each["id"] for each in team.ok("GET", "/tasks", assignees=otto)] == [other]
    assert len(team.ok("GET", "/tasks", assignees=[mia, otto])) == 2
    assert team.ok("GET", "/tasks", id=other) == []


def test_a_task_is_done_and_deleted(team: Team):
    task = team.ok("POST", "/tasks", [{"description": "Call Ana", "reminder_date": "2027-03-30T15:00:00+02:00"}])["id"]
    assert team.ok("PUT", f"/tasks/{task}", {"completed": True}) == {"success": True}
    (row,) = team.ok("GET", "/tasks")
    assert (row["completed"], row["completion_date"]) == (True, "2026-11-21T12:00:00.000Z")
    assert row["reminder_date"] == "2027-03-30T13:00:00.000Z"
    assert '"completed" is not allowed' in team.refused(400, "POST", "/tasks", {"description": "x", "completed": True})
    assert '"description" is required' in team.refused(400, "POST", "/tasks", {})
    assert "users of the team" in team.refused(400, "PUT", f"/tasks/{task}", {"assignees": [5]})
    assert "account does not exist" in team.refused(400, "PUT", f"/tasks/{task}", {"account": 5})
    team.ok("DELETE", f"/tasks/{task}")
    assert team.ok("GET", "/tasks") == []
    assert team.refused(404, "PUT", f"/tasks/{task}", {"completed": False}) == "Not Found"


def test_of_a_meeting_or_call_only_the_notes_change(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A"})["id"]
    contact = team.ok("POST", "/contacts", {"lastname": "X", "account": account})["id"]
    body = {"date": "2026-11-20T14:00:00Z", "participants": [contact], "subject": "Offer", "notes": "x"}
    meeting = team.ok("POST", "/meetings", body)["id"]
    call = team.ok("POST", "/calls", body)["id"]
    row = team.ok("GET", f"/meetings/{meeting}")
    assert (row["type"], team.ok("GET", f"/meetings/{call}")["type"]) == ("meeting-live", "meeting-phone")
    keys = {name: row[name] for name in ("calendar_id", "external_id")}
    team.ok("PUT", f"/meetings/{meeting}", {**keys, "notes": "y"})
    assert team.ok("GET", f"/meetings/{meeting}")["notes"] == "y"
    assert '"calendar_id" is required' in team.refused(400, "PUT", f"/meetings/{meeting}", {"notes": "z"})
    assert '"subject" is not allowed' in team.refused(
        400, "PUT", f"/meetings/{meeting}", {**keys, "notes": "z", "subject": "Z"}
    )
    assert team.refused(404, "PUT", f"/calls/{call}", {**keys, "notes": "z"}) == "Not Found"
    assert "characters long" in team.refused(400, "POST", "/calls", {**body, "subject": "x" * 201})
    assert "must be people" in team.refused(400, "POST", "/calls", {**body, "participants": [5]})
    feed = team.ok("GET", f"/accounts/{account}/feed", types=["meeting-live", "meeting-phone"])
    assert {each["id"] for each in feed} == {meeting, call}
    assert team.refused(400, "GET", f"/accounts/{account}/feed", types="dance")
    team.ok("DELETE", f"/meetings/{call}")
    assert team.refused(404, "GET", f"/meetings/{call}") == "Not Found"


def test_a_note_is_on_an_account(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A"})["id"]
    notes = [
        team.ok("POST", "/messages", {"account": account, "body": f"N{n}", "date": f"2026-11-0{n}"})["id"]
        for n in (1, 2, 3)
    ]
    assert [each["id"] for each in team.ok("GET", f"/accounts/{account}/messages", limit=2)] == [notes[2], notes[1]]
    told = team.ok("GET", f"/accounts/{account}/messages", before="2026-11-03", after="2026-11-01")
    assert [each["body"] for each in told] == ["N2"]
    team.ok("PUT", f"/messages/{notes[0]}", {"account": account, "body": "Changed"})
    assert team.ok("GET", f"/accounts/{account}/feed")[2]["body"] == "Changed"
    assert '"account" is required' in team.refused(400, "PUT", f"/messages/{notes[0]}", {"body": "x"})
    assert team.refused(404, "POST", "/messages", {"account": 5, "body": "x"}) == "Not Found"
    team.ok("DELETE", f"/messages/{notes[0]}")
    assert len(team.ok("GET", f"/accounts/{account}/messages")) == 2


def test_people_create_change_merge_and_delete(team: Team):
    def act(**action: object) -> int:
        return team.control("POST", "/seed", {"actions": [action]})["results"][0]["id"]

    kept = act(action="create", object="accounts", fields={"name": "A"})
    lost = act(action="create", object="accounts", fields={"name": "B", "description": "kept"})
    contact = act(action="create", object="contacts", fields={"lastname": "X", "account": lost})
    act(action="merge", object="accounts", id=kept, **{"with": lost})
    assert team.ok("GET", f"/accounts/{kept}")["description"] == "kept"
    assert team.ok("GET", f"/contacts/{contact}")["account"]["id"] == kept
    assert team.refused(404, "GET", f"/accounts/{lost}") == "Not Found"
    act(action="update", object="contacts", id=contact, fields={"role": "Boss"})
    assert team.ok("GET", f"/contacts/{contact}")["role"] == "Boss"
    act(action="archive", object="contacts", id=contact)
    assert team.ok("GET", f"/contacts/{contact}")["archived"] is True
    task = team.ok("POST", "/tasks", {"description": "x"})["id"]
    act(action="update", object="tasks", id=task, fields={"completed": True})
    act(action="delete", object="tasks", id=task)
    assert team.ok("GET", "/tasks") == []
    assert [each["id"] for each in team.control("GET", f"/state?entity=accounts&id={kept}")["accounts"]] == [kept]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"actions": {}},
        {"actions": [], "more": 1},
        {"actions": [{"action": "create", "object": "leads"}]},
        {"actions": [{"action": "create", "object": "contacts", "fields": {"shoe": 1}}]},
        {"actions": [{"action": "delete", "object": "accounts", "id": 5}]},
    ],
)
def test_a_seed_that_salesflare_would_refuse_is_refused(team: Team, body):
    assert team.request("POST", "/_sandbox/seed", json=body).status_code == 400


def test_people_cannot_do_what_there_is_not(team: Team):
    account = team.ok("POST", "/accounts", {"name": "A"})["id"]
    response = team.request(
        "POST", "/_sandbox/seed", json={"actions": [{"action": "dance", "object": "accounts", "id": account}]}
    )
    assert "people cannot 'dance' accounts" in response.json()["error"]


def test_options_are_checked_and_forgotten_by_a_reset(team: Team):
    for wrong in ({"shoe": 1}, {"deleted_contacts": "sold"}, {"per_minute": "many"}):
        assert team.request("POST", "/_sandbox/options", json=wrong).status_code == 400
    assert team.control("GET", "/options")["per_minute"] == 0
    team.ok("POST", "/accounts", {"name": "A"})
    team.control("POST", "/reset")
    assert team.control("GET", "/options")["per_minute"] == Options().per_minute
    assert team.control("GET", "/state?entity=accounts") == {"accounts": []}


def test_the_coverage_page_names_every_option():
    page = (Path(__file__).resolve().parents[3] / "sandbox/salesflare/COVERAGE.md").read_text(encoding="utf-8")
    missing = [name for name in Options.__dataclass_fields__ if f"| `{name}` |" not in page]
    assert missing == []


def test_the_log_tells_what_a_call_was_about(team: Team):
    team.ok("POST", "/contacts", [{"lastname": "A"}, {"lastname": "B"}])
    last = team.control("GET", "/calls")["calls"][-1]
    assert (last["endpoint"], last["object"], last["records"]) == ("/contacts", "contacts", 2)
    team.get("/nowhere")
    assert team.control("GET", "/calls")["calls"][-1]["endpoint"] == "(unknown)"

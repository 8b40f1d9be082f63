"""Schedules through the real handlers: set by the API, kept by planner and workers, and what a clean-up shows."""

from __future__ import annotations

import pytest

from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.test_command_line import Terminal
from tests.functional.watching import assert_problem, calls, nothing_changes

ALL = "/api/crm/integrations"
ANA = "ana@example.com"
VIEWER = {"workspace": "acme", "role": "viewer"}


@pytest.fixture
def one(rehearsal: Rehearsal) -> tuple[Rehearsal, str]:
    """HubSpot with one contact, connected and read."""
    HubSpotPerson(rehearsal).fill(
        contacts=[{"email": ANA, "lastname": "Prado"}, {"phone": "ask Ana", "lastname": "Reis"}]
    )
    integration_id = rehearsal.connect("hubspot")
    rehearsal.sync()
    return rehearsal, integration_id


def test_intervals_are_set_in_minutes_and_shown(one):
    rehearsal, key = one
    shown = rehearsal.call("GET", f"{ALL}/{key}")[1]["syncConfig"]
    defaults = {"syncInterval": 15, "compareInterval": 240, "pullInterval": 360}
    defaults |= {"pushInterval": 60, "cleanupInterval": 1440, "priorityInterval": 1}
    assert {name: shown[name] for name in defaults} == defaults
    wanted = {"pullInterval": 120, "pushInterval": 0, "cleanupInterval": 720, "priorityInterval": 5}
    status, changed = rehearsal.call("PATCH", f"{ALL}/{key}", {"syncConfig": wanted})
    assert status == 200, changed
    assert {name: changed["syncConfig"][name] for name in defaults} == {**defaults, **wanted}


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("pullInterval", 0),
        ("pushInterval", 4),
        ("cleanupInterval", 59),
        ("priorityInterval", 1441),
        ("pushInterval", "1"),
    ],
)
def test_an_interval_out_of_bounds_is_refused_by_name(one, name, minutes):
    rehearsal, key = one
    with nothing_changes(rehearsal):
        answer = rehearsal.call("PATCH", f"{ALL}/{key}", {"syncConfig": {name: minutes}})
        assert_problem(answer, 400, field=f"syncConfig.{name}")


def test_a_clean_up_comes_by_itself_and_its_report_is_shown(one):
    rehearsal, key = one
    assert rehearsal.call("GET", f"{ALL}/{key}/cleanups", claims=VIEWER)[1] == {"items": []}
    rehearsal.sync(wait_s=24 * 3600)
    status, shown = rehearsal.call("GET", f"{ALL}/{key}/cleanups", claims=VIEWER)
    assert status == 200
    (report,) = shown["items"]
    assert report["status"] == "done"
    assert report["counts"]["records"] == 2
    (found,) = report["invalid"]
    assert found["field"] == "phone"
    assert "ask Ana" not in str(shown)


def test_a_clean_up_is_shown_at_the_terminal(one, monkeypatch):
    rehearsal, key = one
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    terminal = Terminal(rehearsal)
    assert terminal.run("cleanups", key) == ""
    assert "nothing was cleaned yet" in terminal.said
    rehearsal.sync(wait_s=24 * 3600)
    assert "phone cannot be right" in terminal.run("cleanups", key)
    assert terminal.json("cleanups", key)[0]["status"] == "done"


def test_places_in_a_removed_integration_are_cleaned_away(one):
    rehearsal, key = one
    other = rehearsal.connect("salesforce")
    rehearsal.sync()
    assert rehearsal.call("DELETE", f"{ALL}/{other}")[0] == 204
    rehearsal.sync(wait_s=24 * 3600)
    (report, *_) = rehearsal.call("GET", f"{ALL}/{key}/cleanups")[1]["items"]
    assert report["counts"]["dead_links"] >= 1
    assert report["counts"]["leftovers"] >= 1
    for record in rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items:
        assert set(record.links) == {key}
    rehearsal.sync()
    assert rehearsal.queues.messages == []


def test_a_contact_marked_by_a_custom_field_is_read_every_minute_while_webhooks_are_no_help(monkeypatch):
    rehearsal = Rehearsal(monkeypatch, ("kommo",))
    key = rehearsal.connect("kommo")
    rehearsal.sync()
    status, shown = rehearsal.call("POST", "/api/crm/contacts", {"email": ANA, "lastName": "Prado", "tags": ["VIP"]})
    assert status in (200, 202), shown
    rehearsal.settle()
    before = calls(rehearsal, "kommo", "contacts")
    rehearsal.advance(60)
    rehearsal.plan()
    rehearsal.settle()
    assert calls(rehearsal, "kommo", "contacts") == before, "webhooks tell of it"
    assert rehearsal.call("DELETE", f"{ALL}/{key}/webhooks")[0] == 202
    rehearsal.settle()
    before = calls(rehearsal, "kommo", "contacts")
    rehearsal.advance(60)
    rehearsal.plan()
    rehearsal.settle()
    assert calls(rehearsal, "kommo", "contacts") > before

"""What is published, told to people and told again, by the real handlers between simulated CRMs."""

from __future__ import annotations

import json

import pytest

from crmbridge.domain.events.envelope import Event
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Context, Rehearsal

ANA = "ana@example.com"
SETTINGS = "/api/crm/settings"


@pytest.fixture
def world(rehearsal: Rehearsal) -> Rehearsal:
    """Two connected CRMs in step, of which everything was told."""
    HubSpotPerson(rehearsal).fill(contacts=[{"email": ANA, "lastname": "Prado"}])
    for crm in ("hubspot", "salesforce"):
        rehearsal.connect(crm)
    rehearsal.sync()
    rehearsal.announce()
    rehearsal.bus.published.clear()
    rehearsal.notifier.notices.clear()
    return rehearsal


def told(rehearsal: Rehearsal) -> list[Event]:
    found = list(rehearsal.bus.published)
    rehearsal.bus.published.clear()
    return found


def kinds(rehearsal: Rehearsal) -> list[str]:
    return [each.kind for each in told(rehearsal)]


def subjects(rehearsal: Rehearsal) -> list[str]:
    found = [each.subject for each in rehearsal.notifier.notices]
    rehearsal.notifier.notices.clear()
    return found


def edit(rehearsal: Rehearsal, **values: str) -> None:
    person = HubSpotPerson(rehearsal)
    person.act("update", "contacts", person.contact(ANA)["id"], properties=values)
    rehearsal.settle()


def test_a_connected_crm_its_records_and_its_first_read_are_told_once(rehearsal):
    HubSpotPerson(rehearsal).fill(contacts=[{"email": ANA, "lastname": "Prado"}])
    rehearsal.connect("hubspot")
    rehearsal.sync()
    assert kinds(rehearsal) == ["contact_created"]
    rehearsal.announce()
    assert kinds(rehearsal) == ["integration_added", "sync_completed"]
    assert subjects(rehearsal) == ["CRM Bridge (acme): HubSpot: the first read has ended"]
    rehearsal.announce()
    assert (kinds(rehearsal), subjects(rehearsal)) == ([], [])


def test_an_edit_is_one_event_and_its_way_into_the_other_crm_none(world):
    edit(world, jobtitle="Captain")
    assert SalesforcePerson(world).contact(ANA)["Title"] == "Captain"
    (event,) = told(world)
    assert (event.kind, event.data["fields"]) == ("contact_updated", ["job_title"])
    assert len(event.data["places"]) == 2
    assert "Captain" not in json.dumps(event.to_json())
    assert ANA not in json.dumps(event.to_json())


def test_values_go_along_where_the_workspace_wants_them(world):
    world.call("PATCH", SETTINGS, {"events": {"payload": "full"}})
    world.advance(61)
    edit(world, jobtitle="Captain")
    (event,) = told(world)
    assert event.to_json()["payload"] == "full"
    assert event.values == {"old": {"job_title": None}, "new": {"job_title": "Captain"}}


def test_nothing_is_published_where_the_workspace_wants_nothing(world):
    world.call("PATCH", SETTINGS, {"events": {"enabled": False}})
    world.advance(61)
    edit(world, jobtitle="Captain")
    world.sync()
    world.announce()
    assert told(world) == []
    world.call("PATCH", SETTINGS, {"events": {"enabled": True}})
    world.announce()
    assert told(world) == [], "what was not wanted is not made up for"


def test_what_the_bus_does_not_take_waits_in_the_outbox_and_is_told_later(world):
    takes = world.bus.takes
    world.bus.takes = lambda _: False
    edit(world, jobtitle="Captain")
    assert SalesforcePerson(world).contact(ANA)["Title"] == "Captain", "the other work does not wait"
    assert (told(world), len(world.bus.held)) == ([], 1)
    message = {"messageId": "1", "body": json.dumps({"events": [each.to_json() for each in world.bus.held]})}
    failed = world.handlers["announce"]({"Records": [message]}, Context())
    assert failed == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    world.bus.takes = takes
    assert world.handlers["announce"]({"Records": [message]}, Context()) == {"batchItemFailures": []}
    (event,) = told(world)
    assert event.event_id == world.bus.held[0].event_id


def test_a_deal_that_moves_is_told_with_both_stages(world):
    deal = {"title": "Boat", "stage": "qualified", "currency": "EUR"}
    status, shown = world.call("POST", "/api/crm/deals", {**deal, "wait": 0})
    assert status == 202, shown
    world.settle()
    assert "deal_created" in kinds(world)
    world.call("PATCH", f"/api/crm/records/{shown['recordId']}", {"stage": "won", "wait": 0})
    world.settle()
    edited, moved, *others = told(world)  # a CRM sets its own probability by the stage, which is an edit of its own
    assert (edited.kind, moved.kind) == ("deal_updated", "deal_stage_changed")
    assert (moved.data["from"], moved.data["to"]) == ("qualified", "won")
    assert edited.correlation_id == moved.correlation_id
    assert "deal_stage_changed" not in {each.kind for each in others}


def test_a_lost_authorisation_is_told_once(world):
    world.control("hubspot", "tokens", {"action": "revoke"})
    for _ in range(3):
        world.sync()
        world.announce()
    found = kinds(world)
    assert found.count("authentication_lost") == 1
    assert [each for each in subjects(world) if "connected again" in each] == [
        "CRM Bridge (acme): HubSpot must be connected again"
    ]


def test_a_paused_and_a_removed_integration_are_told(world):
    (one, other) = [each["id"] for each in world.call("GET", "/api/crm/integrations")[1]["items"]]
    for paused in (True, False):
        world.call("PATCH", f"/api/crm/integrations/{one}", {"paused": paused})
        world.announce()
    assert kinds(world) == ["integration_paused", "integration_resumed"]
    assert world.call("DELETE", f"/api/crm/integrations/{other}")[0] == 204
    world.announce()
    world.announce()
    (event,) = told(world)
    assert (event.kind, event.data["integrationId"]) == ("integration_removed", other)


def test_every_run_is_an_event_but_people_hear_only_of_what_matters(world):
    for _ in range(4):
        world.sync()
        world.announce()
    assert kinds(world) == ["sync_completed"] * 8
    assert subjects(world) == []


def test_people_are_not_told_what_they_have_switched_off(rehearsal):
    rehearsal.call("PATCH", SETTINGS, {"notifications": {"syncCompleted": False}})
    rehearsal.connect("hubspot")
    rehearsal.sync()
    rehearsal.announce()
    assert "sync_completed" in kinds(rehearsal)
    assert subjects(rehearsal) == []

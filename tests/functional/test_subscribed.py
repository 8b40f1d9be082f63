"""Webhooks that we set up ourselves: from connecting to disconnecting, through the functions' own handlers."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from crmbridge.runtime.telemetry import logger
from tests.functional.rehearsal import Rehearsal
from tests.functional.subscribed import HOOK_PATHS, Subscribed, each_crm, events
from tests.functional.watching import everything

Start = Callable[[str], Subscribed]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Start:
    def begin(crm: str) -> Subscribed:
        return Subscribed(Rehearsal(monkeypatch, (crm,)), crm)

    return begin


@each_crm
def test_connecting_has_the_webhooks_made_once(start: Start, crm: str):
    world = start(crm)
    assert world.standing() == [], "the answer does not wait for the vendor"
    world.rehearsal.settle()
    first = world.standing()
    assert first
    assert len(events(first)) == len(set(events(first)))
    for _ in range(3):
        world.later(5 * 3600)
    assert events(world.standing()) == events(first)


@each_crm
def test_a_vendor_that_refuses_webhooks_hinders_nobody_from_connecting(start: Start, crm: str):
    world = start(crm)
    fault = {"match": {"path": HOOK_PATHS[crm]}, "kind": "status", "status": 503, "count": 99}
    world.rehearsal.control(crm, "faults", [fault])
    world.rehearsal.settle()
    assert world.integration.status == "active"
    assert world.integration.blocked_until is None
    world.rehearsal.http[crm].delete("/_sandbox/faults")
    world.later(900)
    assert world.standing()


@each_crm
def test_what_the_vendor_switched_off_is_made_again(start: Start, crm: str):
    world = start(crm)
    world.rehearsal.settle()
    first = world.standing()
    world.play(world.suite["switch_off"])
    assert len(events(world.standing())) < len(events(first))
    world.later(5 * 3600)
    assert events(world.standing()) == events(first)


@each_crm
def test_disconnecting_takes_the_webhooks_away(start: Start, crm: str):
    world = start(crm)
    world.rehearsal.settle()
    assert world.standing()
    status, _ = world.rehearsal.call("DELETE", f"/api/crm/integrations/{world.integration_id}")
    assert status == 204
    assert [key for key in everything(world.rehearsal)["documents"] if "HOOK" in key] == []
    again = Subscribed(world.rehearsal, crm)
    again.rehearsal.settle()
    assert again.url != world.url
    assert [each for each in again.client.subscriptions(world.url) if each.url == world.url] == []
    assert again.standing()


@each_crm
def test_reading_goes_on_while_webhooks_are_refused(start: Start, crm: str):
    world = start(crm)
    fault = {"match": {"path": HOOK_PATHS[crm]}, "kind": "status", "status": 403, "count": 99}
    world.rehearsal.control(crm, "faults", [fault])
    world.rehearsal.settle()
    world.later(1200)
    _, runs = world.rehearsal.call("GET", f"/api/crm/integrations/{world.integration_id}/runs")
    assert len([each for each in runs["items"] if each["status"] == "done"]) >= 2
    _, shown = world.webhooks()
    assert shown["state"] == "failing"
    assert shown["words"]


@each_crm
def test_subscriptions_that_end_are_renewed_before_they_do(start: Start, crm: str):
    world = start(crm)
    world.rehearsal.settle()
    first = events(world.standing())
    for _ in range(20):
        world.rehearsal.advance(12 * 3600)
        assert events(world.standing()) == first
        world.rehearsal.plan()
        world.rehearsal.settle()
    _, shown = world.webhooks()
    assert shown["restored"] == 0


@each_crm
def test_a_change_of_rules_is_brought_to_the_vendor(start: Start, crm: str):
    world = start(crm)
    world.rehearsal.settle()
    before = events(world.standing())
    off = {"syncConfig": {"entities": {"contact": {"enabled": False}}}}
    status, _ = world.rehearsal.call("PATCH", f"/api/crm/integrations/{world.integration_id}", off)
    assert status == 200
    world.later(61)
    assert 0 < len(events(world.standing())) < len(before)
    assert "contact" not in world.webhooks()[1]["entities"]
    on = {"syncConfig": {"entities": {"contact": {"enabled": True}}}}
    world.rehearsal.call("PATCH", f"/api/crm/integrations/{world.integration_id}", on)
    world.later(61)
    assert events(world.standing()) == before


@each_crm
def test_no_secret_of_an_address_is_ever_written_down(
    start: Start, crm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    log = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)
    world = start(crm)
    secret = world.url.rpartition("/")[2]
    fault = {"match": {"path": HOOK_PATHS[crm]}, "kind": "status", "status": 400, "count": 3}
    world.rehearsal.control(crm, "faults", [{**fault, "body": {"message": f"no good: {world.url}", "code": "X"}}])
    world.rehearsal.settle()
    world.rehearsal.http[crm].delete("/_sandbox/faults")
    world.later(3700)
    world.webhooks("POST", {"rotate": True})
    world.rehearsal.settle()
    world.webhooks("DELETE")
    world.rehearsal.settle()
    told = capsys.readouterr()
    assert log.getvalue().count('"message":"webhooks"') == 4
    assert secret not in log.getvalue() + told.out + told.err
    stored = str(everything(world.rehearsal)["documents"]) + str(everything(world.rehearsal)["queues"])
    assert secret not in stored

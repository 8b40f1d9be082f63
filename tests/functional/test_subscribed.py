"""Webhooks that we set up ourselves: from connecting to disconnecting, through the functions' own handlers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from crmbridge.connectors import declaration
from crmbridge.domain.integrations import Integration
from crmbridge.ports import SubscribingClient, Subscription
from crmbridge.services.hub import load_integration
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import everything
from tests.house.tree import crms

FIXTURES = Path(__file__).parents[1] / "contract/fixtures"
SUBSCRIBING = [crm for crm in crms() if declaration(crm).supports.subscribes]

HOOK_PATHS = {
    "dynamics": ".*serviceendpoints.*",
    "kommo": "/api/v4/webhooks.*",
    "pipedrive": "/api/v1/webhooks.*",
    "zoho": ".*/actions/watch.*",
}

each_crm = pytest.mark.parametrize("crm", SUBSCRIBING)
Start = Callable[[str], "Subscribed"]


class Subscribed:
    """One CRM connected to one deployment."""

    def __init__(self, rehearsal: Rehearsal, crm: str) -> None:
        self.rehearsal, self.crm = rehearsal, crm
        self.suite = json.loads((FIXTURES / crm / "suite.json").read_text(encoding="utf-8"))
        self.play(self.suite["setup"])
        body = {"domain": self.suite["domain"]} if "domain" in self.suite else {}
        self.integration_id = rehearsal.connect(crm, **body)
        self.url = rehearsal.webhook_urls[crm]

    def play(self, calls: list[Any]) -> None:
        """Make control calls as a suite spells them."""
        for _, path, body in calls:
            self.rehearsal.control(self.crm, path.strip("/"), body)

    @property
    def integration(self) -> Integration:
        return load_integration(self.rehearsal.hub, "acme", self.integration_id)

    @property
    def client(self) -> SubscribingClient:
        return cast("SubscribingClient", self.rehearsal.hub.connectors.client(self.integration))

    def standing(self, url: str = "") -> list[Subscription]:
        """Return what stands at the vendor for an address, the one told at first by default."""
        wanted = url or self.url
        return [each for each in self.client.subscriptions(wanted) if each.url == wanted and each.is_active]

    def webhooks(self, method: str = "GET", body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
        path = f"/api/crm/integrations/{self.integration_id}/webhooks"
        return self.rehearsal.call(method, path, body, **more)

    def later(self, seconds: float) -> None:
        """Let time pass here and there, the schedule fire and everything settle."""
        self.rehearsal.control(self.crm, "clock", {"advance_s": seconds})
        self.rehearsal.sync(seconds)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Start:
    def begin(crm: str) -> Subscribed:
        return Subscribed(Rehearsal(monkeypatch, (crm,)), crm)

    return begin


def events(subscriptions: list[Subscription]) -> list[str]:
    return sorted(event for each in subscriptions for event in each.events)


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

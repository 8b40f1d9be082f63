"""One CRM whose webhooks we set up ourselves, connected to one deployment, as tests look at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from crmbridge.connectors import declaration
from crmbridge.domain.integrations import Integration
from crmbridge.ports import SubscribingClient, Subscription
from crmbridge.services.hub import load_integration
from tests.functional.rehearsal import Rehearsal
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
        """Let time pass here and at the vendor's, the schedule fire and everything settle."""
        self.rehearsal.sync(seconds)


def events(subscriptions: list[Subscription]) -> list[str]:
    return sorted(event for each in subscriptions for event in each.events)

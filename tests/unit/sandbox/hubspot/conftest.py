"""One simulated HubSpot per test, in one process, with a frozen real clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@dataclass
class Inbox:
    """Keeps the webhook calls it gets and accepts them."""

    calls: list[Outgoing] = field(default_factory=list)

    def post(self, call: Outgoing, timeout_s: float) -> Reply:
        self.calls.append(call)
        return Reply(status=200, body=b"")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def app(inbox: Inbox) -> SandboxApp:
    return create("hubspot", Settings(background=False, post=inbox.post, real=lambda: NOW))


@pytest.fixture
def anyone(app: SandboxApp) -> Iterator[httpx.Client]:
    with httpx.Client(base_url="http://sandbox.test", transport=httpx.WSGITransport(app=app)) as client:
        yield client


@pytest.fixture
def api(app: SandboxApp) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {app.credentials['private_app_token']}"}
    transport = httpx.WSGITransport(app=app)
    with httpx.Client(base_url="http://sandbox.test", headers=headers, transport=transport) as client:
        yield client


@pytest.fixture
def seed(api: httpx.Client) -> Any:
    def seed(**body: Any) -> dict[str, Any]:
        return api.post("/_sandbox/seed", json=body).raise_for_status().json()

    return seed


@pytest.fixture
def contact(api: httpx.Client) -> Any:
    def contact(**properties: Any) -> dict[str, Any]:
        answer = api.post("/crm/v3/objects/contacts", json={"properties": properties})
        return answer.raise_for_status().json()

    return contact


@pytest.fixture
def advance(api: httpx.Client) -> Any:
    def advance(seconds: float) -> None:
        api.post("/_sandbox/clock", json={"advance_s": seconds}).raise_for_status()

    return advance


@pytest.fixture
def webhooks(app: SandboxApp, api: httpx.Client, inbox: Inbox) -> Callable[[], list[dict[str, Any]]]:
    """Connect the app and subscribe it to everything; each call returns the events since the last."""
    api.get("/account-info/v3/details").raise_for_status()
    api.post("/_sandbox/webhooks", json={"urls": ["https://hooks.example.com/h"]}).raise_for_status()

    def webhooks() -> list[dict[str, Any]]:
        app.crm.deliveries.flush()
        events = [event for call in inbox.calls for event in json.loads(call.body)]
        inbox.calls.clear()
        return events

    return webhooks

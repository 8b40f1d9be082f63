from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmbridge.connectors import part
from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.hubspot.mapping import Lexicon, choice_of
from crmbridge.connectors.hubspot.mapping.activities import ACTIVITY_RULES
from crmbridge.connectors.hubspot.mapping.answers import Option, Pipeline, PipelineStage
from crmbridge.connectors.hubspot.mapping.choices import FIXED
from crmbridge.connectors.hubspot.mapping.rules import RULES
from crmbridge.connectors.hubspot.mapping.stages import stage_map_of
from crmbridge.ports import CrmClient
from sandbox import SandboxApp, Settings, create

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/hubspot"
BASE_URL = "http://sandbox.test"


def fixture_names(folder: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json"))


def fixture_json(folder: str, name: str) -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


DEFAULT_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)


def pipeline(pipeline_id: str, *stages: tuple[str, str, str], order: int = 0) -> Pipeline:
    return Pipeline(
        id=pipeline_id,
        display_order=order,
        stages=tuple(
            PipelineStage(
                id=stage_id,
                label=label,
                display_order=place,
                metadata={"probability": probability, "isClosed": str(probability in ("0.0", "1.0")).lower()},
            )
            for place, (stage_id, label, probability) in enumerate(stages)
        ),
    )


def lexicon(**changes: Any) -> Lexicon:
    options = {
        "industry": ["COMPUTER_SOFTWARE", "HOSPITAL_HEALTH_CARE", "RETAIL"],
        "deal_currency_code": ["USD", "EUR"],
        **{name: list(values) for name, values in FIXED.items()},
    }
    choices = {
        name: choice_of(name, [Option(value=each, label=each.replace("_", " ").title()) for each in values])
        for name, values in options.items()
    }
    given: dict[str, Any] = {
        "zone": timezone(timedelta(hours=-5)),
        "owner_emails": {"81400100": "ada@example.com", "81400114": "otto@example.com"},
        "owner_ids": {"ada@example.com": "81400100"},
        "choices": choices,
        "stages": stage_map_of([pipeline("default", *DEFAULT_STAGES)]),
        "properties": frozenset(
            each.property for rule in (*RULES.values(), *ACTIVITY_RULES.values()) for each in rule.properties
        ),
    }
    return Lexicon(**{**given, **changes})


class StaticToken:
    """A private app's token: cannot be renewed."""

    def __init__(self, token: str) -> None:
        self.token = token

    def bearer(self) -> str:
        return self.token

    def renew(self, stale: str) -> str:
        raise AssertionError("a static token is never renewed")


class Portal:
    """A simulated HubSpot account with a connected client and no rate limits."""

    def __init__(self, **settings: Any) -> None:
        self.app: SandboxApp = create("hubspot", Settings(base_url=BASE_URL, background=False, **settings))
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app))
        self.control("/limits", {"oauth_burst": 0, "private_burst": 0, "daily": 0, "search_per_s": 0})
        self.client = self.connect()

    def connect(self, **settings: Any) -> CrmClient:
        tokens = StaticToken(self.app.credentials["private_app_token"])
        context = ClientContext(http=self.http, base_url=BASE_URL, tokens=tokens, settings=settings)
        client: CrmClient = part("hubspot", "client").build(context)
        for entity in ("company", "contact", "lead", "deal", "activity"):
            client.provision(entity)
        return client

    def control(self, path: str, body: object) -> Any:
        response = self.http.post(f"{BASE_URL}/_sandbox{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def api(self, method: str, path: str, body: object = None) -> Any:
        headers = {"authorization": f"Bearer {self.app.credentials['private_app_token']}"}
        response = self.http.request(method, f"{BASE_URL}{path}", json=body, headers=headers)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def settle(self) -> None:
        self.control("/clock", {"advance_s": 10})

    def calls(self) -> dict[str, int]:
        """Return how often each endpoint was called since the last look."""
        counted = self.http.get(f"{BASE_URL}/_sandbox/calls", params={"limit": 0}).json()["counts"]
        self.http.delete(f"{BASE_URL}/_sandbox/calls")
        found: dict[str, int] = {}
        for each in counted:
            name = f"{each['method']} {each['endpoint']}"
            found[name] = found.get(name, 0) + each["count"]
        return found


@pytest.fixture
def portal() -> Portal:
    return Portal()


Answer = Callable[[httpx.Request], httpx.Response]


def client_answering(answer: Answer) -> CrmClient:
    """Return a client whose every call is answered by a function."""
    http = httpx.Client(transport=httpx.MockTransport(answer))
    context = ClientContext(http=http, base_url=BASE_URL, tokens=StaticToken("pat-test"))
    client: CrmClient = part("hubspot", "client").build(context)
    return client

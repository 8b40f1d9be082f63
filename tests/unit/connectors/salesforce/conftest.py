"""A simulated org in this process, and a client connected to it through its real consent page."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesforce import auth
from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.tokens import AppSecret, Grant
from sandbox import SandboxApp, Settings, create

BASE_URL = "http://org.example.test"
REDIRECT = "https://bridge.example.test/callback"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"
NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def challenge() -> str:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass
class Tokens:
    """Tokens of one grant, refreshed when the org no longer takes them."""

    flow: auth.SalesforceAuth
    app: AppSecret
    grant: Grant
    refreshed: int = 0

    def bearer(self) -> str:
        return self.grant.access_token

    def renew(self, stale: str) -> str:
        assert stale == self.grant.access_token
        self.refreshed += 1
        self.grant = self.flow.refresh(self.app, self.grant, environment="production", now=NOW)
        return self.grant.access_token


@dataclass
class Org:
    """The simulated org with everything needed to speak to it.

    Attributes:
        settings: overrides of the integration, for the next client.
    """

    sandbox: SandboxApp
    http: httpx.Client
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        secrets = self.sandbox.credentials
        self.app = AppSecret(secrets["client_id"], secrets["client_secret"])
        self.flow = auth.SalesforceAuth(self.http, BASE_URL)
        self.tokens = Tokens(self.flow, self.app, self.exchange(self.consent()))

    def consent(self) -> str:
        """Grant access as the person at the browser does; return the code."""
        url = self.flow.authorize_url(
            self.app, environment="production", redirect_uri=REDIRECT, state="s1", challenge=challenge()
        )
        page = self.http.get(url)
        assert page.status_code == 200, page.text
        form = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        answer = self.http.post(url.partition("?")[0], data={**form, "decision": "grant"})
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def exchange(self, code: str) -> Grant:
        return self.flow.exchange(
            self.app, environment="production", code=code, redirect_uri=REDIRECT, verifier=VERIFIER, now=NOW
        )

    def client(self, *custom_fields: CustomField) -> SalesforceClient:
        """Return a client of a new process: nothing is remembered yet."""
        context = ClientContext(
            http=self.http,
            base_url=BASE_URL,
            tokens=self.tokens,
            settings=self.settings,
            custom_fields=custom_fields,
        )
        return SalesforceClient(context)

    def control(self, path: str, body: Any) -> Any:
        answer = self.http.post(f"{BASE_URL}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seed(self, **records: list[dict[str, Any]]) -> dict[str, list[str]]:
        return self.control("seed", {"records": records})["ids"]

    def act(self, *actions: dict[str, Any]) -> list[Any]:
        return self.control("seed", {"actions": list(actions)})["actions"]

    def advance(self, seconds: float) -> None:
        self.control("clock", {"advance_s": seconds})

    def state(self, name: str) -> dict[str, dict[str, Any]]:
        rows = self.http.get(f"{BASE_URL}/_sandbox/state", params={"entity": name}).json()[name]
        return {row["Id"]: row for row in rows}

    def calls(self) -> dict[str, Any]:
        return self.http.get(f"{BASE_URL}/_sandbox/calls").json()

    def forget_calls(self) -> None:
        self.http.delete(f"{BASE_URL}/_sandbox/calls")


@pytest.fixture
def org() -> Iterator[Org]:
    sandbox = create("salesforce", Settings(base_url=BASE_URL, background=False))
    with httpx.Client(transport=httpx.WSGITransport(app=sandbox)) as http:
        yield Org(sandbox, http)
    sandbox.stop()


@pytest.fixture
def client(org: Org) -> SalesforceClient:
    """A client whose external-id fields are provisioned."""
    client = org.client()
    for entity in ("company", "contact", "lead", "deal"):
        client.provision(entity)
    return client

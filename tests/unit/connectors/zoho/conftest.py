from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors import part
from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.zoho.client import ZohoClient
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.ports import AuthFlow, WriteOp
from sandbox import SandboxApp, Settings, create

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/zoho"
BASE_URL = "http://sandbox.test"
REDIRECT = "https://app.example.com/back"


def fixture_names(folder: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json"))


def fixture_json(folder: str, name: str) -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


@dataclass
class Tokens:
    token: str

    def bearer(self) -> str:
        return self.token

    def renew(self, stale: str) -> str:
        raise AssertionError("no token was stale")


@dataclass
class Zoho:
    """A simulated organisation and a client of it."""

    app: SandboxApp
    http: httpx.Client
    flow: AuthFlow
    secret: AppSecret

    def control(self, path: str, body: Any) -> Any:
        response = self.http.post(f"{BASE_URL}/_sandbox/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def calls(self) -> list[dict[str, Any]]:
        return self.http.get(f"{BASE_URL}/_sandbox/calls").json()["calls"]

    def act(self, action: str, module: str, **more: Any) -> str:
        return self.control("seed", {"notify": True, "actions": [{"action": action, "module": module, **more}]})[
            "actions"
        ][0]

    def code(self) -> str:
        url = self.flow.authorize_url(
            self.secret, environment="production", redirect_uri=REDIRECT, state="s", challenge="c"
        )
        page = self.http.get(url)
        hidden = re.findall(r'name="([^"]*)" value="([^"]*)"', page.text)
        fields = {html.unescape(name): html.unescape(value) for name, value in hidden}
        back = self.http.post(f"{BASE_URL}/oauth/v2/auth", data={**fields, "decision": "grant"})
        return parse_qs(urlsplit(back.headers["location"]).query)["code"][0]

    def grant(self) -> Grant:
        return self.flow.exchange(
            self.secret,
            environment="production",
            code=self.code(),
            redirect_uri=REDIRECT,
            verifier="",
            now=datetime.now(UTC),
        )

    def client(self, **more: Any) -> ZohoClient:
        context = ClientContext(http=self.http, base_url=BASE_URL, tokens=Tokens(self.grant().access_token), **more)
        return part("zoho", "client").build(context)


@pytest.fixture
def zoho() -> Iterator[Zoho]:
    app = create("zoho", Settings(base_url=BASE_URL, background=False))
    with httpx.Client(transport=httpx.WSGITransport(app=app)) as http:
        flow = part("zoho", "auth").build(http, BASE_URL)
        secret = AppSecret(app.credentials["client_id"], app.credentials["client_secret"])
        yield Zoho(app, http, flow, secret)
    app.stop()


@pytest.fixture
def client(zoho: Zoho) -> ZohoClient:
    client = zoho.client()
    for entity in ("company", "contact", "lead", "deal", "activity"):
        client.provision(entity)
    zoho.http.delete(f"{BASE_URL}/_sandbox/calls")
    return client


def made(client: ZohoClient, entity: Any, *rows: dict[str, Any], refs: dict[str, Any] | None = None) -> list[str]:
    """Create records and return their ids."""
    ops = [WriteOp("create", f"{entity}_{number}", fields=row, refs=refs or {}) for number, row in enumerate(rows)]
    ids: list[str] = []
    for start in range(0, len(ops), 100):
        results = client.write(entity, ops[start : start + 100])
        assert [each.error for each in results if each.error] == []
        ids += [each.external_id for each in results]
    return ids

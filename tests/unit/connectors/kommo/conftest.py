"""A simulated account in this process, and a client connected to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.kommo.client import KommoClient
from crmbridge.domain.custom_fields import CustomField
from sandbox import SandboxApp, Settings, create

FIXTURES = Path(__file__).resolve().parents[3] / "contract/fixtures/kommo"
BASE_URL = "http://sandbox.test"


def fixture_names(folder: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json"))


def fixture_json(folder: str, name: str) -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_text(encoding="utf-8"))


class StaticToken:
    """The account's long-lived token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def bearer(self) -> str:
        return self._token

    def renew(self, stale: str) -> str:
        return stale


@dataclass
class Place:
    """One simulated account."""

    app: SandboxApp
    http: httpx.Client

    def client(self, *custom: CustomField, settings: dict[str, dict[str, str]] | None = None) -> KommoClient:
        tokens = StaticToken(str(self.app.credentials["long_lived_token"]))
        context = ClientContext(
            http=self.http, base_url=BASE_URL, tokens=tokens, settings=settings or {}, custom_fields=custom
        )
        return KommoClient(context)

    def control(self, path: str, body: Any) -> Any:
        response = self.http.post(f"{BASE_URL}/_sandbox{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def seed(self, **body: Any) -> Any:
        return self.control("/seed", body)

    def calls(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.http.get(f"{BASE_URL}/_sandbox/calls").json()["calls"])

    def forget_calls(self) -> None:
        self.http.delete(f"{BASE_URL}/_sandbox/calls")

    def table(self, name: str) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.http.get(f"{BASE_URL}/_sandbox/state?entity={name}").json()[name])


@pytest.fixture
def place() -> Iterator[Place]:
    app = create("kommo", Settings(base_url=BASE_URL, background=False))
    http = httpx.Client(transport=httpx.WSGITransport(app=app))
    found = Place(app, http)
    found.control("/limits", {"per_second": 0})
    yield found
    http.close()
    app.stop()


@pytest.fixture
def client(place: Place) -> KommoClient:
    client = place.client()
    for entity in ("company", "contact", "deal"):
        client.provision(entity)
    return client

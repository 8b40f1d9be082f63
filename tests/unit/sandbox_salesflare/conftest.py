"""A simulated team in this process, with a clock that only control moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create

NOON = datetime(2026, 11, 21, 12, 0, 0, 500_000, tzinfo=UTC)


class Team(httpx.Client):
    """Calls the simulated Salesflare with its key."""

    def control(self, method: str, path: str, body: object = None) -> Any:
        return self.request(method, f"/_sandbox{path}", json=body).raise_for_status().json()

    def ok(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        response = self.request(method, path, json=body, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status: int, method: str, path: str, body: object = None, **query: Any) -> str:
        response = self.request(method, path, json=body, params=query)
        told = response.json()
        assert (response.status_code, told["statusCode"]) == (status, status), response.text
        return told["message"]

    def switch(self, **changes: Any) -> None:
        self.control("POST", "/options", changes)

    def wait(self, seconds: float) -> None:
        self.control("POST", "/clock", {"advance_s": seconds})


@pytest.fixture
def app() -> Iterator[SandboxApp]:
    made = create("salesflare", Settings(background=False, real=lambda: NOON))
    yield made
    made.stop()


@pytest.fixture
def team(app: SandboxApp) -> Iterator[Team]:
    headers = {"authorization": f"Bearer {app.credentials['api_key']}"}
    with Team(transport=httpx.WSGITransport(app=app), base_url="http://sandbox.test", headers=headers) as client:
        client.switch(per_minute=0)
        yield client

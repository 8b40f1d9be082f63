from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

URL = "http://sandbox.test"


@dataclass
class Desk:
    """A company, a program with the admin's token, and whoever listens to its webhooks."""

    app: SandboxApp
    http: httpx.Client
    posts: list[Outgoing] = field(default_factory=list[Outgoing])
    answers: list[int] = field(default_factory=list[int])

    def control(self, path: str, body: Any) -> Any:
        return self.http.post(f"/_sandbox{path}", json=body).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()["data"]

    def flush(self) -> list[Outgoing]:
        self.app.crm.deliveries.flush()
        told, self.posts[:] = list(self.posts), []
        return told


@pytest.fixture
def desk() -> Iterator[Desk]:
    found: list[Desk] = []

    def post(call: Outgoing, timeout_s: float) -> Reply:
        found[0].posts.append(call)
        return Reply(status=found[0].answers.pop(0) if found[0].answers else 200, body=b"")

    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    app = create("pipedrive", Settings(base_url=URL, background=False, post=post, real=lambda: moment))
    headers = {"x-api-token": app.credentials["api_token"]}
    http = httpx.Client(transport=httpx.WSGITransport(app=app), base_url=URL, headers=headers)
    found.append(Desk(app, http))
    found[0].control("/limits", {"api_token_burst": 0, "oauth_burst": 0, "search_burst": 0, "daily_tokens": 0})
    yield found[0]
    http.close()
    app.stop()

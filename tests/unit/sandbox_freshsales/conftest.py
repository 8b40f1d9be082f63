"""A simulated Freshsales in one process, spoken to as a client without our library would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

BASE = "http://sandbox.test"


class Caller:
    """Calls the API with the account's key, and the control surface."""

    def __init__(self) -> None:
        self.posts: list[Outgoing] = []

        def post(call: Outgoing, timeout_s: float) -> Reply:
            self.posts.append(call)
            return Reply(status=200, body=b"{}")

        self.app: SandboxApp = create("freshsales", Settings(base_url=BASE, background=False, post=post))
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url=BASE)
        self.key = {"authorization": f"Token token={self.app.credentials['api_key']}"}

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        response = self.http.request(method, f"/api{path}", json=body, headers=self.key)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 400) -> str:
        """Return the words of a refusal."""
        return " ".join(self.call(method, path, body, status=status)["errors"]["message"])

    def control(self, path: str, body: Any) -> Any:
        response = self.http.post(f"/_sandbox{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def make(self, plural: str, **values: Any) -> Any:
        singular = {"contacts": "contact", "sales_accounts": "sales_account", "deals": "deal"}[plural]
        return self.call("POST", f"/{plural}", {singular: values}, status=201)[singular]

    def view(self, plural: str, name: str) -> str:
        rows = self.call("GET", f"/{plural}/filters")["filters"]
        return f"/{plural}/view/{next(row['id'] for row in rows if row['name'] == name)}"


@pytest.fixture
def crm() -> Iterator[Caller]:
    caller = Caller()
    caller.control("/limits", {"calls": 0})
    yield caller
    caller.http.close()
    caller.app.stop()

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

BASE_URL = "http://sandbox.test"
SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ,"
    "ZohoCRM.notifications.ALL,ZohoSearch.securesearch.READ"
)


@dataclass
class Api:
    """An HTTP client of a fresh organisation, with a token."""

    app: SandboxApp
    http: httpx.Client
    posts: list[Outgoing] = field(default_factory=list[Outgoing])

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.http.request(method, f"{BASE_URL}/crm/v8{path}", json=body, **more)

    def control(self, path: str, body: Any) -> Any:
        response = self.http.post(f"{BASE_URL}/_sandbox/{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def rows(self, method: str, path: str, *data: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        return self.call(method, path, {"data": list(data), **more}).json()["data"]

    def made(self, module: str, *data: dict[str, Any]) -> list[str]:
        rows = self.rows("POST", f"/{module}", *data)
        assert {each["status"] for each in rows} == {"success"}, rows
        return [each["details"]["id"] for each in rows]

    def code(self, **changes: str) -> str:
        form = {
            "client_id": self.app.credentials["client_id"],
            "redirect_uri": "https://app.example.com/back",
            "scope": SCOPES,
            "state": "s",
            "access_type": "offline",
            "decision": "grant",
            **changes,
        }
        back = self.http.post(f"{BASE_URL}/oauth/v2/auth", data=form)
        return httpx.URL(back.headers["location"]).params["code"]

    def token(self, **form: str) -> dict[str, Any]:
        secrets = {name: self.app.credentials[name] for name in ("client_id", "client_secret")}
        return self.http.post(f"{BASE_URL}/oauth/v2/token", data={**secrets, **form}).json()

    def connect(self, **changes: str) -> dict[str, Any]:
        told = self.token(
            grant_type="authorization_code", code=self.code(**changes), redirect_uri="https://app.example.com/back"
        )
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {told.get('access_token')}"
        return told


@pytest.fixture
def api() -> Iterator[Api]:
    posts: list[Outgoing] = []

    def post(call: Outgoing, timeout_s: float) -> Reply:
        posts.append(call)
        return Reply(status=200, body=b"")

    app = create("zoho", Settings(base_url=BASE_URL, background=False, post=post))
    with httpx.Client(transport=httpx.WSGITransport(app=app)) as http:
        api = Api(app, http, posts)
        api.connect()
        yield api
    app.stop()

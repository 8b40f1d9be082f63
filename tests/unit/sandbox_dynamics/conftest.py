from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

ROOT = "/api/data/v9.2/"


class Web:
    """A caller of the Web API, and the control surface beside it."""

    def __init__(self) -> None:
        self.posts: list[Outgoing] = []
        self.answer = 200
        self.app: SandboxApp = create("dynamics", Settings(background=False, post=self._post))
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url="http://sandbox.test")
        self.http.headers["authorization"] = f"Bearer {self.sign_in()['access_token']}"

    def _post(self, call: Outgoing, timeout_s: float) -> Reply:
        self.posts.append(call)
        return Reply(status=self.answer, body=b"")

    def token(self, tenant: str = "organizations", **form: str) -> httpx.Response:
        secrets = self.app.credentials
        given = {name: secrets[name] for name in ("client_id", "client_secret")} | form
        return self.http.post(f"/{tenant}/oauth2/v2.0/token", data=given)

    def sign_in(self, **form: str) -> dict[str, Any]:
        scope = f"https://{self.app.credentials['domain']}/.default"
        return self.token(**{"grant_type": "client_credentials", "scope": scope, **form}).json()

    def call(self, method: str, path: str, body: Any = None, prefer: str = "", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, ROOT + path, json=body, headers=sent | ({"prefer": prefer} if prefer else {}))

    def make(self, set_name: str, **body: Any) -> str:
        answer = self.call("POST", set_name, body)
        assert answer.status_code == 204, answer.text
        return answer.headers["odata-entityid"].rpartition("(")[2][:-1]

    def get(self, path: str, prefer: str = "") -> Any:
        answer = self.call("GET", path, prefer=prefer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, prefer: str = "", **headers: str) -> tuple[int, str]:
        answer = self.call(method, path, body, prefer, **headers)
        return answer.status_code, answer.json()["error"]["code"]

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.http.request("GET" if body is None else "POST", f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.http.close()
    made.app.stop()

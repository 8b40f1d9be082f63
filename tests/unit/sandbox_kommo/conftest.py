"""The simulated Kommo in this process, spoken to with the long-lived token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

BASE_URL = "http://sandbox.test"


class Desk:
    """Sends calls and keeps the webhooks that come of them."""

    def __init__(self) -> None:
        self.posts: list[Outgoing] = []
        self.reply = 200
        self.app: SandboxApp = create("kommo", Settings(base_url=BASE_URL, background=False, post=self._post))
        self.http = httpx.Client(transport=httpx.WSGITransport(app=self.app), base_url=BASE_URL)
        self.token = str(self.app.credentials["long_lived_token"])
        self.control("/limits", {"per_second": 0})

    def _post(self, call: Outgoing, timeout_s: float) -> Reply:
        self.posts.append(call)
        return Reply(status=self.reply, body=b"")

    def control(self, path: str, body: Any) -> Any:
        response = self.http.post(f"/_sandbox{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def seed(self, **body: Any) -> Any:
        return self.control("/seed", body)

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return self.http.request(method, f"/api/v4{path}", json=body, params=params or None, headers=headers)

    def made(self, entity: str, *rows: dict[str, Any]) -> list[int]:
        answer = self.call("POST", f"/{entity}", list(rows))
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["_embedded"][entity]]

    def row(self, entity: str, record_id: int, **params: Any) -> dict[str, Any]:
        return self.call("GET", f"/{entity}/{record_id}", **params).json()

    def wrong(self, method: str, path: str, body: Any) -> list[tuple[str, str, str]]:
        """Return (request id, code, path) of each error of a refused call."""
        answer = self.call(method, path, body)
        assert answer.status_code == 400, answer.text
        return [
            (each["request_id"], error["code"], error["path"])
            for each in answer.json()["validation-errors"]
            for error in each["errors"]
        ]

    def hooks(self) -> list[dict[str, str]]:
        """Deliver what waits and return each call's form."""
        self.posts.clear()
        self.app.crm.deliveries.flush()
        return [dict(parse_qsl(post.body.decode(), keep_blank_values=True)) for post in self.posts]


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.http.close()
    found.app.stop()

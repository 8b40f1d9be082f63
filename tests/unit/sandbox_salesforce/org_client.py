"""A logged-in client of the simulated org, and a receiver that remembers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from sandbox._webhook_post import Outgoing, Reply

DATA = "/services/data/v67.0"
NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
EXTERNAL_ID = {
    "full_name": "Contact.Ext__c",
    "metadata": {"type": "Text", "label": "Ext", "length": 64, "unique": True, "externalId": True},
}
ACK = (
    b'<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    b"</notificationsResponse></e:Body></e:Envelope>"
)


class Receiver:
    """Answers what it is told and keeps what it got."""

    def __init__(self) -> None:
        self.reply = Reply(status=200, body=ACK)
        self.calls: list[Outgoing] = []

    def __call__(self, call: Outgoing, timeout_s: float) -> Reply:
        self.calls.append(call)
        return self.reply


class OrgClient(httpx.Client):
    """An HTTP client that is logged in, with shortcuts for what tests do all the time."""

    def rows(self, soql: str) -> list[dict[str, Any]]:
        answer = self.get(f"{DATA}/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def refused(self, soql: str) -> dict[str, Any]:
        answer = self.get(f"{DATA}/query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        return answer.json()[0]

    def new(self, name: str, **fields: Any) -> str:
        answer = self.post(f"{DATA}/sobjects/{name}", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def row(self, name: str, record_id: str) -> dict[str, Any]:
        return self.get(f"{DATA}/sobjects/{name}/{record_id}").json()

    def seed(self, **body: Any) -> dict[str, Any]:
        answer = self.post("/_sandbox/seed", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def person(self, action: str, **details: Any) -> Any:
        return self.seed(actions=[{"action": action, **details}])["actions"][0]

    def switch(self, **settings: Any) -> None:
        assert self.post("/_sandbox/settings", json=settings).status_code == 200

    def later(self, seconds: float) -> None:
        self.post("/_sandbox/clock", json={"advance_s": seconds})

    def log_in(self, secrets: dict[str, Any]) -> None:
        form = {"grant_type": "client_credentials"}
        form |= {name: secrets[name] for name in ("client_id", "client_secret")}
        answer = self.post("/services/oauth2/token", data=form)
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

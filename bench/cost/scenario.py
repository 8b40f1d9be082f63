"""What is measured: one field of many contacts edited in HubSpot and written to Salesforce."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from bench.cost.counting import chunks
from bench.cost.stand import Stand
from bench.crms import Crm, fill, running
from crmbridge import runtime
from crmbridge.connectors import declaration
from crmbridge.domain.tokens import Grant
from crmbridge.services.connect_crm import activate
from crmbridge.services.hub import load_integration

WORKSPACE = "bench"
DOOR = "/webhooks/hubspot"
DELIVERED_WITHIN_S = 60
LIMITS = {"private_burst": 190, "oauth_burst": 110, "daily": 625_000, "search_per_s": 5}
"""As HubSpot has them: a million changes are paced by them, and what pacing costs is to be counted."""

CITIES = ("Olinda", "Natal", "Lyon")


class Mailbox:
    """Takes the webhooks of a simulated CRM and keeps them, as they came."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], str]] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                box.calls.append(({name.lower(): each for name, each in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{DOOR}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def connected(contacts: int, assumed: dict[str, float]) -> Generator[Scenario]:
    """Run two CRMs and the functions between them, all contacts in both."""
    box = Mailbox()
    try:
        with running("hubspot") as hubspot, running("salesforce") as salesforce:
            fill(hubspot, contacts)
            hubspot.control("limits", LIMITS)
            with Stand({"hubspot": hubspot, "salesforce": salesforce}, assumed=assumed) as stand:
                scenario = Scenario(stand, hubspot, salesforce, box)
                scenario.begin()
                yield scenario
    finally:
        box.close()


class Scenario:
    """Edits in HubSpot, delivered in one way or another."""

    def __init__(self, stand: Stand, hubspot: Crm, salesforce: Crm, box: Mailbox) -> None:
        self.stand, self.hubspot, self.salesforce, self.box = stand, hubspot, salesforce, box
        self._round = 0
        self.ids: list[str] = []

    def begin(self) -> None:
        """Connect both and let everything come into step."""
        token = {"credentials": {"accessToken": self.hubspot.credentials["private_app_token"]}}
        self._api("POST", "/api/crm/integrations", _contacts_of("hubspot") | token)
        made = self._api("POST", "/api/crm/integrations", _contacts_of("salesforce"))
        hub = runtime.hub()
        activate(hub, load_integration(hub, WORKSPACE, made["id"]), self._client_grant())
        self.stand.invoke("PlanSyncFunction", {"source": "aws.scheduler"})
        self.stand.settle(together=10)
        self.hubspot.control("webhooks", {"urls": [self.box.url]})
        self.ids = [row["id"] for row in self.hubspot.control("state?entity=contacts")["contacts"]]

    def edit(self, *, per_webhook: int, together: int) -> None:
        """Edit one field of every contact, and deliver everything that follows.

        Args:
            per_webhook: events in one call.
            together: messages that wait when a worker comes.
        """
        self.hubspot.control("webhooks", {"batch_size": per_webhook, "gather_s": 0.5})
        self._round += 1
        city = CITIES[self._round % len(CITIES)] + str(self._round)
        operations = [
            {"op": "update", "entity": "contacts", "id": each, "properties": {"city": city}} for each in self.ids
        ]
        self.box.calls.clear()
        self.hubspot.control("seed", {"notify": True, "operations": operations})
        for number, (headers, body) in enumerate(self._webhooks(), start=1):
            self._webhook(headers, body)
            if number % together == 0:
                self.stand.settle(together=together)
        self.stand.settle(together=together)
        self._check(city)

    def archive(self, *, together: int) -> int:
        """Let the expiry remove every line of history, many in a batch; returns how many lines there were."""
        lines = [item for item in self.stand.items("control") if "line" in item]
        for start in range(0, len(lines), together):
            self.stand.expire(lines[start : start + together])
        return len(lines)

    def _webhooks(self) -> list[tuple[dict[str, str], str]]:
        """Wait until HubSpot has told of every edit, and return its calls."""
        until = time.monotonic() + DELIVERED_WITHIN_S
        while time.monotonic() < until:
            calls = list(self.box.calls)
            if sum(len(json.loads(body)) for _, body in calls) >= len(self.ids):
                return calls
            time.sleep(0.05)
        raise RuntimeError("HubSpot did not send all of its webhooks")

    def _webhook(self, headers: dict[str, str], body: str) -> None:
        self.stand.counts.add("api", "webhooks", chunks(body) if len(body) > 512 * 1024 else 1)
        self.stand.counts.add("logs", "access log of the API", self.stand.template.access_line_bytes() / 1e9)
        event = self.stand.called("POST", DOOR, body, {**headers, "x-forwarded-proto": "http"})
        answer = self.stand.invoke("HubspotWebhookFunction", event)
        if answer["statusCode"] >= 300:
            raise RuntimeError(f"a webhook was refused: {answer}")

    def _check(self, city: str) -> None:
        rows = self.salesforce.control("state")["Contact"]
        right = [row for row in rows if row.get("MailingCity") == city]
        if len(right) != len(self.ids):
            raise RuntimeError(f"{len(right)} of {len(self.ids)} contacts came to Salesforce")

    def _api(self, method: str, path: str, body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        answer = self.stand.invoke("CrmApiFunction", self.stand.called(method, path, json.dumps(body)))
        if answer["statusCode"] >= 300:
            raise RuntimeError(f"{path}: {answer['body']}")
        return json.loads(answer["body"])

    def _client_grant(self) -> Grant:
        """Log in to Salesforce with the app's own credentials."""
        crm = self.salesforce
        form = {"grant_type": "client_credentials", **{n: crm.credentials[n] for n in ("client_id", "client_secret")}}
        answer = httpx.post(f"{crm.url}/services/oauth2/token", data=form, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        return Grant(
            "oauth", body["access_token"], base_url=body["instance_url"], account_id=crm.credentials["organization_id"]
        )


def _contacts_of(crm: str) -> dict[str, Any]:
    """Return what creates an integration in which contacts take part, and nothing else does."""
    rules = {each: {"enabled": each == "contact"} for each in declaration(crm).supports.entities}
    return {"name": crm, "provider": crm, "syncConfig": {"entities": rules}}

"""One account of a simulated CRM in this process, its rate limits on, and the way into it."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx

from bench.vendors.clock import SimulatedClock
from crmbridge import connectors
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.ports import AuthFlow
from sandbox import SandboxApp, Settings, create
from sandbox._webhook_post import Outgoing, Reply

BASE_URL = "http://sandbox.test"
REDIRECT = "http://127.0.0.1/auth/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-every-vendor-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")

DOMAINS = {
    "dynamics": "contoso.crm4.dynamics.com",
    "freshsales": "valeverde.myfreshworks.com",
    "kommo": "lagoasolar.kommo.com",
}
"""The account's own domain, where one is asked for before consent."""

MADE_BY_PEOPLE = {
    "freshsales": {"fields": [{"module": "contacts", "label": "CRM Bridge ID", "type": "text", "unique": True}]}
}
"""What somebody has to make in the CRM first, since its API cannot."""

LONG_S = 60.0
"""Seconds without a call after which a long window must have been used up."""

_INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]*)">')
_QUOTA_WORDS = (b"REQUEST_LIMIT_EXCEEDED", b"403 Forbidden", b"Cloudflare")


class Counting(httpx.BaseTransport):
    """Carries calls to the simulated CRM and counts them.

    Attributes:
        calls: API calls that were answered.
        refused: of those, the ones refused for a limit.
        last_s: when the last of them was made, on the simulated clock.
        on_pause: called with the present second when a call follows a long pause.
    """

    def __init__(self, app: SandboxApp, clock: SimulatedClock) -> None:
        self._inner = httpx.WSGITransport(app=app)
        self._clock = clock
        self.last_s = 0.0
        self.on_pause: Callable[[float], None] | None = None
        self.calls = 0
        self.refused = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one call."""
        response = self._inner.handle_request(request)
        path = request.url.path
        if path.startswith("/_sandbox") or "oauth" in path:
            return response
        self.calls += 1
        if self.on_pause is not None and self._clock.elapsed_s - self.last_s > LONG_S:
            self.on_pause(self._clock.elapsed_s)
        self.last_s = self._clock.elapsed_s
        if response.status_code == 429 or (response.status_code == 403 and _is_quota(response)):
            self.refused += 1
        return response


def _is_quota(response: httpx.Response) -> bool:
    return any(words in response.read() for words in _QUOTA_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A simulated CRM with one account of ours.

    Attributes:
        counting: carries and counts the calls.
    """

    crm: str
    app: SandboxApp
    counting: Counting

    @property
    def domain(self) -> str:
        """The account's own domain, empty where none is asked for."""
        return DOMAINS.get(self.crm, "")

    @property
    def secret(self) -> AppSecret:
        """Our application there."""
        return AppSecret(self.app.credentials["client_id"], self.app.credentials["client_secret"])

    def control(self, what: str, body: object = None) -> Any:  # noqa: ANN401 - JSON of any shape
        """Use the control surface; a body is posted, without one the thing is read."""
        with httpx.Client(transport=self.counting, base_url=BASE_URL) as http:
            answer = http.get(f"/_sandbox/{what}") if body is None else http.post(f"/_sandbox/{what}", json=body)
        answer.raise_for_status()
        return answer.json()

    def grant(self, clock: SimulatedClock) -> Grant:
        """Connect: by consent where the CRM has it, else by the user's own key."""
        with httpx.Client(transport=self.counting, follow_redirects=False) as http:
            flow = cast("AuthFlow", connectors.part(self.crm, "auth").build(http, BASE_URL))
            if "oauth" not in connectors.declaration(self.crm).supports.auth:
                key = self.app.credentials["api_key"]
                return flow.adopt(key, environment="production", base_url=BASE_URL, now=clock.now(), domain=self.domain)
            told = self._consent(flow, http)
            return flow.exchange(
                self.secret,
                environment="production",
                code=told["code"],
                redirect_uri=REDIRECT,
                verifier=VERIFIER,
                now=clock.now(),
                domain=self.domain,
                told=told,
            )

    def _consent(self, flow: AuthFlow, http: httpx.Client) -> dict[str, str]:
        """Agree on the consent page; returns what the way back to us says."""
        url = flow.authorize_url(
            self.secret,
            environment="production",
            redirect_uri=REDIRECT,
            state="s-1",
            challenge=CHALLENGE,
            domain=self.domain,
        )
        page = http.get(url).text
        action = _ACTION.search(page)
        if action is None:
            raise RuntimeError(f"{self.crm} shows no consent page")
        fields = {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(page)}
        target = httpx.URL(BASE_URL).join(html.unescape(action.group(1)))
        back = http.post(target, data={**fields, "decision": "grant"})
        return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}


def open_account(crm: str, clock: SimulatedClock) -> Account:
    """Open a fresh account whose limits follow the clock; nothing is told to anybody by webhook."""

    def post(call: Outgoing, timeout_s: float) -> Reply:
        del call, timeout_s
        return Reply(status=200, body=b"")

    app = create(crm, Settings(base_url=BASE_URL, background=False, real=clock.now, post=post))
    account = Account(crm=crm, app=app, counting=Counting(app, clock))
    if crm in MADE_BY_PEOPLE:
        account.control("seed", MADE_BY_PEOPLE[crm])
    return account

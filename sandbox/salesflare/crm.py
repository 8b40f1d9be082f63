"""The simulated Salesflare as the shared wrapper sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing
from sandbox.salesflare.calls import Call
from sandbox.salesflare.errors import VendorError, body_of, not_found, refusal
from sandbox.salesflare.options import Gate, Options
from sandbox.salesflare.routes import ROUTES
from sandbox.salesflare.seeding import seed_team
from sandbox.salesflare.team import Team

JsonObject = dict[str, Any]

API_KEY = "sandbox-salesflare-key-5c1f09d2"
"""The one key; made in the settings screen, so there is no call that makes another."""

_MAP = Map([Rule(path, methods=[method], endpoint=(method, path)) for method, path in ROUTES], strict_slashes=True)


class SimulatedSalesflare:
    """One Salesflare team with one API key; see ``SimulatedCrm`` for the methods."""

    name = "salesflare"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh team."""
        self._settings = settings
        self.clock = Clock(settings.real)
        rules = DeliveryRules(retry_delays_s=())
        self.deliveries = WebhookDelivery(rules, clock=self.clock, settings=settings, render=_nothing)
        self._open()
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/options"): lambda _: self._change_options({}),
            ("POST", "/_sandbox/options"): self._change_options,
        }

    def _change_options(self, body: JsonObject) -> JsonObject:
        return self._team.options.change(body)

    def _open(self) -> None:
        self._team = Team(self._settings, self.clock, Options())
        self._gate = Gate(self.clock, self._team.options)

    def credentials(self) -> JsonObject:
        """Return the API key; Salesflare knows no applications, so client id and secret are empty."""
        return {"api_key": API_KEY, "team_id": "40251", "client_id": "", "client_secret": ""}

    def answer(self, request: Request) -> Response:
        """Answer a vendor call."""
        try:
            self._check_key(request)
            self._gate.take()
            return self._answer(request)
        except VendorError as refused:
            response = _json(refused.body, refused.status)
            if refused.status == 429 and self._team.options.retry_after:
                response.headers["Retry-After"] = str(self._gate.wait_s())
            return response

    def _check_key(self, request: Request) -> None:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if not key:
            raise refusal(401, "Missing authentication")
        if kind.lower() != "bearer" or key != API_KEY or self._team.revoked:
            raise refusal(401, "Bad token")

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, params = _MAP.bind_to_environ(request.environ).match()
        except HTTPException:
            raise not_found() from None
        call = Call(request, self._team, {str(key): str(value) for key, value in params.items()})
        return _json(ROUTES[endpoint](call))

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        try:
            endpoint, _ = _MAP.bind_to_environ(request.environ).match()
        except HTTPException:
            return "(unknown)"
        return str(endpoint[1]).replace("<", "{").replace(">", "}")

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        del request
        return _json(body_of(status), status)

    def state(self) -> JsonObject:
        """Return everything stored; rows that are gone say so."""
        team = self._team
        fields = {f"customfields/{name}": list(rows.values()) for name, rows in team.custom_fields.items()}
        tables = {name: list(rows.values()) for name, rows in team.tables.items()}
        return {**tables, **fields, "users": list(team.users.values()), "pipelines": team.pipelines}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return stored rows, some by id or all."""
        table = self._team.tables.get(entity)
        if table is None:
            return None
        return [row for row_id, row in table.items() if not ids or str(row_id) in ids]

    def reset(self) -> None:
        """Open a fresh team."""
        self._open()

    def seed(self, body: JsonObject) -> JsonObject:
        """Act as a person; see ``seeding.py``."""
        return seed_team(self._team, body)

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Delete the key (``revoke``); keys do not expire, so ``expire`` does nothing."""
        del body
        if action not in ("expire", "revoke"):
            message = f"unknown action {action!r}; known: expire, revoke"
            raise ValueError(message)
        self._team.revoked = self._team.revoked or action == "revoke"
        return {"expired": 0} if action == "expire" else {"revoked": 1}

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Take note of nothing: Salesflare has no webhooks."""

    def parts(self) -> Mapping[str, object]:
        """Return what holds the team's state."""
        return {"team": self._team, "options": self._team.options, "gate": self._gate}

    def surroundings(self) -> Mapping[str, object]:
        """Return what a team refers to and does not hold."""
        return {"settings": self._settings, "clock": self.clock}

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return no way out that is ever used: Salesflare has no webhooks."""
        return {"webhooks": self.deliveries}


def _json(body: object, status: int = 200) -> Response:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _nothing(target: str, events: Sequence[Event], attempt: int) -> Outgoing:
    """Refuse to render a call.

    Raises:
        ValueError: always: Salesflare has no webhooks.
    """
    message = f"Salesflare has no webhooks: {len(events)} events for {target}, attempt {attempt}"
    raise ValueError(message)

"""The simulated Zoho CRM as the shared wrapper sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, cast

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object, annotate_records, annotate_unchanged
from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing
from sandbox.zoho.account import API_USER, ZGID, credentials
from sandbox.zoho.calls import Call, call_of
from sandbox.zoho.credits import Credits
from sandbox.zoho.errors import ZohoError, fault, json_answer, not_served
from sandbox.zoho.oauth import AccountsServer
from sandbox.zoho.org import Org
from sandbox.zoho.people import PeopleAtWork
from sandbox.zoho.reading import Reader
from sandbox.zoho.routes import Routes
from sandbox.zoho.scopes import check_scope
from sandbox.zoho.times import shown
from sandbox.zoho.tokens import TokenBook
from sandbox.zoho.watching import ChannelBook
from sandbox.zoho.writing import Writer

JsonObject = dict[str, Any]
_VERSIONS = ("v7", "v8")
_SCHEME = "Zoho-oauthtoken "
_HANDS_ON = [f"{name}.all" for name in ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls")]


class SimulatedZoho:
    """One organisation with one app; see ``SimulatedCrm`` for the methods."""

    name = "zoho"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh organisation."""
        self._settings = settings
        self.clock = Clock(settings.real)
        rules = DeliveryRules(retry_delays_s=(), batch_size=1)
        self.deliveries = WebhookDelivery(rules, clock=self.clock, settings=settings, render=_rendered)
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/options"): lambda _: self.org.options.change({}),
            ("POST", "/_sandbox/options"): self._change_options,
            ("GET", "/_sandbox/credits"): lambda _: self._credits.as_json(self.org.options),
            ("POST", "/_sandbox/channels"): self._end_channels,
            ("GET", "/_sandbox/channels"): lambda _: {"watch": self._channels.list(None, None, API_USER.time_zone)},
        }
        self.reset()

    def credentials(self) -> JsonObject:
        """Return what a client needs to connect; constant over resets."""
        return credentials(self._settings.base_url)

    def answer(self, request: Request) -> Response:
        """Answer a vendor call; every failure is the vendor's own error."""
        if request.path.startswith("/oauth/v2/"):
            response = self._accounts.answer(request)
        else:
            try:
                response = self._api(request)
            except ZohoError as error:
                response = json_answer(error.as_json(), error.status)
        response.headers["Date"] = http_date(self.clock.now())
        return response

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        parts = _parts(request.path)
        if not parts:
            return request.path if request.path.startswith("/oauth/v2/") else "(unknown)"
        return "/crm/v8/" + "/".join("{id}" if each.isdigit() else each for each in parts)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's error for an injected status."""
        if request.path.startswith("/oauth/v2/"):
            code = {400: "invalid_code", 401: "invalid_client", 429: "Access Denied"}.get(status, "general_error")
            return json_answer({"error": code, "status": "failure"}, status)
        return json_answer(fault(status).as_json(), status)

    def state(self) -> JsonObject:
        """Return the whole organisation, with the app's channels."""
        return {**self.org.as_json(), "channels": self._channels.list(None, None, API_USER.time_zone)}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return live records of a module, some by id or all."""
        return self.org.rows(entity, ids) if entity in self.org.tables else None

    def reset(self) -> None:
        """Open a fresh organisation; tokens given out before are unknown to it."""
        self.org = Org(self.clock)
        self._tokens = TokenBook(self.clock, Random(self._settings.random_seed))
        self._credits = Credits(self.clock)
        self._channels = ChannelBook(self.clock, {name: each.module for name, each in self.org.tables.items()})
        self._reader = Reader(self.org)
        writer = Writer(self.org, self._tell)
        self._routes = Routes(self.org, writer, self._reader, self._channels)
        self._people = PeopleAtWork(self.org, writer)
        self._accounts = AccountsServer(self._tokens, lambda: self.org.options, self._settings.base_url)
        self.set_webhook_urls(self._settings.webhook_urls)

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records, or act as a person; see ``people.py`` for the body.

        Raises:
            ValueError: the body is not what is described there, or the organisation refuses.
        """
        unknown = set(body) - {"records", "actions", "notify"}
        if unknown:
            message = f"unknown keys in seed: {sorted(unknown)}"
            raise ValueError(message)
        self._quiet = not body.get("notify", False)
        try:
            ids = self._people.store(body.get("records") or {})
            self._quiet = False
            done = [self._people.act(each) for each in cast("list[JsonObject]", body.get("actions") or [])]
        except ZohoError as refusal:
            message = f"{refusal.code}: {refusal.message}"
            raise ValueError(message) from refusal
        finally:
            self._quiet = False
        return {"ids": ids, "actions": done}

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:  # noqa: ARG002  (the protocol's)
        """Let access tokens expire, or withdraw everything.

        Raises:
            ValueError: unknown action.
        """
        if action == "expire":
            return {"expired": self._tokens.expire()}
        if action == "revoke":
            return {"revoked": self._tokens.revoke_all()}
        message = f"unknown action {action!r}; known: expire, revoke"
        raise ValueError(message)

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Open a channel for a day to each URL, beside those the app has made itself."""
        day = shown(self.org.now_s() + 86_400, "UTC")
        rows = [
            {
                "channel_id": str(9000 + place),
                "events": _HANDS_ON,
                "notify_url": url,
                "token": ZGID,
                "channel_expiry": day,
            }
            for place, url in enumerate(urls)
        ]
        self._channels.channels = {key: each for key, each in self._channels.channels.items() if len(key) != 4}
        self._channels.enable(rows)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the organisation's state."""
        return {
            "org": self.org,
            "tokens": self._tokens,
            "credits": self._credits,
            "channels": self._channels,
            "reader": self._reader,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what the organisation refers to and does not hold."""
        return {"clock": self.clock}

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: notifications."""
        return {"notifications": self.deliveries}

    _quiet = False

    def _end_channels(self, body: JsonObject) -> JsonObject:
        """End every channel (``{"end": true}``), as when the person who made them has left."""
        count = len(self._channels.live()) if body.get("end") else 0
        if body.get("end"):
            self._channels.channels.clear()
        return {"ended": count}

    def _change_options(self, body: JsonObject) -> JsonObject:
        return self.org.options.change(body)

    def _tell(self, module: str, kind: str, ids: list[str], values: dict[str, JsonObject]) -> None:
        if self._quiet:
            return
        for target, body in self._channels.calls(module, kind, ids, values):
            self.deliveries.publish(target, [body])

    def _api(self, request: Request) -> Response:
        parts = _parts(request.path)
        if not parts:
            raise not_served()
        header = request.headers.get("Authorization", "")
        access = self._tokens.find(header.removeprefix(_SCHEME)) if header.startswith(_SCHEME) else None
        if access is None:
            raise ZohoError(code="INVALID_TOKEN", message="invalid oauth token", status=401)
        check_scope(access.scopes, request.method, parts)
        call = call_of(request, parts)
        headers = self._credits.spend(_cost(call), self.org.options)
        answer = self._routes.answer(call)
        annotate_records(request, answer.records)
        annotate_object(request, answer.object)
        annotate_unchanged(request, answer.unchanged)
        if answer.body is None:
            response = Response(status=204 if answer.status == 200 else answer.status)
            del response.headers["Content-Type"]
        else:
            response = json_answer(answer.body, answer.status)
        response.headers.update(headers)
        response.headers["x-accesstoken-reset"] = shown(access.expires_s, API_USER.time_zone)
        return response


def _parts(path: str) -> tuple[str, ...]:
    head, _, rest = path.removeprefix("/crm/").partition("/")
    parts = tuple(each for each in rest.split("/") if each)
    return parts if path.startswith("/crm/") and head in _VERSIONS else ()


def _cost(call: Call) -> int:
    rows = call.body.get("data")
    writes = call.method in ("POST", "PUT") and isinstance(rows, list)
    return max(1, -(-len(cast("list[object]", rows)) // 10)) if writes else 1


def _rendered(target: str, events: Sequence[Event], attempt: int) -> Outgoing:
    """Build one call: nothing is signed, and it is tried once."""
    del attempt
    body = json.dumps(events[0], separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "ZohoCRM"}
    return Outgoing(url=target, headers=headers, body=body)

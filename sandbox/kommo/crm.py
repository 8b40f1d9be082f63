"""The simulated Kommo as the shared wrapper sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.kommo.http.answering import Answering
from sandbox.kommo.http.routes import template
from sandbox.kommo.portal import Portal
from sandbox.kommo.records import TABLES
from sandbox.kommo.seeding import seed_portal
from sandbox.kommo.setup import credentials, host_of
from sandbox.kommo.tokens import long_lived_token

JsonObject = dict[str, Any]


class SimulatedKommo:
    """One Kommo account with one private integration; see ``SimulatedCrm`` for the methods."""

    name = "kommo"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh account."""
        self._settings = settings
        self.clock = Clock(settings.real)
        self._portal = Portal(settings, clock=self.clock)
        self.deliveries: WebhookDelivery = self._portal.deliveries
        self._answering = Answering(self._portal)
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/limits"): lambda _: self._change_limits({}),
            ("POST", "/_sandbox/limits"): self._change_limits,
            ("GET", "/_sandbox/options"): lambda _: self._change_options({}),
            ("POST", "/_sandbox/options"): self._change_options,
            ("POST", "/_sandbox/switch_off"): lambda _: self._switch_off(),
        }

    def credentials(self) -> JsonObject:
        """Return client id and secret, the account, and the long-lived token."""
        base_url = self._settings.base_url
        return credentials(base_url, long_lived_token(host_of(base_url)))

    def answer(self, request: Request) -> Response:
        """Answer a vendor call."""
        return self._answering.answer(request)

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        return template(request)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        del request
        return self._answering.error_answer(status)

    def state(self) -> JsonObject:
        """Return the whole account, with the webhooks that are subscribed."""
        return self._portal.account.as_json() | {"webhooks": list(self._portal.hooks.hooks.values())}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return records of one table, some by id or all."""
        account = self._portal.account
        if entity not in TABLES:
            return None
        table = account.tables[entity]
        if not ids:
            return list(table.values())
        return [table[int(each)] for each in ids if each.isdigit() and int(each) in table]

    def reset(self) -> None:
        """Open a fresh account; tokens given out before are unknown to it."""
        self._portal = Portal(self._settings, clock=self.clock, deliveries=self._portal.deliveries)
        self._answering = Answering(self._portal)

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records or act as a person; see ``seeding.py``."""
        return seed_portal(self._portal, body)

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Expire access tokens, or revoke all (``long_lived`` revokes that one too)."""
        tokens = self._portal.tokens
        if action == "expire":
            return {"expired": tokens.expire()}
        if action == "revoke":
            return {"revoked": tokens.revoke(long_lived=bool(body.get("long_lived")))}
        message = f"unknown action {action!r}; known: expire, revoke"
        raise ValueError(message)

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Subscribe ``urls``, and no others, to everything."""
        self._portal.set_targets(urls)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the account's state."""
        portal = self._portal
        return {
            "account": portal.account,
            "tokens": portal.tokens,
            "gate": portal.gate,
            "hooks": portal.hooks,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what an account refers to and does not hold."""
        return {"settings": self._settings, "clock": self.clock}

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: webhooks."""
        return {"webhooks": self.deliveries}

    def _change_limits(self, body: JsonObject) -> JsonObject:
        """Set rate limits of the present account; see ``limits.RateLimits``."""
        return self._portal.gate.limits.change(body)

    def _change_options(self, body: JsonObject) -> JsonObject:
        """Set options of the present account; see ``options.Options``."""
        return self._portal.account.options.change(body)

    def _switch_off(self) -> JsonObject:
        """Switch every subscription off, as a hundred bad answers do."""
        for each in self._portal.hooks.hooks.values():
            each["disabled"] = True
        return {"disabled": len(self._portal.hooks.hooks)}

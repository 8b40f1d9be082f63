"""The simulated HubSpot as the shared wrapper sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.hubspot.account import credentials
from sandbox.hubspot.errors import VendorError
from sandbox.hubspot.http.answering import Answering
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.seeding import seed_portal

JsonObject = dict[str, Any]


class SimulatedHubSpot:
    """One HubSpot account with one app; see ``SimulatedCrm`` for the methods."""

    name = "hubspot"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh account."""
        self._settings = settings
        self.clock = Clock(settings.real)
        self._portal = Portal(settings, clock=self.clock)
        self.deliveries = self._portal.deliveries
        self._answering = Answering(self._portal)
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/limits"): lambda _: self._change_limits({}),
            ("POST", "/_sandbox/limits"): self._change_limits,
            ("GET", "/_sandbox/options"): lambda _: self._change_options({}),
            ("POST", "/_sandbox/options"): self._change_options,
            ("POST", "/_sandbox/subscriptions"): self._subscribe,
        }

    def credentials(self) -> JsonObject:
        """Return client id and secret, the private app's token and the developer key."""
        return credentials(self._settings.base_url)

    def answer(self, request: Request) -> Response:
        """Answer a vendor call."""
        return self._answering.answer(request)

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        return self._answering.template(request)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        return self._answering.error_answer(status, request)

    def state(self) -> JsonObject:
        """Return the whole account, with the app's subscriptions and whether it is installed."""
        app = {
            "installed": self._portal.tokens.installed,
            "targetUrls": list(self._portal.subscriptions.target_urls),
            "subscriptions": [item.as_json() for item in self._portal.subscriptions.items.values()],
            "eventsPublished": self._portal.published,
        }
        return self._portal.state.as_json() | {"app": app}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return records of an object type, archived ones included, some by id or all."""
        state = self._portal.state
        return state.rows(entity, ids) if entity in state.tables else None

    def reset(self) -> None:
        """Open a fresh account; tokens given out before are unknown to it."""
        self._portal = Portal(self._settings, clock=self.clock, deliveries=self.deliveries)
        self._answering = Answering(self._portal)

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records or act as a person; see ``seeding.py``."""
        try:
            return seed_portal(self._portal, body)
        except VendorError as refusal:
            raise ValueError(str(refusal.body.get("message"))) from refusal

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Expire access tokens, or revoke all (``private_app`` revokes the static one too)."""
        tokens = self._portal.tokens
        if action == "expire":
            return {"expired": tokens.expire()}
        if action == "revoke":
            return {"revoked": tokens.revoke(private_app=bool(body.get("private_app")))}
        message = f"unknown action {action!r}; known: expire, revoke"
        raise ValueError(message)

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Send webhooks to ``urls``; an app without subscriptions gets the usual ones."""
        self._portal.set_targets(urls)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the account's state."""
        portal = self._portal
        return {
            "portal": portal,
            "state": portal.state,
            "tokens": portal.tokens,
            "gate": portal.gate,
            "subscriptions": portal.subscriptions,
            "events": portal.events,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what an account refers to and does not hold."""
        portal = self._portal
        return {
            "settings": self._settings,
            "clock": self.clock,
            "deliveries": self.deliveries,
            "writer": portal.writer,
        }

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: webhooks."""
        return {"webhooks": self.deliveries}

    def _change_limits(self, body: JsonObject) -> JsonObject:
        """Set rate limits of the present account; see ``limits.RateLimits``."""
        return self._portal.gate.limits.change(body)

    def _change_options(self, body: JsonObject) -> JsonObject:
        """Set options of the present account; see ``options.Options``."""
        return self._portal.state.options.change(body)

    def _subscribe(self, body: JsonObject) -> JsonObject:
        """Add active subscriptions without the API: ``{"add": [{"eventType", "propertyName"}]}``."""
        book = self._portal.subscriptions
        try:
            added = [
                book.add(
                    str(item["eventType"]),
                    now_ms=self.clock.now_ms(),
                    property_name=item.get("propertyName"),
                    object_type_id=item.get("objectTypeId"),
                    active=bool(item.get("active", True)),
                ).as_json()
                for item in body["add"]
            ]
        except VendorError as refusal:
            raise ValueError(str(refusal.body.get("message"))) from refusal
        return {"added": added}

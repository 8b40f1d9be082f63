"""The simulated Freshsales as the shared wrapper sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.freshsales.account import API_KEY, shown
from sandbox.freshsales.errors import VendorError
from sandbox.freshsales.http.answering import Answering
from sandbox.freshsales.modules import BY_PLURAL
from sandbox.freshsales.office import Office
from sandbox.freshsales.places import PLACES
from sandbox.freshsales.seeding import seed_office
from sandbox.freshsales.showing_activities import render_activity
from sandbox.freshsales.workflows import workflow_of

JsonObject = dict[str, Any]


class SimulatedFreshsales:
    """One Freshsales account with one user's API key; see ``SimulatedCrm`` for the methods."""

    name = "freshsales"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh account."""
        self._settings = settings
        self.clock = Clock(settings.real)
        self._office = Office(settings, clock=self.clock)
        self.deliveries = self._office.deliveries
        self._answering = Answering(self._office)
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/limits"): lambda _: self._change_limits({}),
            ("POST", "/_sandbox/limits"): self._change_limits,
            ("GET", "/_sandbox/options"): lambda _: self._change_options({}),
            ("POST", "/_sandbox/options"): self._change_options,
            ("POST", "/_sandbox/workflows"): self._design,
        }

    def credentials(self) -> JsonObject:
        """Return the API key and the account's own host; the client id and secret sign nothing here."""
        return {"api_key": API_KEY, "domain": self._office.host, "client_id": "", "client_secret": ""}

    def answer(self, request: Request) -> Response:
        """Answer a vendor call, with the time of this account's clock."""
        response = self._answering.answer(request)
        response.headers["Date"] = http_date(self.clock.now())
        return response

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        return self._answering.template(request)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        return self._answering.error_answer(status, request)

    def state(self) -> JsonObject:
        """Return the whole account."""
        account = self._office.account
        return {
            **{plural: account.rows(plural, ()) for plural in BY_PLURAL},
            **{plural: self._activity_rows(plural, ()) for plural in PLACES},
            **account.selectors.lists,
            "fields": {name: [each.as_json(0) for each in own.values()] for name, own in account.custom.items()},
            "workflows": [each.as_json() for each in self._office.workflows],
        }

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return records or activities, some by id or all."""
        if entity in BY_PLURAL:
            table = self._office.account.tables[entity]
            if not ids:
                return self._office.account.rows(entity, ())
            known = [int(each) for each in ids if each.isdigit() and int(each) in table]
            return [shown(BY_PLURAL[entity], table[each]) for each in known]
        return self._activity_rows(entity, ids) if entity in PLACES else None

    def reset(self) -> None:
        """Open a fresh account."""
        self._office = Office(self._settings, clock=self.clock, deliveries=self.deliveries)
        self._answering = Answering(self._office)

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records or act as a person; see ``seeding.py``."""
        try:
            return seed_office(self._office, body)
        except VendorError as refusal:
            raise ValueError("; ".join(refusal.messages)) from refusal

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Regenerate the key (``revoke``), so that the one given out works no more; keys do not expire.

        Raises:
            ValueError: another action.
        """
        del body
        if action != "revoke":
            message = f"a key cannot {action}; known: revoke"
            raise ValueError(message)
        self._office.account.key_works = False
        return {"revoked": True}

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Have an admin make the usual workflows for ``urls``."""
        self._office.set_urls(urls)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the account's state."""
        office = self._office
        return {
            "office": office,
            "account": office.account,
            "activities": office.activities,
            "upserter": office.upserter,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what an account refers to and does not hold."""
        office = self._office
        return {
            "settings": self._settings,
            "clock": self.clock,
            "deliveries": self.deliveries,
            "writer": office.writer,
        }

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: webhooks."""
        return {"webhooks": self.deliveries}

    def _activity_rows(self, plural: str, ids: Sequence[str]) -> list[JsonObject]:
        rows = self._office.activities.tables[plural].values()
        return [
            render_activity(PLACES[plural], each, include=frozenset({"targetable"}))
            for each in rows
            if not ids or str(each.activity_id) in ids
        ]

    def _change_limits(self, body: JsonObject) -> JsonObject:
        """Set the present account's allowance; see ``limits.RateLimits``."""
        return self._office.account.gate.limits.change(body)

    def _change_options(self, body: JsonObject) -> JsonObject:
        """Set options of the present account; see ``options.Options``."""
        return self._office.account.options.change(body)

    def _design(self, body: JsonObject) -> JsonObject:
        """Add workflows an admin designs: ``{"add": [{"module", "url", "content", ...}]}``."""
        added = [workflow_of(each) for each in body["add"]]
        self._office.workflows += added
        return {"added": [each.as_json() for each in added]}

"""The simulated Pipedrive as the shared wrapper sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.pipedrive.account import credentials
from sandbox.pipedrive.company import TABLES, Options
from sandbox.pipedrive.errors import VendorError
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.http.answering import Answering
from sandbox.pipedrive.portal import Portal
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.seeding import seed_company
from sandbox.pipedrive.telling import Telling

JsonObject = dict[str, Any]


class SimulatedPipedrive:
    """One company with one app; see ``SimulatedCrm`` for the methods."""

    name = "pipedrive"

    def __init__(self, settings: Settings) -> None:
        """Open a fresh company."""
        self._settings = settings
        self.clock = Clock(settings.real)
        self._telling = Telling(self.clock, settings)
        self.deliveries = self._telling.deliveries
        self._open(Options())
        self._portal.set_targets(settings.webhook_urls)
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/limits"): lambda _: self._change_limits({}),
            ("POST", "/_sandbox/limits"): self._change_limits,
            ("GET", "/_sandbox/options"): lambda _: asdict(self._portal.company.options),
            ("POST", "/_sandbox/options"): self._change_options,
            ("GET", "/_sandbox/hooks"): lambda _: self._change_hooks({}),
            ("POST", "/_sandbox/hooks"): self._change_hooks,
        }

    def credentials(self) -> JsonObject:
        """Return the app's id and secret, the admin's API token, and which company it is."""
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
        """Return the whole company, deleted records included."""
        company = self._portal.company
        return {
            **{name: [self._row(name, each) for each in company.tables[name].rows.values()] for name in TABLES},
            "users": list(company.users.values()),
            "fields": {
                name: [each.as_json() for each in book.custom().values()] for name, book in company.fields.items()
            },
            "lead_labels": list(company.lead_labels.values()),
            "participants": {str(key): sorted(each.rows.values()) for key, each in company.participants.items()},
        }

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return records of one object, some by id or all."""
        table = self._portal.company.tables.get(entity)
        if table is None:
            return None
        wanted = set(ids)
        return [self._row(entity, each) for each in table.rows.values() if not ids or str(each.record_id) in wanted]

    def reset(self) -> None:
        """Open a fresh company; tokens given out before are unknown to it."""
        self._open(Options())

    def seed(self, body: JsonObject) -> JsonObject:
        """Store records or act as a person; see ``seeding.py``."""
        try:
            return seed_company(self._portal, body)
        except VendorError as refusal:
            raise ValueError(refusal.words) from refusal

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:
        """Expire access tokens, or revoke all (``api_token`` revokes the admin's own too)."""
        if action == "expire":
            return {"expired": self._portal.tokens.expire()}
        if action == "revoke":
            return {"revoked": self._portal.tokens.revoke(api_token=bool(body.get("api_token", True)))}
        message = f"unknown action {action!r}; known: expire, revoke"
        raise ValueError(message)

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Tell everything to ``urls``; webhooks made through the API stay."""
        self._portal.set_targets(urls)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the company's state."""
        portal = self._portal
        return {
            "portal": portal,
            "company": portal.company,
            "tokens": portal.tokens,
            "gate": portal.gate,
            "hooks": portal.hooks,
            "telling": self._telling,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what a company refers to and does not hold."""
        return {
            "settings": self._settings,
            "post": self._settings.post,
            "clock": self.clock,
            "deliveries": self.deliveries,
            "writer": self._portal.writer,
        }

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: webhooks."""
        return {"webhooks": self.deliveries}

    def _open(self, options: Options) -> None:
        self._portal = Portal(self._settings, self.clock, self._telling, options)
        self._answering = Answering(self._portal)

    def _row(self, name: str, record: Record) -> JsonObject:
        return hook_row(self._portal.company, name, record) | {"is_deleted": record.deleted_ms is not None}

    def _change_limits(self, body: JsonObject) -> JsonObject:
        """Set rate limits of the present company; see ``limits.RateLimits``."""
        return self._portal.gate.limits.change(body)

    def _change_options(self, body: JsonObject) -> JsonObject:
        """Set the company's options by their names."""
        held = asdict(self._portal.company.options)
        if set(body) - set(held):
            message = f"unknown options {sorted(set(body) - set(held))}; known: {sorted(held)}"
            raise ValueError(message)
        fresh = Options(**{**held, **body})
        self._portal.company.options = fresh
        self._portal.company.set_contact_sync(on=fresh.contact_sync)
        return asdict(fresh)

    def _change_hooks(self, body: JsonObject) -> JsonObject:
        """Show all webhooks; with ``{"ban": true}`` ban those made through the API, as ten failures would."""
        hooks = self._portal.hooks
        if body.get("ban"):
            hooks.ban()
        return {"hooks": [hooks.row(each) for each in hooks.live()]}

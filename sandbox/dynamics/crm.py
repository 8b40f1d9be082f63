"""The simulated Dynamics 365 as the shared wrapper sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox._clock import Clock
from sandbox._crm import Control
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing
from sandbox.dynamics.account import credentials, furnish
from sandbox.dynamics.hook_posts import is_final, rendered
from sandbox.dynamics.hooks import Hooks
from sandbox.dynamics.http.dispatch import template_of
from sandbox.dynamics.http.entra import PATH, Entra
from sandbox.dynamics.http.service import PREFIX, Service, fault_answer
from sandbox.dynamics.org import Change, Org, Row
from sandbox.dynamics.protection import Protection
from sandbox.dynamics.seeding import seed
from sandbox.dynamics.switches import Switches
from sandbox.dynamics.tokens import Tokens

JsonObject = dict[str, Any]
_TIMEOUT_S = 60.0


class SimulatedDynamics:
    """One organization; see ``SimulatedCrm`` for the methods."""

    name = "dynamics"

    def __init__(self, settings: Settings) -> None:
        """Open a new organization."""
        self._settings = settings
        self.clock = Clock(settings.real)
        self._org = Org(self.clock, seed=settings.random_seed)
        self._tokens = Tokens(self.clock, seed=settings.random_seed)
        self._switches = Switches()
        self._protection = Protection(self._switches)
        self._hooks = Hooks(self._org)
        self._entra = Entra(self._tokens, base_url=settings.base_url)
        self._service = Service(
            self._org, self._tokens, self._switches, self._protection, clock=self.clock, base_url=settings.base_url
        )
        rules = DeliveryRules(retry_delays_s=(30.0,), timeout_s=_TIMEOUT_S, batch_size=1)
        self.deliveries = WebhookDelivery(
            rules, clock=self.clock, settings=settings, render=self._call, accepts=is_final
        )
        self.controls: Mapping[tuple[str, str], Control] = {
            ("GET", "/_sandbox/settings"): lambda _: self._switches.change({}),
            ("POST", "/_sandbox/settings"): self._switches.change,
        }
        self._open()

    def credentials(self) -> JsonObject:
        """Return the application, the organization's host and the sign-in addresses."""
        return credentials(self._settings.base_url)

    def answer(self, request: Request) -> Response:
        """Answer a vendor call."""
        response = self._entra.answer(request) if PATH.fullmatch(request.path) else self._service.answer(request)
        self._tell(self._org.commit())
        response.headers["Date"] = http_date(self.clock.now())
        return response

    def endpoint_of(self, request: Request) -> str:
        """Return the template of the path called."""
        found = PATH.fullmatch(request.path)
        if found:
            return f"/{{tenant}}/oauth2/v2.0/{found['what']}"
        return template_of(request.path) if request.path.startswith(PREFIX) else "(unknown)"

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        return fault_answer(status, is_sign_in=bool(PATH.fullmatch(request.path)))

    def state(self) -> JsonObject:
        """Return every row by table."""
        return {table.set_name: self._shown(name) for name, table in self._org.tables.items()}

    def rows(self, entity: str, ids: Sequence[str]) -> list[JsonObject] | None:
        """Return rows of a table, some by id or all."""
        name = next((each.name for each in self._org.tables.values() if each.set_name == entity), None)
        if name is None:
            return None
        held = self._org.rows[name]
        return [_plain(held[each]) for each in ids if each in held] if ids else self._shown(name)

    def reset(self) -> None:
        """Open a new organization; tokens given out before are unknown to it."""
        self._org.clear()
        self._tokens.clear()
        self._protection.clear()
        self._switches.change(Switches().change({}))
        self._open()

    def seed(self, body: JsonObject) -> JsonObject:
        """Store rows or act as a person; see ``seeding.py``."""
        answer, changes = seed(self._org, body)
        self._tell(changes)
        return answer

    def change_tokens(self, action: str, body: JsonObject) -> JsonObject:  # noqa: ARG002 - the protocol's
        """End access tokens (``expire``) or everything given out (``revoke``).

        Raises:
            ValueError: unknown action.
        """
        if action == "expire":
            return {"expired": self._tokens.expire_all()}
        if action == "revoke":
            return {"revoked": self._tokens.revoke_all()}
        raise ValueError(f"unknown action {action!r}; known: expire, revoke")

    def set_webhook_urls(self, urls: tuple[str, ...]) -> None:
        """Register endpoints by hand, in place of those registered so before."""
        self._hooks.register_by_hand(urls)

    def parts(self) -> Mapping[str, object]:
        """Return what holds the organization's state."""
        return {
            "org": self._org,
            "tokens": self._tokens,
            "protection": self._protection,
        }

    def surroundings(self) -> Mapping[str, object]:
        """Return what an organization refers to and does not hold."""
        return {"clock": self.clock, "switches": self._switches}

    def ways_out(self) -> Mapping[str, WebhookDelivery]:
        """Return the one way out: webhooks."""
        return {"webhooks": self.deliveries}

    def _open(self) -> None:
        furnish(self._org)
        self.set_webhook_urls(self._settings.webhook_urls)

    def _tell(self, changes: Sequence[Change]) -> None:
        for endpoint_id, event in self._hooks.told(changes):
            self.deliveries.publish(endpoint_id, [event])

    def _call(self, _target: str, events: Sequence[Event], _attempt: int) -> Outgoing:
        return rendered(events[0])

    def _shown(self, table: str) -> list[JsonObject]:
        return [_plain(row) for row in self._org.rows[table].values()]


def _plain(row: Row) -> JsonObject:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}  # pyright: ignore[reportUnknownArgumentType]

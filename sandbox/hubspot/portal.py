"""One account with its app: everything the HTTP layer works on."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from sandbox._clock import Clock, to_ms
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing
from sandbox.hubspot.account import CLIENT_SECRET
from sandbox.hubspot.compact import compact_json
from sandbox.hubspot.events import EventFactory
from sandbox.hubspot.limits import RateGate
from sandbox.hubspot.signing import signature_headers
from sandbox.hubspot.state import AccountState
from sandbox.hubspot.subscriptions import SubscriptionBook
from sandbox.hubspot.tokens import TokenBook
from sandbox.hubspot.writing import RecordWriter

RETRY_DELAYS_S = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 14400.0, 18000.0, 25200.0)
"""Ten retries within 24 hours; each is randomised, as the vendor's are."""


class Portal:
    """The simulated account, its app's tokens, limits and webhooks."""

    def __init__(self, settings: Settings, *, clock: Clock, deliveries: WebhookDelivery | None = None) -> None:
        """Open a fresh account; ``deliveries`` are kept when an account is reset."""
        self.settings = settings
        self.clock = clock
        self.state = AccountState(clock, random_seed=settings.random_seed)
        self.tokens = TokenBook(clock, Random(settings.random_seed + 1))
        self.gate = RateGate(clock)
        self.subscriptions = SubscriptionBook()
        self.deliveries = deliveries or new_deliveries(settings, clock)
        self.events = EventFactory(self.subscriptions, Random(settings.random_seed + 2))
        self.writer = RecordWriter(self.state, events=self.events, publish=self.publish)
        self.published = 0
        self.set_targets(settings.webhook_urls)

    def publish(self, events: list[Event]) -> None:
        """Send events to the app's targets, if the account has the app."""
        if not events or not self.tokens.installed:
            return
        self.published += len(events)
        for url in self.subscriptions.target_urls:
            self.deliveries.publish(url, events)

    def set_targets(self, urls: tuple[str, ...]) -> None:
        """Send webhooks to ``urls``; an app without subscriptions gets the usual ones, active."""
        self.subscriptions.target_urls = urls
        if urls and not self.subscriptions.items:
            names = {
                name: [item.name for item in table.definitions.values() if not item.hidden]
                for name, table in self.state.tables.items()
            }
            self.subscriptions.add_usual(names, now_ms=self.clock.now_ms())


def new_deliveries(settings: Settings, clock: Clock) -> WebhookDelivery:
    """Return webhook delivery by the vendor's rules: 100 events, 5 s, ten retries in 24 h."""

    def render(target: str, events: Sequence[Event], attempt: int) -> Outgoing:
        body = compact_json([{**event, "attemptNumber": attempt} for event in events])
        signed = signature_headers(url=target, body=body, secret=CLIENT_SECRET, timestamp_ms=to_ms(clock.real()))
        headers = {"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0", **signed}
        return Outgoing(url=target, headers=headers, body=body)

    rules = DeliveryRules(retry_delays_s=RETRY_DELAYS_S, jitter=0.2)
    return WebhookDelivery(rules, clock=clock, settings=settings, render=render)

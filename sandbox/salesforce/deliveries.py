"""What the org sends out: outbound messages, and change events if a URL is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, WebhookDelivery
from sandbox.salesforce.change_events import ChangeEvents, relayed
from sandbox.salesforce.journal import Change
from sandbox.salesforce.org import Org
from sandbox.salesforce.outbound import (
    MAX_NOTIFICATIONS,
    TIMEOUT_S,
    OutboundMessages,
    is_acknowledged,
    retry_delays_s,
)

_RELAY_BATCH = 10
_RELAY_RETRIES_S = (1.0, 5.0, 30.0, 300.0)


class Deliveries(WebhookDelivery):
    """Outbound messages; the relay of change events stops and is reset with them."""

    def __init__(self, org: Org, *, clock: Clock, settings: Settings) -> None:
        """Prepare both ways out; nothing is sent before a change."""
        self.messages = OutboundMessages(org)
        self.events = ChangeEvents(org)
        self._org = org
        super().__init__(
            DeliveryRules(retry_delays_s=retry_delays_s(), timeout_s=TIMEOUT_S, batch_size=MAX_NOTIFICATIONS),
            clock=clock,
            settings=settings,
            render=lambda target, events, _: self.messages.render(target, events, base_url=settings.base_url),
            accepts=is_acknowledged,
        )
        self.relay = WebhookDelivery(
            DeliveryRules(retry_delays_s=_RELAY_RETRIES_S, batch_size=_RELAY_BATCH, concurrency=1),
            clock=clock,
            settings=replace(settings, random_seed=settings.random_seed + 1),
            render=lambda url, events, _: relayed(url, events, organization_id=org.organization_id),
        )

    def tell(self, changes: Sequence[Change]) -> None:
        """Send what a committed transaction gives rise to."""
        for action_id, notifications in self.messages.take(changes).items():
            self.publish(action_id, notifications)
        events = self.events.take(changes)
        url = self._org.switches.change_event_url
        if url and events:
            self.relay.publish(url, events)

    def reset(self) -> None:
        """Drop everything waiting, in both ways out."""
        super().reset()
        self.relay.reset()

    def stop(self) -> None:
        """End the threads of both ways out."""
        super().stop()
        self.relay.stop()

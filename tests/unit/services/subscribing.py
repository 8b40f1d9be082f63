"""A CRM whose webhooks are set up through its API, in single calls that can be told to be a worker's last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.domain.declaration import Connector
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity
from crmbridge.errors import CrmBridgeError
from crmbridge.ports import Subscription
from crmbridge.services.hub import Hub
from crmbridge.services.keep_subscriptions import Kept, keep_subscriptions
from crmbridge.services.plan_sync import plan_all
from tests.unit.services.hubs import ENTITIES, WORKSPACE, Clock, OneCrm

URL = "https://bridge.test/webhooks/acme"


class DeathError(BaseException):
    """The worker is no more; nothing that catches errors may catch this."""


class Fate:
    """Counts calls, and ends the worker before or after one of them.

    Attributes:
        last: which call is the last one, from 1; 0 for none.
        after: whether it still takes effect.
    """

    def __init__(self) -> None:
        self.count, self.last, self.after = 0, 0, False

    def doom(self, last: int, *, after: bool) -> None:
        self.count, self.last, self.after = 0, last, after

    def spare(self) -> None:
        self.last = 0

    def call(self, method: Any, *args: Any, **more: Any) -> Any:
        self.count += 1
        is_last = self.count == self.last
        if is_last and not self.after:
            raise DeathError
        answer = method(*args, **more)
        if is_last:
            raise DeathError
        return answer


class Mortal:
    """A port whose every call may be a worker's last."""

    def __init__(self, port: Any, fate: Fate) -> None:
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return (lambda *args, **more: self._fate.call(found, *args, **more)) if callable(found) else found


class Vendor:
    """The CRM's own list of webhooks: one an entity, as many as it is asked for.

    Attributes:
        lasts: how long a new one lasts, ``None`` for ever.
        trouble: raised by every call while it is set.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self.rows: dict[str, Subscription] = {}
        self.lasts: timedelta | None = None
        self.trouble: CrmBridgeError | None = None
        self.calls: list[str] = []

    def listed(self) -> list[Subscription]:
        self._note("list")
        now = self._clock.now()
        self.rows = {key: each for key, each in self.rows.items() if each.expires_at is None or each.expires_at > now}
        return list(self.rows.values())

    def make(self, url: str, event: str) -> None:
        self._note("make")
        self._count += 1
        ends = None if self.lasts is None else self._clock.now() + self.lasts
        key = f"sub_{self._count}"
        self.rows[key] = Subscription(key, url, (event,), expires_at=ends)

    def remove(self, key: str) -> None:
        self._note("remove")
        self.rows.pop(key, None)

    def told(self) -> list[tuple[str, str]]:
        """Return who is told of what, address and event, ascending."""
        return sorted((each.url, event) for each in self.rows.values() for event in each.events if each.is_active)

    def _note(self, name: str) -> None:
        self.calls.append(name)
        if self.trouble is not None:
            raise self.trouble


class Client:
    """A connector's client for it: list first, then make and remove one by one."""

    def __init__(self, vendor: Any) -> None:
        self._vendor = vendor

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        del url
        return tuple(self._vendor.listed())

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        wanted, standing = set(ENTITIES if entities is None else entities), set[str]()
        for each in self._vendor.listed():
            if each.url != url:
                continue
            (event,) = each.events
            ends_soon = each.expires_at is not None and each.expires_at - now < timedelta(hours=6)
            if not each.is_active or ends_soon or event not in wanted or event in standing:
                self._vendor.remove(each.subscription_id)
            else:
                standing.add(event)
        for event in sorted(wanted - standing):
            self._vendor.make(url, event)
        return tuple(each for each in self._vendor.listed() if each.url == url)

    def unsubscribe(self, url: str) -> int:
        held = [each for each in self._vendor.listed() if each.url == url]
        for each in held:
            self._vendor.remove(each.subscription_id)
        return len(held)

    def provision(self, entity: Entity, wanted: Any = ()) -> tuple[str, ...]:
        del entity, wanted
        return ()


class SubscribingCrm(OneCrm):
    """``OneCrm`` with webhooks that are set up through its API."""

    def declaration(self, crm: str) -> Connector:
        declared = super().declaration(crm)
        return replace(declared, supports=replace(declared.supports, subscribes=True, webhook_signature=False))


def step(key: str = "int_a") -> SyncStep:
    return SyncStep(WORKSPACE, key, "", task="webhooks")


def looked_at(hub: Hub) -> list[Kept]:
    """Let the worker see every look at webhooks that was asked for."""
    kept: list[Kept | None] = []
    for message in hub.queues.pending("sync"):  # pyright: ignore[reportAttributeAccessIssue] - the memory adapter's own
        if message.content.task == "webhooks":
            kept.append(keep_subscriptions(hub, message.content))
        hub.queues.acknowledge(message)  # pyright: ignore[reportAttributeAccessIssue] - likewise
    return [each for each in kept if each is not None]


def minutes_pass(hub: Hub, clock: Clock, minutes: int) -> list[Kept]:
    """Let the schedule fire once a minute, and the worker do what it asks for."""
    kept: list[Kept] = []
    for _ in range(minutes):
        clock.advance(60)
        plan_all(hub)
        kept += looked_at(hub)
    return kept


def open_addresses(hub: Hub) -> list[str]:
    """Return the keys of the doors that are open."""
    partitions: dict[str, Any] = hub.documents._partitions  # pyright: ignore[reportAttributeAccessIssue] - as above
    return sorted(pk for pk, rows in partitions.items() if pk.startswith("HOOK#") and rows)

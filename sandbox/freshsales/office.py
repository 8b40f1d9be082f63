"""One account with everything that works in it: records, activities, jobs, workflows."""

from __future__ import annotations

from typing import Any

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_delivery import WebhookDelivery
from sandbox.freshsales.account import Account, host_of
from sandbox.freshsales.activities import Activities, Activity
from sandbox.freshsales.modules import Module
from sandbox.freshsales.places import Place
from sandbox.freshsales.records import Record
from sandbox.freshsales.times import iso
from sandbox.freshsales.upserting import Upserter
from sandbox.freshsales.workflow_posts import outgoing
from sandbox.freshsales.workflows import MODULES, Workflow, delivery_rules, event_of, usual_workflows
from sandbox.freshsales.writing import Writer

JsonObject = dict[str, Any]


class Office:
    """Holds the parts of one account together."""

    def __init__(self, settings: Settings, *, clock: Clock, deliveries: WebhookDelivery | None = None) -> None:
        """Open a fresh account; ``deliveries`` is kept when an account is opened anew."""
        self.clock = clock
        self.host = host_of(settings.base_url)
        self.account = Account(clock)
        self.writer = Writer(self.account, self.tell_record)
        self.upserter = Upserter(self.account, self.writer)
        self.activities = Activities(self.account)
        self.workflows: list[Workflow] = []
        self.deliveries = deliveries or WebhookDelivery(
            delivery_rules(),
            clock=clock,
            settings=settings,
            render=lambda target, events, _attempt: outgoing(target, events),
        )
        self.set_urls(settings.webhook_urls)

    def set_urls(self, urls: tuple[str, ...]) -> None:
        """Have the usual workflows call these addresses, and no others."""
        self.workflows = [each for url in urls for each in usual_workflows(url, self.host)]

    def tell_record(self, module: Module, record: Record, trigger: str) -> None:
        """Start the workflows of a record's change."""
        row = {**record.values, **record.custom, "id": record.record_id, "email": record.email}
        self._start(module.singular, {**row, "updated_at": iso(record.updated_ms)}, trigger)

    def tell_activity(self, place: Place, activity: Activity, trigger: str) -> None:
        """Start the workflows of an activity's change."""
        if place.singular in MODULES:
            row = {**activity.values, "id": activity.activity_id, "updated_at": iso(activity.updated_ms)}
            self._start(place.singular, row, trigger)

    def _start(self, module: str, row: JsonObject, trigger: str) -> None:
        for each in self.workflows:
            if each.module == module and trigger in each.triggers:
                self.deliveries.publish(each.url, [event_of(each, row)])

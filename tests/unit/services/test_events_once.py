"""An event whose worker ends anywhere, or that comes twice or out of order, has its effect once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.keys import digest
from crmbridge.errors import LeaseHeldError, RequestRejectedError
from crmbridge.ports import Documents, RecordStore
from crmbridge.runtime import _sources
from crmbridge.runtime._directory import Directory
from crmbridge.runtime._event_values import event_of
from crmbridge.services._customer_ledger import ledger_of
from crmbridge.services._leases import lease
from crmbridge.services._traces import forget_traces
from crmbridge.services.hub import Hub
from crmbridge.services.take_events import take_event
from tests.functional.test_taking_events import EVERYTHING, told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Ended(BaseException):
    """A worker that is gone; nobody catches it."""


class Port:
    """A port whose calls are counted; before one of them the worker ends."""

    def __init__(self, inner: Any, world: World) -> None:
        self._inner, self._world = inner, world

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._inner, name)

        def call(*args: Any, **more: Any) -> Any:
            self._world.step()
            return called(*args, **more)

        return call


class World:
    """One workspace in memory."""

    def __init__(self) -> None:
        self.now, self.calls, self.ends_at = NOW, 0, -1
        self.records = MemoryRecords()
        self.documents = MemoryDocuments(now=lambda: self.now)
        self.hub = Hub(
            records=cast("RecordStore", Port(self.records, self)),
            documents=cast("Documents", Port(self.documents, self)),
            queues=MemoryQueues(now=lambda: self.now),
            connectors=Directory(base_urls={}, now=lambda: self.now),
            secrets=MemoryAppSecrets({}),
            cipher=MemoryCipher(),
            now=lambda: self.now,
            new_id=_sources.new_id,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def step(self) -> None:
        self.calls += 1
        if self.calls == self.ends_at:
            raise Ended

    def take(self, event: dict[str, Any]) -> str:
        return take_event(self.hub, "acme", event_of(event, now=NOW), by="shop").result

    def effect(self) -> list[Any]:
        """Return what is known in the end, without the ids we chose."""
        live: list[Any] = []
        for entity in ("contact", "lead", "deal", "activity", "company"):
            found = self.records.list_records("acme", entity, cursor=None, limit=1000).items  # type: ignore[arg-type] - entities
            names = {each.record_id: _name(each.fields) for each in found}
            live += [(entity, names[each.record_id], _plain(each.fields)) for each in found if not each.merged_into]
        touches = sorted(each.body["key"] for each in self.documents.query("acme#TOUCHPOINT"))
        lines = sorted(str(each.body["line"]) for each in self.documents.query("acme#CUSTOMER"))
        return [sorted(live, key=str), touches, lines]


def _name(fields: Any) -> str:
    return str(fields.get("email") or fields.get("title") or fields.get("subject") or fields.get("name"))


def _plain(fields: Any) -> dict[str, Any]:
    """Return fields with references counted, since ids differ from run to run."""
    return {
        name: len(value) if name == "contacts" else bool(value) if name in ("deal", "company") else value
        for name, value in sorted(fields.items())
    }


def _undisturbed(events: list[dict[str, Any]]) -> World:
    world = World()
    for each in events:
        world.take(each)
    return world


@pytest.mark.parametrize("number", range(len(EVERYTHING)), ids=[each["type"] for each in EVERYTHING])
def test_a_worker_may_end_before_any_call_and_another_takes_the_event_to_the_same_effect(number):
    before, event = EVERYTHING[:number], EVERYTHING[number]
    calm = _undisturbed([*before, event])
    wanted = calm.effect()
    counted = _undisturbed(before)
    first = counted.calls
    counted.take(event)
    for ends_at in range(first + 1, counted.calls + 1):
        world = _undisturbed(before)
        world.ends_at = ends_at
        with pytest.raises(Ended):
            world.take(event)
        world.ends_at = -1
        world.now += timedelta(minutes=5)
        assert world.take(event) in ("taken", "repeated")
        assert world.effect() == wanted, f"the worker ended before call {ends_at - first} of its event"
        assert world.take(event) == "repeated"


UNKEYED = [
    told(
        1, "booking.created", {"id": "b", "customerName": "Jana Doe", "customerPhone": "020 7946", "deviceType": "iPad"}
    ),
    told(2, "lead.updated", {"id": "l", "lastName": "Lund", "status": "open"}),
    told(3, "form_submitted", {"userId": "u1", "platform": "instagram", "name": "Bo Lund"}),
    told(4, "website_visit", {"phone": "ask at the desk"}),
]
"""Events of people whom neither address nor number tells from others."""


@pytest.mark.parametrize("event", UNKEYED, ids=[each["type"] for each in UNKEYED])
def test_somebody_without_address_or_number_is_made_once_wherever_the_worker_ends(event):
    calm = _undisturbed([event])
    for ends_at in range(1, calm.calls + 1):
        world = World()
        world.ends_at = ends_at
        with pytest.raises(Ended):
            world.take(event)
        world.ends_at = -1
        world.now += timedelta(minutes=5)
        world.take(event)
        assert world.effect() == calm.effect(), f"the worker ended before call {ends_at}"


def test_a_second_word_on_somebody_without_address_finds_them_by_their_booking_and_lead():
    world = _undisturbed(UNKEYED[:2])
    world.take(told(5, "booking.updated", {"id": "b", "customerPhone": "020 7946", "status": "diagnosed"}, 5))
    world.take(told(6, "lead.updated", {"id": "l", "status": "qualified"}, 6))
    assert len(world.records.list_records("acme", "contact", cursor=None, limit=10).items) == 2
    statuses = [
        each.fields.get("lead_status")
        for each in world.records.list_records("acme", "contact", cursor=None, limit=10).items
    ]
    assert "qualified" in statuses


ONE_BOOKING = [
    told(
        1,
        "booking.created",
        {
            "id": "b",
            "customerId": "c",
            "customerEmail": "jana@example.com",
            "customerName": "Jana Doe",
            "deviceType": "iPhone",
            "estimatedCost": "300",
            "status": "pending",
            "bookingDate": "2026-11-20",
        },
        1,
    ),
    told(2, "booking.updated", {"id": "b", "status": "diagnosed", "estimatedCost": "350.50"}, 2),
    told(3, "repair.updated", {"id": "r", "bookingId": "b", "status": "in_progress", "assignedTechnician": "T1"}, 3),
    told(4, "repair.updated", {"id": "r", "bookingId": "b", "status": "in_progress", "assignedTechnician": "T2"}, 4),
    told(5, "repair.completed", {"id": "r", "bookingId": "b", "totalCost": "340", "completionDate": "2026-11-21"}, 5),
    told(6, "payment.received", {"id": "p", "customerId": "c", "amount": "340"}, 6),
    told(7, "payment.received", {"id": "p", "customerId": "c", "amount": "340.50"}, 7),
    told(8, "payment.received", {"id": "q", "customerId": "c", "amount": "40.5", "kind": "refund"}, 8),
    told(9, "customer.updated", {"id": "c", "firstName": "Jana M.", "totalSpent": "1000", "bookingCount": 3}, 0),
    told(10, "customer.updated", {"id": "c", "phone": "+442079460123"}, 9),
    told(11, "review.submitted", {"id": "v", "customerId": "c", "rating": 4, "text": "Good"}, 10),
]


@pytest.mark.parametrize("seed", range(60))
def test_events_may_come_in_any_order_and_more_than_once(seed):
    wanted = _undisturbed(ONE_BOOKING).effect()
    dice, world = random.Random(seed), World()
    arriving = [*ONE_BOOKING, *dice.sample(ONE_BOOKING, 4)]
    dice.shuffle(arriving)
    for _ in range(4):  # what speaks of somebody unknown comes back later, as a queue's message does
        waiting = []
        for event in arriving:
            try:
                world.take(event)
            except RequestRejectedError:
                waiting.append(event)
        arriving = waiting
    assert arriving == []
    assert world.effect() == wanted
    (contact,) = world.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert contact.fields["x_customer_lifetime_value"] == "1300"
    assert contact.fields["x_vip"] is True
    (deal,) = world.records.list_records("acme", "deal", cursor=None, limit=10).items
    assert (deal.fields["stage"], deal.fields["amount"]) == ("won", "350.5")


def test_two_at_one_customer_take_turns():
    """One who is at a customer's totals is waited for a while; who stays away too long is left for later."""
    world = _undisturbed(ONE_BOOKING[:1])
    (contact,) = world.records.list_records("acme", "contact", cursor=None, limit=10).items
    name = f"event#{digest(f'customer#{contact.record_id}')}"
    held = lease(world.hub, "acme", name)
    held.__enter__()
    with pytest.raises(LeaseHeldError):
        world.take(told(20, "payment.received", {"id": "a", "customerId": "c", "amount": "1"}, 20))
    (waiting,) = [each for each in world.documents.query("acme#EVENT") if "done" not in each.body]
    assert waiting.body["type"] == "payment.received"

    def sleep(seconds: float) -> None:
        world.now += timedelta(seconds=seconds)
        held.__exit__(None, None, None)

    world.hub = replace(world.hub, sleep=sleep)
    for number, event_id in ((20, "a"), (21, "b")):
        world.take(told(number, "payment.received", {"id": event_id, "customerId": "c", "amount": "1"}, 20))
    (contact,) = world.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert contact.fields["x_customer_lifetime_value"] == "2"


def test_who_is_forgotten_leaves_neither_payments_nor_conversations():
    world = _undisturbed(EVERYTHING)
    (jana,) = [
        each
        for each in world.records.list_records("acme", "contact", cursor=None, limit=10).items
        if each.fields.get("email") == "jana.doe@example.com"
    ]
    assert ledger_of(world.hub, "acme", jana.record_id)
    for each in world.records.list_records("acme", "contact", cursor=None, limit=10).items:
        forget_traces(world.hub, "acme", each.record_id)
    for kind in ("CUSTOMER", "CONVERSATION", "TOUCHPOINT", "REFERENCE#contact"):
        assert world.documents.query(f"acme#{kind}") == ()

"""Webhook delivery without a network: batches, disturbances, retries by the sandbox clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, WebhookDelivery
from sandbox._webhook_post import Outgoing, Reply

TARGET = "https://hooks.example.com/in"


class Receiver:
    """Answers posts with the statuses it is given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.batches: list[list[dict[str, Any]]] = []

    def post(self, call: Outgoing, timeout_s: float) -> Reply:
        self.batches.append(json.loads(call.body))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise TimeoutError(f"no answer in {timeout_s} s")
        return Reply(status=status, body=b"")

    @property
    def numbers(self) -> list[int]:
        return [event["n"] for batch in self.batches for event in batch]


def _render(target: str, events: Sequence[dict[str, Any]], attempt: int) -> Outgoing:
    body = json.dumps([{**event, "attempt": attempt} for event in events]).encode()
    return Outgoing(url=target, headers={}, body=body)


def _delivery(receiver: Receiver, clock: Clock, **rules: Any) -> WebhookDelivery:
    settings = Settings(background=False, post=receiver.post)
    rules = {"retry_delays_s": (60.0, 600.0), **rules}
    return WebhookDelivery(DeliveryRules(**rules), clock=clock, settings=settings, render=_render)


def _events(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


def test_events_go_out_in_batches_of_the_vendors_size() -> None:
    receiver = Receiver()
    delivery = _delivery(receiver, Clock())
    delivery.publish(TARGET, _events(250))
    assert delivery.flush() == 3
    assert [len(batch) for batch in receiver.batches] == [100, 100, 50]
    assert receiver.numbers == list(range(250))


def test_a_refused_batch_waits_for_its_time() -> None:
    receiver, clock = Receiver(500, 0), Clock()
    delivery = _delivery(receiver, clock)
    delivery.publish(TARGET, _events(1))
    delivery.flush()
    clock.advance(30)
    assert delivery.flush() == 0
    clock.advance(31)
    assert delivery.flush() == 1
    clock.advance(601)
    assert delivery.flush() == 1
    assert [batch[0]["attempt"] for batch in receiver.batches] == [0, 1, 2]
    log = delivery.as_json()
    assert log["counts"]["delivered"] == 1
    assert [(row["status"], row["accepted"]) for row in log["log"]] == [
        (500, False),
        (None, False),
        (200, True),
    ]


def test_a_batch_is_given_up_after_the_last_retry() -> None:
    receiver, clock = Receiver(*[503] * 9), Clock()
    delivery = _delivery(receiver, clock)
    delivery.publish(TARGET, _events(3))
    for _ in range(5):
        delivery.flush()
        clock.advance(3600)
    counts = delivery.as_json()["counts"]
    assert len(receiver.batches) == 3
    assert (counts["given_up"], counts["pending"]) == (3, 0)


def test_disturbances_drop_duplicate_and_shuffle() -> None:
    receiver = Receiver()
    delivery = _delivery(receiver, Clock())
    delivery.configure({"drop": 0.2, "duplicate": 0.2, "shuffle": True})
    delivery.publish(TARGET, _events(500))
    delivery.flush()
    counts = delivery.as_json()["counts"]
    assert 50 < counts["dropped"] < 150
    assert 40 < counts["duplicated"] < 160
    assert len(receiver.numbers) == 500 - counts["dropped"] + counts["duplicated"]
    assert receiver.numbers != sorted(receiver.numbers)


def test_jitter_only_shortens_a_delay() -> None:
    receiver, clock = Receiver(500), Clock()
    delivery = _delivery(receiver, clock, jitter=0.5)
    delivery.publish(TARGET, _events(1))
    delivery.flush()
    clock.advance(29)
    assert delivery.flush() == 0
    clock.advance(32)
    assert delivery.flush() == 1


@pytest.mark.parametrize("change", [{"drop": -0.1}, {"duplicate": 2}])
def test_a_probability_outside_its_range_is_refused(change: dict[str, float]) -> None:
    delivery = _delivery(Receiver(), Clock())
    with pytest.raises(ValueError, match="probability"):
        delivery.configure(change)


def test_a_reset_forgets_what_waits_and_the_disturbances() -> None:
    receiver = Receiver(500)
    delivery = _delivery(receiver, Clock())
    delivery.configure({"drop": 0.0, "shuffle": True})
    delivery.publish(TARGET, _events(1))
    delivery.flush()
    delivery.reset()
    state = delivery.as_json()
    assert state["counts"]["pending"] == 0
    assert state["shuffle"] is False
    assert state["retry_delays_s"] == (60.0, 600.0)


def test_background_threads_deliver_without_a_flush_and_end_when_stopped() -> None:
    receiver = Receiver()
    settings = Settings(post=receiver.post)
    rules = DeliveryRules(retry_delays_s=(), gather_s=0.0, concurrency=2)
    delivery = WebhookDelivery(rules, clock=Clock(), settings=settings, render=_render)
    delivery.publish(TARGET, _events(10))
    assert delivery.wait_idle(5)
    delivery.stop()
    assert sorted(receiver.numbers) == list(range(10))


def test_delayed_events_go_out_each_in_its_time_and_out_of_order() -> None:
    receiver, clock = Receiver(), Clock()
    delivery = _delivery(receiver, clock, delay_s=60.0)
    delivery.publish(TARGET, _events(50))
    delivery.flush()
    early = len(receiver.numbers)
    assert delivery.as_json()["counts"]["pending"] == 50 - early
    assert not delivery.wait_idle(0.01)
    clock.advance(30)
    delivery.flush()
    assert early < 10 < len(receiver.numbers) < 40
    clock.advance(31)
    delivery.flush()
    assert sorted(receiver.numbers) == list(range(50))
    assert receiver.numbers != list(range(50))
    assert delivery.wait_idle(0)


def test_the_same_seed_disturbs_the_same_events() -> None:
    rounds: list[list[int]] = []
    for _ in range(2):
        receiver, clock = Receiver(), Clock(lambda: datetime(2026, 3, 1, tzinfo=UTC))
        delivery = _delivery(receiver, clock)
        delivery.configure({"drop": 0.3, "duplicate": 0.2, "shuffle": True, "delay_s": 5, "seed": 11})
        delivery.publish(TARGET, _events(200))
        clock.advance(5)
        delivery.flush()
        rounds.append(receiver.numbers)
    assert rounds[0] == rounds[1]
    assert len(set(rounds[0])) < 160
    assert len(rounds[0]) > len(set(rounds[0]))


def test_events_held_back_survive_the_end_of_the_process() -> None:
    receiver, clock = Receiver(), Clock()
    delivery = _delivery(receiver, clock, delay_s=60.0)
    delivery.publish(TARGET, _events(5))
    again = _delivery(receiver, clock)
    again.recall(delivery.memory())
    clock.advance(60)
    again.flush()
    assert sorted(receiver.numbers) == list(range(5))


def test_a_delay_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="delay_s"):
        _delivery(Receiver(), Clock()).configure({"delay_s": -1})

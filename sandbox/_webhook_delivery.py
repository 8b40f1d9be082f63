"""Webhook delivery: batches, disturbances, the vendor's timeout and its retry schedule.

A CRM publishes events (JSON objects of its own shape) to a target URL; they are gathered
for a moment, put into batches and posted by a few threads. A refused batch waits for the
sandbox clock to reach the next entry of the schedule, so advancing the clock by 24 hours
plays the whole schedule at once. ``POST /_sandbox/webhooks`` sets::

    {"drop": 0.1, "duplicate": 0.1, "shuffle": true,           disturbances, per event
     "delay_s": 3, "seed": 7,                                  each held back for up to so long; which throws
     "urls": [...],                                            new targets
     "retry_delays_s": [...], "timeout_s": 5, "gather_s": 0.02, "concurrency": 10, "jitter": 0}

and ``GET`` returns the settings, ``counts`` and the last 1,000 attempts.
"""

from __future__ import annotations

import heapq
import http.client
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_post import Outgoing, Reply
from sandbox._webhook_rules import Attempt, DeliveryRules

__all__ = ["DeliveryRules", "Event", "WebhookDelivery", "is_success"]

Event = dict[str, Any]
_KEPT_ATTEMPTS = 1000


@dataclass(order=True, slots=True)
class _Batch:
    due_ms: float
    serial: int
    target: str = field(compare=False)
    events: list[Event] = field(compare=False)
    attempt: int = field(compare=False, default=0)


@dataclass(order=True, slots=True)
class _Held:
    """An event that is held back for a while."""

    due_ms: float
    serial: int
    target: str = field(compare=False)
    event: Event = field(compare=False)


def is_success(reply: Reply) -> bool:
    """Tell whether a receiver answered with a 2xx status."""
    return 200 <= reply.status < 300


class WebhookDelivery:
    """Sends published events to their targets until each batch is accepted or given up."""

    def __init__(
        self,
        rules: DeliveryRules,
        *,
        clock: Clock,
        settings: Settings,
        render: Callable[[str, Sequence[Event], int], Outgoing],
        accepts: Callable[[Reply], bool] = is_success,
    ) -> None:
        """Prepare; threads start with the first published event.

        Args:
            rules: the vendor's delivery rules, changeable later by ``configure``.
            clock: the sandbox clock that retries follow.
            settings: how calls are posted, and whether in the background.
            render: builds one call from (target, events, attempt from 0), for each attempt
                anew, so that attempt numbers and signature times are right.
            accepts: whether an answer ends the delivery.
        """
        self.rules = rules
        self._initial = asdict(rules)
        self._clock, self._render, self._accepts = clock, render, accepts
        self._post, self._background = settings.post, settings.background
        self._rng = Random(settings.random_seed)
        self._wake = threading.Condition()
        self._gathering: dict[str, list[Event]] = {}
        self._gathering_since: dict[str, float] = {}
        self._held: list[_Held] = []
        self._due: list[_Batch] = []
        self._serial = 0
        self._sending: list[_Batch] = []
        self._threads: list[threading.Thread] = []
        self._stopped = False
        self._attempts: deque[Attempt] = deque(maxlen=_KEPT_ATTEMPTS)
        self._counts: Counter[str] = Counter()
        clock.on_advance(self._notify)

    def publish(self, target: str, events: Sequence[Event]) -> None:
        """Take events for delivery to ``target``; returns at once."""
        with self._wake:
            kept = self._disturb(list(events))
            if not kept or self._stopped:
                return
            for event in kept:
                self._hold(target, event)
            if self._background:
                self._start_threads()
            self._wake.notify()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change rules by the names in ``DeliveryRules``; unknown names are left alone.

        Raises:
            ValueError: a value is of the wrong type or a probability outside 0..1.
        """
        with self._wake:
            self.rules.change(changes)
            if "seed" in changes:
                self._rng.seed(self.rules.seed)
            self._wake.notify_all()

    def reset(self) -> None:
        """Drop everything waiting, the log and the disturbances."""
        with self._wake:
            self._gathering.clear()
            self._gathering_since.clear()
            self._held.clear()
            self._due.clear()
            self._attempts.clear()
            self._counts.clear()
        self.configure(self._initial)

    def as_json(self, *, limit: int = _KEPT_ATTEMPTS) -> dict[str, Any]:
        """Return rules, counts (``pending`` included) and the last attempts, oldest first."""
        with self._wake:
            attempts = list(self._attempts)[-limit:] if limit > 0 else []
            names = ("published", "dropped", "duplicated", "delivered", "refused_attempts", "given_up")
            counts = {name: self._counts[name] for name in names}
            counts["pending"] = self._pending_events()
            counts["in_flight_calls"] = len(self._sending)
        return {**asdict(self.rules), "counts": counts, "log": [asdict(attempt) for attempt in attempts]}

    def flush(self) -> int:
        """Send whatever is due now from this thread, retries that are due included.

        Returns:
            How many calls were made.
        """
        calls = 0
        while True:
            with self._wake:
                batch = self._take(gathered=True)
            if batch is None:
                return calls
            calls += 1
            self._deliver(batch)

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing is held back, due now or in flight; retries of the future do not count."""
        end = time.monotonic() + timeout_s
        with self._wake:
            while self._gathering or self._held or self._sending or self._is_due():
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._wake.wait(min(left, 0.05))
        return True

    @property
    def progress(self) -> int:
        """A number that grows with every event published, attempt made or batch given up."""
        with self._wake:
            return self._counts.total() + self._serial

    def memory(self) -> dict[str, Any]:
        """Return rules, log and everything waiting; what is being sent waits to be sent again."""
        with self._wake:
            again = [replace(each, due_ms=0.0) for each in self._sending]
            return {
                "rules": asdict(self.rules),
                "gathering": {target: list(events) for target, events in self._gathering.items()},
                "held": list(self._held),
                "due": [*again, *self._due],
                "serial": self._serial,
                "attempts": list(self._attempts),
                "counts": dict(self._counts),
                "random": self._rng.getstate(),
            }

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on from what ``memory`` returned in an earlier process."""
        with self._wake:
            self.rules.change(memory["rules"])
            self._gathering = dict(memory["gathering"])
            self._gathering_since = dict.fromkeys(self._gathering, time.monotonic())
            self._held = list(memory.get("held", ()))
            self._due = list(memory["due"])
            heapq.heapify(self._due)
            self._serial = memory["serial"]
            self._attempts.extend(memory["attempts"])
            self._counts = Counter(memory["counts"])
            self._rng.setstate(memory["random"])
            if self._background and (self._due or self._gathering or self._held):
                self._start_threads()

    def stop(self) -> None:
        """End the threads; a call in flight ends with its timeout at the latest."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _disturb(self, events: list[Event]) -> list[Event]:
        rules, rng = self.rules, self._rng
        self._counts["published"] += len(events)
        kept: list[Event] = []
        for event in events:
            if rules.drop and rng.random() < rules.drop:
                self._counts["dropped"] += 1
                continue
            kept.append(event)
            if rules.duplicate and rng.random() < rules.duplicate:
                self._counts["duplicated"] += 1
                kept.append(dict(event))
        return kept

    def _start_threads(self) -> None:
        while len(self._threads) < self.rules.concurrency:
            name = f"webhook-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            with self._wake:
                batch = self._take(gathered=False)
                while batch is None and not self._stopped:
                    self._wake.wait(self._idle_s())
                    batch = self._take(gathered=False)
                if self._stopped or batch is None:
                    return
            self._deliver(batch)

    def _idle_s(self) -> float | None:
        waits = [since + self.rules.gather_s - time.monotonic() for since in self._gathering_since.values()]
        due_ms = [line[0].due_ms for line in (self._due, self._held) if line]
        waits.extend((each - self._clock.now_ms()) / 1000 for each in due_ms)
        return max(0.001, min(waits)) if waits else None

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0].due_ms <= self._clock.now_ms()

    def _take(self, *, gathered: bool) -> _Batch | None:
        """Pop the next batch to send and note it as in flight; the lock is held."""
        batch = self._next(gathered=gathered)
        if batch is not None:
            self._sending.append(batch)
        return batch

    def _hold(self, target: str, event: Event) -> None:
        """Take one event among those that wait to be sent, at once or after a delay of its own."""
        if not self.rules.delay_s:
            self._gathering.setdefault(target, []).append(event)
            self._gathering_since.setdefault(target, time.monotonic())
            return
        self._serial += 1
        due_ms = self._clock.now_ms() + 1000 * self.rules.delay_s * self._rng.random()
        heapq.heappush(self._held, _Held(due_ms, self._serial, target, event))

    def _release(self) -> None:
        """Let events go whose delay is over; the lock is held."""
        while self._held and self._held[0].due_ms <= self._clock.now_ms():
            each = heapq.heappop(self._held)
            self._gathering.setdefault(each.target, []).append(each.event)
            self._gathering_since.setdefault(each.target, time.monotonic())

    def _next(self, *, gathered: bool) -> _Batch | None:
        self._release()
        if self._is_due():
            return heapq.heappop(self._due)
        for target, since in self._gathering_since.items():
            full = len(self._gathering[target]) >= self.rules.batch_size
            if gathered or full or time.monotonic() - since >= self.rules.gather_s:
                return self._cut(target)
        return None

    def _cut(self, target: str) -> _Batch:
        events = self._gathering[target]
        if self.rules.shuffle:
            self._rng.shuffle(events)
        batch, rest = events[: self.rules.batch_size], events[self.rules.batch_size :]
        if rest:
            self._gathering[target] = rest
            self._wake.notify()
        else:
            del self._gathering[target], self._gathering_since[target]
        self._serial += 1
        return _Batch(0.0, self._serial, target, batch)

    def _deliver(self, batch: _Batch) -> None:
        started = time.monotonic()
        reply: Reply | None = None
        error: str | None = None
        try:
            reply = self._post(self._render(batch.target, batch.events, batch.attempt), self.rules.timeout_s)
        except (OSError, http.client.HTTPException) as problem:
            error = f"{type(problem).__name__}: {problem}"
        accepted = reply is not None and self._accepts(reply)
        attempt = Attempt(
            at=self._clock.now().isoformat(),
            target=batch.target,
            events=len(batch.events),
            attempt=batch.attempt,
            status=reply.status if reply else None,
            error=error,
            latency_s=round(time.monotonic() - started, 6),
            accepted=accepted,
        )
        with self._wake:
            self._settle(batch, attempt)

    def _settle(self, batch: _Batch, attempt: Attempt) -> None:
        self._sending = [each for each in self._sending if each is not batch]
        self._attempts.append(attempt)
        if attempt.accepted:
            self._counts["delivered"] += len(batch.events)
        else:
            self._counts["refused_attempts"] += 1
            self._retry(batch)
        self._wake.notify_all()

    def _retry(self, batch: _Batch) -> None:
        if batch.attempt >= len(self.rules.retry_delays_s):
            self._counts["given_up"] += len(batch.events)
            return
        jitter = 1 - self.rules.jitter * self._rng.random()
        batch.due_ms = self._clock.now_ms() + 1000 * jitter * self.rules.retry_delays_s[batch.attempt]
        batch.attempt += 1
        heapq.heappush(self._due, batch)

    def _pending_events(self) -> int:
        gathering = sum(len(events) for events in self._gathering.values())
        return gathering + len(self._held) + sum(len(batch.events) for batch in self._due)

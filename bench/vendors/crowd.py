"""Many workers at one account of a simulated CRM, in virtual time: how much of its limit they use, what is refused."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx

from bench.vendors.account import BASE_URL, Account, open_account
from bench.vendors.clock import SimulatedClock
from bench.vendors.house import SimulatedHouse
from bench.vendors.virtual import VirtualTime
from crmbridge.domain.budgets import LANES, Lane
from crmbridge.domain.integrations import Integration
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import Connectors, Document, Documents
from crmbridge.ports.budgets import in_lane
from crmbridge.runtime._directory import Directory
from crmbridge.services.hub import Hub

CALL_S = (0.08, 0.35)
"""What a call takes, in seconds: at least and at most."""

DOCUMENT_S = 0.004
"""What reading or writing a document takes, in seconds."""

PATIENCE_S = 10.0


class Distant(httpx.BaseTransport):
    """Calls that take their time; counts when they reach the CRM."""

    def __init__(self, inner: httpx.BaseTransport, time: VirtualTime, rng: random.Random) -> None:
        self._inner, self._time, self._rng = inner, time, rng
        self.reached_s: list[float] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one call."""
        self._time.sleep(self._rng.uniform(*CALL_S) / 2)
        self.reached_s.append(self._time.elapsed_s)
        response = self._inner.handle_request(request)
        self._time.sleep(self._rng.uniform(*CALL_S) / 2)
        return response


class DistantDocuments:
    """The control table, as far away as DynamoDB: between reading and writing others write.

    Attributes:
        counts: calls by name.
    """

    def __init__(self, inner: Documents, time: VirtualTime) -> None:
        self._inner, self._time = inner, time
        self.counts: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - every method of the port
        method = getattr(self._inner, name)

        def call(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - of any of them
            subject = args[0].pk if args and isinstance(args[0], Document) else ""
            self.counts[f"{name} {'budget' if subject.startswith('ACCOUNT#') else 'other'}"] += 1
            self._time.sleep(DOCUMENT_S / 2)
            try:
                return method(*args, **more)
            finally:
                self._time.sleep(DOCUMENT_S / 2)

        return call


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What a crowd of workers did in the measured time.

    Attributes:
        calls: answered, refused ones included.
        refused: by a limit of the vendor's.
        by_lane: answered calls.
        seconds: measured.
        allowed_per_s: calls a second that the vendor lets through, all its accounts together.
        ours_per_s: of these, what the reserve leaves us.
        writes: of budgets.
    """

    crm: str
    workers: int
    accounts: int
    calls: int
    refused: int
    by_lane: Mapping[str, int]
    seconds: float
    allowed_per_s: float
    ours_per_s: float
    writes: int

    @property
    def used(self) -> float:
        """Calls made as a part of what the vendor lets through."""
        return (self.calls - self.refused) / self.seconds / self.allowed_per_s

    @property
    def used_of_ours(self) -> float:
        """Calls made as a part of what the reserve leaves."""
        return (self.calls - self.refused) / self.seconds / self.ours_per_s

    @property
    def writes_per_worker_s(self) -> float:
        """Control writes a second and worker."""
        return self.writes / self.seconds / self.workers


def measure_crowd(
    crm: str, *, workers: int, lanes: Sequence[Lane] = ("live",), accounts: int = 1, seconds: float = 120, seed: int = 1
) -> Crowd:
    """Let workers read as fast as they may, each a process of its own, and count what the CRM refuses.

    Args:
        workers: of all accounts together.
        lanes: dealt out to the workers in turn.
        seconds: measured, after a warm-up of half a minute.
    """
    time, rng = VirtualTime(), random.Random(seed)
    opened = [open_account(crm, cast("SimulatedClock", time)) for _ in range(accounts)]
    tracks = [_Track(each, time, rng) for each in opened]
    by_lane: Counter[str] = Counter()
    for number in range(workers):
        lane = lanes[number // accounts % len(lanes)]
        time.start(tracks[number % accounts].worker(number, lane, by_lane), after_s=rng.uniform(0, 2))
    try:
        time.play(30)
        before = [each.counts() for each in tracks]
        by_lane.clear()
        time.play(seconds)
        made = [each.since(counts) for each, counts in zip(tracks, before, strict=True)]
    finally:
        time.end()
    rate = next(each for each in tracks[0].house.hub.connectors.declaration(crm).limits.rates if not each.only)
    reserve = tracks[0].house.hub.connectors.declaration(crm).limits.reserve
    return Crowd(
        crm=crm,
        workers=workers,
        accounts=accounts,
        calls=sum(each[0] for each in made),
        refused=sum(each[1] for each in made),
        by_lane={lane: by_lane[lane] for lane in LANES if lane in by_lane},
        seconds=seconds,
        allowed_per_s=accounts * rate.calls / rate.per_s,
        ours_per_s=accounts * int(rate.calls * (1 - reserve) + 1e-9) / rate.per_s,
        writes=sum(each[2] for each in made),
    )


class _Track:
    """One account and the control table that its workers share."""

    def __init__(self, account: Account, time: VirtualTime, rng: random.Random) -> None:
        self._account, self._time, self._rng = account, time, rng
        self.house = SimulatedHouse(account, cast("SimulatedClock", time), contacts=0)
        self._documents = DistantDocuments(self.house.hub.documents, time)

    def counts(self) -> tuple[int, int, int]:
        """Return calls, refused calls and writes of the budget so far."""
        counting = self._account.counting
        return counting.calls, counting.refused, self._documents.counts["put budget"]

    def since(self, before: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return what was counted since then."""
        now = self.counts()
        return now[0] - before[0], now[1] - before[1], now[2] - before[2]

    def process(self) -> Hub:
        """Return the ports of another process."""
        time = self._time
        directory = Directory(
            base_urls={self._account.crm: BASE_URL},
            now=time.now,
            transport=Distant(self._account.counting, time, self._rng),
            paces=True,
            patience_s=PATIENCE_S,
        )
        hub = replace(
            self.house.hub,
            connectors=cast("Connectors", directory),
            documents=cast("Documents", self._documents),
            sleep=time.sleep,
            jitter=self._rng.random,
        )
        directory.hub = hub
        return hub

    def worker(self, number: int, lane: Lane, by_lane: Counter[str]) -> Callable[[], None]:
        """Return a worker that reads page after page, and comes back later when it is told to."""
        rng = random.Random(number)

        def work() -> None:
            hub = self.process()
            integration = self.house.target
            while True:
                try:
                    with in_lane(lane):
                        _call(hub, integration)
                    by_lane[lane] += 1
                except RetriableProviderError as error:
                    self._time.sleep((error.retry_after_s or 1.0) + rng.random())

        return work


def _call(hub: Hub, integration: Integration) -> None:
    hub.connectors.client(integration).list_all("contact", cursor=None)

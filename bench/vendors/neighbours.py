"""Workspaces that share the workers of a queue, one of them far beyond its CRM's limit, in virtual time."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import httpx

from bench.vendors.account import Account, open_account
from bench.vendors.clock import SimulatedClock
from bench.vendors.crowd import Distant, DistantDocuments
from bench.vendors.virtual import VirtualTime
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint
from crmbridge.ports import Connectors, Documents
from crmbridge.runtime import _sources as sources
from crmbridge.runtime._directory import Directory
from crmbridge.services.apply_changes import apply_changes
from crmbridge.services.connect_crm import activate
from crmbridge.services.hub import Hub
from crmbridge.services.manage_integrations import create_integration

WORKERS = 10
"""Batches of one queue in flight at once, as the template has it."""

LOOKS_EVERY_S = 0.02
WARM_UP_S = 60.0
"""Until each worker knows owners and stages of both accounts, which are asked for once in five minutes."""

CONTACTS = 4_000
NOISY, QUIET = "noisy", "quiet"


class FairQueues(MemoryQueues):
    """Queues of which the one of hints is served as SQS serves a standard queue with message groups.

    A group that holds more than half of what is in flight is noisy: messages of the others come first.
    Source: Amazon SQS Developer Guide, fair queues.

    Attributes:
        in_flight: hints that workers are at, by workspace.
    """

    def __init__(self, time: VirtualTime, *, is_fair: bool) -> None:
        super().__init__(now=time.now)
        self._time, self._is_fair = time, is_fair
        self._hints: list[tuple[float, int, ChangeHint]] = []
        self._order = 0
        self.in_flight: Counter[str] = Counter()

    def send_changes(self, hints: Sequence[ChangeHint], *, delay_s: int = 0) -> None:
        """Queue hints; see ``Queues``."""
        for hint in hints:
            self._order += 1
            self._hints.append((self._time.elapsed_s + delay_s, self._order, hint))

    def take(self) -> ChangeHint | None:
        """Return the next hint to be worked at."""
        ready = [each for each in self._hints if each[0] <= self._time.elapsed_s]
        if not ready:
            return None
        chosen = min(ready, key=lambda each: (self._is_noisy(each[2].workspace_id), each[1]))
        self._hints.remove(chosen)
        self.in_flight[chosen[2].workspace_id] += 1
        return chosen[2]

    def holds(self, hint: ChangeHint) -> bool:
        """Tell whether a hint has come back."""
        return any(each[2].external_ids == hint.external_ids for each in self._hints)

    def _is_noisy(self, workspace_id: str) -> bool:
        held = self.in_flight[workspace_id]
        return self._is_fair and held > 1 and held > sum(self.in_flight.values()) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """How long hints of workspaces took from being sent to being taken in, in seconds.

    Attributes:
        quiet_p95_s: of the quiet workspace.
        noisy_done: hints of the noisy one that were taken in.
        noisy_sent: all of them.
        refused: calls that the CRM refused.
    """

    quiet_p95_s: float
    noisy_done: int
    noisy_sent: int
    refused: int


def measure_neighbours(
    *, noise_per_s: float, is_fair: bool = True, seconds: float = 60, quiet_per_s: float = 2.0, seed: int = 1
) -> Latencies:
    """Let a quiet workspace's changes come in beside a noisy one's, and see how long they take.

    Args:
        noise_per_s: changes a second in the noisy workspace; HubSpot lets some ten calls a second through.
        is_fair: whether messages are grouped by workspace.
    """
    time, rng = VirtualTime(), random.Random(seed)
    street = _Street(time, rng, is_fair=is_fair)
    for _ in range(WORKERS):
        time.start(street.work)
    time.start(lambda: street.tell(QUIET, quiet_per_s))
    time.start(lambda: street.tell(NOISY, 1.0))
    try:
        time.play(WARM_UP_S)
        if noise_per_s:
            time.start(lambda: street.tell(NOISY, noise_per_s))
        street.forget()
        time.play(seconds)
    finally:
        time.end()
    took = sorted(street.took[QUIET])
    return Latencies(
        quiet_p95_s=took[int(len(took) * 0.95)],
        noisy_done=len(street.took[NOISY]),
        noisy_sent=street.sent[NOISY],
        refused=sum(each.counting.refused for each in street.accounts.values()),
    )


class _Hosts(httpx.BaseTransport):
    """Carries each call to the account whose host it names."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one call."""
        return self._accounts[request.url.host.partition(".")[0]].counting.handle_request(request)


class _Street:
    """Two workspaces, each with a HubSpot account of its own, and workers that serve both."""

    def __init__(self, time: VirtualTime, rng: random.Random, *, is_fair: bool) -> None:
        self._time, self._rng = time, rng
        self.queues = FairQueues(time, is_fair=is_fair)
        self.accounts = {name: open_account("hubspot", cast("SimulatedClock", time)) for name in (QUIET, NOISY)}
        self._hosts = {name: f"http://{name}.test" for name in self.accounts}
        self.took: defaultdict[str, list[float]] = defaultdict(list)
        self.sent: Counter[str] = Counter()
        self._began: dict[tuple[str, ...], float] = {}
        self._records, self._cipher, near = MemoryRecords(), MemoryCipher(), MemoryDocuments(now=time.now)
        self._hub = self._process(near)
        self._documents = DistantDocuments(near, time)
        self._integrations = {name: self._connected(name) for name in self.accounts}
        self._ids = {name: iter(self._filled(each)) for name, each in self.accounts.items()}

    def _filled(self, account: Account) -> list[str]:
        """Let people make contacts; returns their ids."""
        made = [
            {"op": "create", "entity": "contacts", "properties": {"email": f"p{at}@example.com"}}
            for at in range(CONTACTS)
        ]
        account.control("seed", {"operations": made})
        return [each["id"] for each in account.control("state?entity=contacts")["contacts"]]

    def forget(self) -> None:
        """Begin to count anew."""
        self.took.clear()
        self.sent.clear()

    def tell(self, workspace_id: str, per_s: float) -> None:
        """Send hints of one record each, at random moments."""
        integration = self._integrations[workspace_id]
        while True:
            self._time.sleep(self._rng.expovariate(per_s))
            self.sent[workspace_id] += 1
            ids = (next(self._ids[workspace_id]),)
            self._began[ids] = self._time.elapsed_s
            self.queues.send_changes([ChangeHint(workspace_id, integration.integration_id, "contact", ids)])

    def work(self) -> None:
        """Serve the queue, as one process."""
        hub = self._process(cast("Documents", self._documents))
        while True:
            hint = self.queues.take()
            if hint is None:
                self._time.sleep(LOOKS_EVERY_S)
                continue
            apply_changes(hub, hint)
            self.queues.in_flight[hint.workspace_id] -= 1
            if not self.queues.holds(hint):
                self.took[hint.workspace_id].append(self._time.elapsed_s - self._began[hint.external_ids])

    def _process(self, documents: Documents) -> Hub:
        time = self._time
        directory = Directory(
            base_urls={},
            now=time.now,
            transport=Distant(_Hosts(self.accounts), time, self._rng),
            paces=True,
        )
        hub = Hub(
            records=self._records,
            documents=documents,
            queues=self.queues,
            connectors=cast("Connectors", directory),
            secrets=MemoryAppSecrets({"hubspot": self.accounts[QUIET].secret}),
            cipher=self._cipher,
            now=time.now,
            new_id=sources.new_id,
            sleep=time.sleep,
            jitter=self._rng.random,
        )
        directory.hub = hub
        return hub

    def _connected(self, workspace_id: str) -> Integration:
        known = self._hub.connectors.declaration("hubspot").supports.entities
        rules = {each: {"enabled": each == "contact"} for each in known}
        body = {"provider": "hubspot", "name": workspace_id, "syncConfig": {"entities": rules}}
        grant = self.accounts[workspace_id].grant(cast("SimulatedClock", self._time))
        host = self._hosts[workspace_id]
        made = create_integration(self._hub, workspace_id, body)
        return activate(self._hub, made, replace(grant, base_url=host, account_id=workspace_id))

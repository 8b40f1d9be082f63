"""A whole deployment in one process, without Lambda: the services between memory adapters and connected CRMs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import httpx

from bench.crms import Crm
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues, Message
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import Entity, Record
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import LeaseHeldError
from crmbridge.ports import Connectors, Documents, RecordStore
from crmbridge.runtime import _sources as sources
from crmbridge.runtime._directory import Directory
from crmbridge.services.apply_changes import apply_changes, coalesce
from crmbridge.services.connect_crm import activate, adopt_token
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import Hub
from crmbridge.services.manage_integrations import create_integration
from crmbridge.services.plan_sync import plan_all, plan_woken, start_run
from crmbridge.services.push_changes import push_changes
from crmbridge.services.run_sync_batch import run_sync_batch

WORKSPACE = "bench"
STREAM_BATCH = 100
"""Records in one batch of the stream, as the template sets it."""


class House:
    """Ports, wired, with a clock that skips waiting; tells how much processor time each stage took.

    Args:
        records: makes the place where records are kept, given the house; in memory without.
        documents: makes the place where control state is kept; in memory without.
        connectors: finds clients; the real connectors over HTTP without.
        paces: keep calls within their accounts' limits, by one budget for all workers.
        steps: how many pages or batches a worker may begin before it must queue the rest, as a worker's time allows.
    """

    def __init__(
        self,
        crms: Mapping[str, Crm],
        *,
        records: Callable[[House], RecordStore] | None = None,
        documents: Callable[[House], Documents] | None = None,
        connectors: Connectors | None = None,
        paces: bool = False,
        steps: int = 40,
    ) -> None:
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.stream: list[StreamChange] = []
        self._skew = timedelta()
        self._steps = steps
        self.queues = MemoryQueues(now=self.now)
        self._transport = httpx.HTTPTransport(trust_env=False)
        urls = {name: each.url for name, each in crms.items()}
        directory = Directory(base_urls=urls, now=self.now, transport=self._transport, paces=paces)
        secrets = {
            name: AppSecret(each.credentials["client_id"], each.credentials["client_secret"])
            for name, each in crms.items()
            if "client_id" in each.credentials
        }
        self.hub = Hub(
            records=MemoryRecords(on_change=self.streamed) if records is None else records(self),
            documents=MemoryDocuments(now=self.now) if documents is None else documents(self),
            queues=self.queues,
            connectors=directory if connectors is None else connectors,
            secrets=MemoryAppSecrets(secrets),
            cipher=MemoryCipher(),
            now=self.now,
            new_id=sources.new_id,
            sleep=self.advance,
        )
        directory.hub = self.hub

    def now(self) -> datetime:
        """Return the present moment of this house."""
        return datetime.now(UTC) + self._skew

    def close(self) -> None:
        """Close the connections to the CRMs."""
        self._transport.close()

    def advance(self, seconds: float) -> None:
        """Skip some time instead of waiting."""
        self._skew += timedelta(seconds=seconds)

    def streamed(self, before: Record | None, after: Record) -> None:
        """Take one stored change into the stream."""
        self.stream.append(StreamChange(f"{after.record_id}-{after.rev}", before, after))

    # ---------------------------------------------------------------------------------- connecting

    def connect(self, crm: Crm, *, entities: tuple[Entity, ...]) -> Integration:
        """Connect a CRM without its consent page, and let only some entities take part."""
        known = self.hub.connectors.declaration(crm.name).supports.entities
        rules = {each: {"enabled": each in entities} for each in known}
        body = {"provider": crm.name, "name": crm.name, "syncConfig": {"entities": rules}}
        integration = create_integration(self.hub, WORKSPACE, body)
        if crm.name == "hubspot":
            return adopt_token(self.hub, integration, token=crm.credentials["private_app_token"])
        return activate(self.hub, integration, _client_grant(crm))

    # ---------------------------------------------------------------------------------- running

    def settle(self) -> None:
        """Deliver stream and queues until nothing is left."""
        while True:
            if self.stream:
                batch, self.stream = self.stream[:STREAM_BATCH], self.stream[STREAM_BATCH:]
                self._timed("fan out", lambda batch=batch: fan_out_changes(self.hub, batch))
                continue
            message = next((each for name in ("changes", "sync", "push", "wake") for each in self._ready(name)), None)
            if message is not None:
                self._deliver(message)
                continue
            waiting = [each.visible_at for each in self.queues.messages]
            if not waiting:
                return
            self.advance(max(0.0, (min(waiting) - self.now()).total_seconds()) + 0.001)

    def sync(self) -> None:
        """Let the schedule fire, and settle."""
        self.advance(1000)
        self._timed("plan", lambda: plan_all(self.hub))
        self.settle()

    def compare(self, integration: Integration) -> None:
        """Read everything of one CRM again, whatever the cursors say, and settle."""
        start_run(self.hub, integration, full=True)
        self.settle()

    def hint(self, integration: Integration, entity: Entity, external_ids: tuple[str, ...]) -> None:
        """Say that some records changed, a hundred a message, and settle."""
        for start in range(0, len(external_ids), 100):
            ids = external_ids[start : start + 100]
            self.queues.send_changes([ChangeHint(WORKSPACE, integration.integration_id, entity, ids)])
        self.settle()

    def _ready(self, queue: str) -> list[Message]:
        return self.queues.pending(queue)  # pyright: ignore[reportArgumentType] - one of the four, see settle

    def _deliver(self, message: Message) -> None:
        content, left = message.content, iter(range(self._steps))

        def has_time() -> bool:
            return next(left, None) is not None

        work: Callable[[], object]
        if isinstance(content, ChangeHint):
            stage, work = "apply", lambda: [apply_changes(self.hub, each) for each in coalesce([content])]
        elif isinstance(content, SyncStep):
            stage, work = "read", lambda: run_sync_batch(self.hub, content, has_time=has_time)
        elif isinstance(content, Ticket):
            stage, work = "push", lambda: push_changes(self.hub, content, has_time=has_time)
        else:
            stage, work = "plan", lambda wake=content: _plan(self.hub, wake)
        try:
            self._timed(stage, work)
        except LeaseHeldError:
            self.advance(5.0)
            return
        self.queues.acknowledge(message)

    def _timed(self, stage: str, work: Callable[[], object]) -> None:
        began = time.process_time()
        try:
            work()
        finally:
            self.cpu_s[stage] += time.process_time() - began


def _plan(hub: Hub, wake: Wake) -> None:
    plan_woken(hub, [wake])


def _client_grant(crm: Crm) -> Grant:
    """Log in to Salesforce with the app's own credentials."""
    form = {"grant_type": "client_credentials"} | {
        name: crm.credentials[name] for name in ("client_id", "client_secret")
    }
    answer = httpx.post(f"{crm.url}/services/oauth2/token", data=form, timeout=30)
    answer.raise_for_status()
    body = answer.json()
    return Grant(
        "oauth",
        body["access_token"],
        base_url=body["instance_url"],
        account_id=crm.credentials["organization_id"],
    )

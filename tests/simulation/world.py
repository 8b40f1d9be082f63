"""A whole deployment in memory: clock, hub, CRMs, queues and the workers that serve them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar, cast

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues, Message
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.declaration import Connector, Limits, Supports
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import FIELD_NAMES, Entity, Record
from crmbridge.errors import ConflictError, LeaseHeldError, NotFoundError
from crmbridge.ports import Document
from crmbridge.services.apply_changes import apply_changes
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import Hub, change_integration, load_integrations, save_integration
from crmbridge.services.plan_sync import plan_all, plan_woken
from crmbridge.services.push_changes import push_changes
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.simulation.crm import Character, SimCrm

Port = TypeVar("Port")

WORKSPACE = "acme"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

CHARACTERS: Mapping[str, Character] = {
    "alpha": Character(name="alpha", upserts=False, answers_values=True, unique_email=True),
    "bravo": Character(name="bravo", upserts=True, answers_values=False, seconds_only=True, truncates=24),
    "chary": Character(name="chary", upserts=False, answers_values=True, lag_s=45, upper_case_titles=True),
}


class Crash(BaseException):
    """The worker died; not an ``Exception``, so that no code under test can catch it."""


class SimConnectors:
    """The ``Connectors`` port over simulated CRMs; the crm's name is the character's."""

    def __init__(self, crms: Mapping[str, SimCrm], wrap: Callable[[SimCrm], SimCrm]) -> None:
        self._crms = crms
        self._wrap = wrap

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._crms))

    def declaration(self, crm: str) -> Connector:
        character = CHARACTERS[crm]
        return Connector(
            name=crm,
            label=crm.title(),
            api_version="1",
            api_version_ends_on=date(2030, 1, 1),
            base_url="https://example.test",
            docs_url="https://example.test/docs",
            external_id_field="bridge_id",
            supports=Supports(
                entities=("company", "contact", "deal"),
                fields=FIELD_NAMES,
                auth=("token",),
                upsert=character.upserts,
                creates_by_upsert=character.upserts,
                answers_values=character.answers_values,
                webhooks=True,
                webhook_signature=True,
                reports_deletions=True,
                reports_merges=True,
                custom_fields=True,
            ),
            limits=Limits(read_batch=4, write_batch=4, find_batch=4, list_page=5, lag_s=60),
        )

    def oauth(self, crm: str):
        raise NotFoundError(crm)

    def auth(self, crm: str):
        raise NotFoundError(crm)

    def webhooks(self, crm: str):
        raise NotFoundError(crm)

    def client(self, integration: Integration) -> SimCrm:
        return self._wrap(self._crms[integration.crm])


@dataclass(slots=True)
class Streamed:
    """A change of a record on its way through the stream."""

    change: StreamChange


class World:
    """One deployment with some CRMs, driven by one seeded scheduler."""

    def __init__(self, seed: int = 0, crms: tuple[str, ...] = ("alpha", "bravo"), **rules: str) -> None:
        self.random = random.Random(seed)
        self.time = START
        self.sequence = 0
        self.crms = {name: SimCrm(CHARACTERS[name], now=self.now) for name in crms}
        self.queues = MemoryQueues(now=self.now)
        self.stream: list[StreamChange] = []
        self.records = MemoryRecords(on_change=self._streamed)
        self.port_calls = 0
        self.hints_lost = False
        self.on_deliver: Callable[[str], None] | None = None
        self.before_call: Callable[[str], None] | None = None
        self.after_call: Callable[[str], None] | None = None
        self.hub = Hub(
            records=self._wrap(self.records),
            documents=self._wrap(MemoryDocuments(now=self.now)),
            queues=self._wrap(self.queues),
            connectors=SimConnectors(self.crms, self._wrap),
            secrets=MemoryAppSecrets({}),
            cipher=MemoryCipher(),
            now=self.now,
            new_id=self.new_id,
            sleep=self.advance,
            lease_s=30,
        )
        for name, crm in self.crms.items():
            crm.on_change = self._webhook(name)
        for name in crms:
            policy = rules.get("policies", "default") if rules.get("policies_of", name) == name else "default"
            primary = rules.get("primary") == name
            self.connect(name, primary=primary, on_delete=rules.get("on_delete", "keep"), policy=policy)

    # ---------------------------------------------------------------- sources

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def new_id(self, prefix: str) -> str:
        self.sequence += 1
        return f"{prefix}_{self.sequence:026d}"

    # ---------------------------------------------------------------- set up

    def connect(self, name: str, *, primary: bool, on_delete: str, policy: str) -> None:
        rules: dict[Entity, EntityRule] = {
            entity: EntityRule(fields=FIELD_NAMES[entity]) for entity in ("company", "contact", "deal")
        }
        integration = Integration(
            WORKSPACE,
            f"int_{name}",
            name,
            name,
            status="active",
            account_id=name,
            rules=rules,
            is_primary=primary,
            created_at=self.time,
            policy=policy,  # type: ignore[arg-type] - names by their rules
            on_delete=on_delete,  # type: ignore[arg-type] - names by their rules
        )
        save_integration(self.hub, integration)
        self.hub.documents.put(Document("WORKSPACES", WORKSPACE, {}), unconditionally=True)

    def set_on_delete(self, on_delete: str) -> None:
        """Let every integration have one rule for deletions."""
        for integration in load_integrations(self.hub, WORKSPACE).values():
            change_integration(self.hub, integration, on_delete=on_delete)

    def _webhook(self, name: str) -> Callable[[Entity, str], None]:
        def tell(entity: Entity, external_id: str) -> None:
            if not self.hints_lost:
                self.queues.send_changes([ChangeHint(WORKSPACE, f"int_{name}", entity, (external_id,))])

        return tell

    def _streamed(self, before: Record | None, after: Record) -> None:
        self.sequence += 1
        self.stream.append(StreamChange(f"evt{self.sequence}", before, after))

    def _wrap(self, port: Port) -> Port:
        return cast(Port, _Counted(port, self))

    # ---------------------------------------------------------------- running

    def settle(self, *, rounds: int = 400) -> int:
        """Deliver everything until nothing is left; returns the rounds it took."""
        for count in range(rounds):
            if not self.step():
                waiting = [each.visible_at for each in self.queues.messages]
                if not waiting:
                    return count
                self.time = max(self.time, min(waiting))
        raise AssertionError(f"not quiet after {rounds} rounds: {self.queues.messages[:5]}")

    def step(self) -> bool:
        """Deliver one thing; returns ``False`` when nothing can be delivered now."""
        self.advance(0.05)
        ready = [message for queue in ("changes", "sync", "push", "wake") for message in self.queues.pending(queue)]
        if self.stream and (not ready or self.random.random() < 0.5):
            batch, self.stream = self.stream[:10], self.stream[10:]
            try:
                fan_out_changes(self.hub, batch)
            except Crash:
                self.stream = batch + self.stream
            return True
        if not ready:
            return False
        self.deliver(self.random.choice(ready))
        return True

    def deliver(self, message: Message) -> None:
        """Have a worker handle a message; one that fails or dies comes back later."""
        if self.on_deliver is not None:
            self.on_deliver(f"   {message.queue}: {message.content}")
        try:
            self._work(message.content)
        except (ConflictError, LeaseHeldError, Crash):
            self.advance(1.0)
            return
        self.queues.acknowledge(message)

    def _work(self, content: ChangeHint | SyncStep | Ticket | Wake) -> None:
        pages = iter(range(self.random.randint(1, 12)))

        def has_time() -> bool:
            return next(pages, None) is not None

        if isinstance(content, ChangeHint):
            apply_changes(self.hub, content)
        elif isinstance(content, SyncStep):
            run_sync_batch(self.hub, content, has_time=has_time)
        elif isinstance(content, Ticket):
            push_changes(self.hub, content, has_time=has_time)
        else:
            plan_woken(self.hub, [content])

    def sync(self, *, wait_s: float = 1000.0) -> None:
        """Let time pass, plan what is due, and settle."""
        self.advance(wait_s)
        plan_all(self.hub)
        self.settle()

    def total_rows_written(self) -> int:
        return sum(crm.rows_written for crm in self.crms.values())


class _Counted:
    """Passes every call of a port through, counting it and giving faults their chance before and after."""

    __slots__ = ("_port", "_world")

    def __init__(self, port: object, world: World) -> None:
        self._port = port
        self._world = world

    def __getattr__(self, name: str):
        target = getattr(self._port, name)
        if not callable(target):
            return target
        world = self._world

        def call(*args: object, **kwargs: object):
            world.port_calls += 1
            if world.before_call is not None:
                world.before_call(name)
            result = target(*args, **kwargs)
            if world.after_call is not None:
                world.after_call(name)
            return result

        return call

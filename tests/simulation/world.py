"""A whole deployment in memory: clock, hub, CRMs, queues and the workers that serve them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar, cast

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues, Message
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import Entity, Record
from crmbridge.errors import ConflictError, LeaseHeldError, NotFoundError
from crmbridge.ports import AuthFlow, Document
from crmbridge.services.apply_changes import apply_changes
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import Hub, change_integration, load_integrations, save_integration
from crmbridge.services.plan_sync import plan_all, plan_woken, start_run
from crmbridge.services.push_changes import push_changes
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.simulation.bulk import BulkCrm
from tests.simulation.characters import CHARACTERS, ENTITIES, FIELDS, declaration
from tests.simulation.crm import SimCrm
from tests.simulation.rows import BRIDGE, Told

Port = TypeVar("Port")
Watch: TypeAlias = Callable[[str, Callable[[], Any]], Any]
"""Stands between the engine and its ports: gets a call's name and the call, and may die before or after making it."""

WORKSPACE = "acme"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LEASE_S = 30
TICK = timedelta(milliseconds=50)
PURE = frozenset({"project"})
"""What a client computes without asking anybody: no call that could fail, and none that counts."""

DECLARED: Mapping[str, Connector] = {name: declaration(each) for name, each in CHARACTERS.items()}


class Crash(BaseException):
    """The worker died; not an ``Exception``, so that no code under test can catch it."""


class SimConnectors:
    """The ``Connectors`` port over simulated CRMs; the crm's name is the character's."""

    def __init__(self, clients: Mapping[str, SimCrm]) -> None:
        self._clients = clients

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._clients))

    def declaration(self, crm: str) -> Connector:
        return DECLARED[crm]

    def oauth(self, crm: str) -> OAuth2:
        raise NotFoundError(crm)

    def auth(self, crm: str) -> AuthFlow:
        raise NotFoundError(crm)

    def webhooks(self, crm: str):
        raise NotFoundError(crm)

    def client(self, integration: Integration) -> SimCrm:
        return self._clients[integration.crm]


class World:
    """One deployment with some CRMs, driven by one seeded scheduler.

    Attributes:
        is_delivered_again: tells, after a worker came to its end, whether the queue forgets that it did.
        watch: stands between the engine and its ports, or ``None`` in peace.
        port_calls: calls the engine made through its ports.
        is_dead: the worker at work has died; what it would still do on its way out is not done.
    """

    def __init__(
        self,
        seed: int = 0,
        crms: tuple[str, ...] = ("alpha", "bravo"),
        entities: tuple[Entity, ...] = ENTITIES,
        **rules: str,
    ) -> None:
        self.random = random.Random(seed)
        self.time = START
        self.sequence = 0
        self.entities = entities
        self.crms: dict[str, SimCrm] = {
            name: (BulkCrm if CHARACTERS[name].bulk else SimCrm)(CHARACTERS[name], now=self.now) for name in crms
        }
        self.queues = MemoryQueues(now=self.now)
        self.stream: list[StreamChange] = []
        self.records = MemoryRecords(on_change=self._streamed)
        self.port_calls = 0
        self.hints_lost = False
        self.on_deliver: Callable[[str], None] | None = None
        self.watch: Watch | None = None
        self.is_dead = False
        self.at_work: frozenset[str] = frozenset()
        self.is_delivered_again: Callable[[], bool] = lambda: False
        self.hub = Hub(
            records=self._watched(self.records, ""),
            documents=self._watched(MemoryDocuments(now=self.now, shares=True), ""),
            queues=self._watched(self.queues, ""),
            connectors=SimConnectors({name: self._watched(crm, "crm.") for name, crm in self.crms.items()}),
            secrets=MemoryAppSecrets({}),
            cipher=MemoryCipher(),
            now=self.now,
            new_id=self.new_id,
            sleep=self.advance,
            lease_s=LEASE_S,
        )
        for name, crm in self.crms.items():
            if crm.character.tells != "silent":
                crm.on_change = self._webhook(name)
        for rank, name in enumerate(crms):
            policy = rules.get("policies", "default") if rules.get("policies_of", name) == name else "default"
            primary = rules.get("primary") == name
            self.connect(name, primary=primary, on_delete=rules.get("on_delete", "keep"), policy=policy, rank=rank)

    # ---------------------------------------------------------------- sources

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def new_id(self, prefix: str) -> str:
        self.sequence += 1
        return f"{prefix}_{self.sequence:026d}"

    # ---------------------------------------------------------------- set up

    def connect(self, name: str, *, primary: bool, on_delete: str, policy: str, rank: int = 0) -> None:
        rules: dict[Entity, EntityRule] = {entity: EntityRule(fields=FIELDS[entity]) for entity in self.entities}
        integration = Integration(
            WORKSPACE,
            f"int_{name}",
            name,
            name,
            status="active",
            account_id=name,
            actor_id=BRIDGE,
            rules=rules,
            is_primary=primary,
            created_at=self.time,
            policy=policy,  # type: ignore[arg-type] - names by their rules
            rank=rank,
            on_delete=on_delete,  # type: ignore[arg-type] - names by their rules
        )
        save_integration(self.hub, integration)
        self.hub.documents.put(Document("WORKSPACES", WORKSPACE, {}), unconditionally=True)

    def set_on_delete(self, on_delete: str) -> None:
        """Let every integration have one rule for deletions."""
        for integration in load_integrations(self.hub, WORKSPACE).values():
            change_integration(self.hub, integration, on_delete=on_delete)

    def _webhook(self, name: str) -> Callable[[Told], None]:
        tells = CHARACTERS[name].tells

        def tell(told: Told) -> None:
            if self.hints_lost:
                return
            key, detailed = told.external_id, tells != "bare"
            at_ms = int(told.at.timestamp() * 1000)
            hint = ChangeHint(
                WORKSPACE,
                f"int_{name}",
                told.entity,
                (key,),
                gone=(key,) if detailed and told.gone else (),
                merged_into={key: told.merged_into} if detailed and told.merged_into else {},
                modified_ms={key: at_ms} if detailed else {},
                modified_by={key: told.by} if tells == "authored" else {},
            )
            self.queues.send_changes([hint])

        return tell

    def _streamed(self, before: Record | None, after: Record) -> None:
        self.sequence += 1
        self.stream.append(StreamChange(f"evt{self.sequence}", before, after))

    def _watched(self, port: Port, prefix: str) -> Port:
        return cast(Port, _Watched(port, self, prefix))

    # ---------------------------------------------------------------- running

    def settle(self, *, rounds: int = 2000) -> int:
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
        self.time += TICK
        ready = self.queues.ready()
        if self.stream and (not ready or self.random.random() < 0.5):
            batch, self.stream = self.stream[:10], self.stream[10:]
            if not self.survives(lambda: fan_out_changes(self.hub, batch)):
                self.stream = batch + self.stream
            return True
        if not ready:
            return False
        self.deliver(ready[int(self.random.random() * len(ready))])
        return True

    def others_ready(self) -> list[Message]:
        """Return what queues may deliver beside what is being worked on: of a FIFO group under way, nothing."""
        return [each for each in self.queues.ready() if not each.group or each.group not in self.at_work]

    def deliver(self, message: Message) -> None:
        """Have a worker handle a message; one that fails or dies comes back later."""
        if self.on_deliver is not None:
            self.on_deliver(f"   {message.queue}: {message.content}")
        outer, self.at_work = self.at_work, self.at_work | {message.group}
        try:
            self._deliver(message)
        finally:
            self.at_work = outer

    def _deliver(self, message: Message) -> None:
        if self.survives(lambda: self._work(message.content)):
            if not self.is_delivered_again():
                self.queues.acknowledge(message)
        else:
            self.advance(1.0)

    def survives(self, work: Callable[[], object]) -> bool:
        """Have a worker do something; tells whether it came to its end, so that it need not be done again."""
        try:
            work()
        except (ConflictError, LeaseHeldError, Crash, TimeoutError):
            return False
        finally:
            self.is_dead = False
        return True

    def _work(self, content: ChangeHint | SyncStep | Ticket | Wake) -> None:
        pages = iter(range(int(self.random.random() * 12) + 1))

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

    def plan(self) -> None:
        """Have the planner look at everything; it may die over it, and comes back a minute later."""
        self.survives(lambda: plan_all(self.hub))

    def sync(self, *, wait_s: float = 1000.0) -> None:
        """Let time pass, plan what is due, and settle."""
        self.advance(wait_s)
        self.plan()
        self.settle()

    def compare(self) -> None:
        """Read every CRM again from the first row to the last, and settle."""
        self.advance(120.0)
        for integration in load_integrations(self.hub, WORKSPACE).values():
            start_run(self.hub, integration, full=True)
        self.settle()

    def total_rows_written(self) -> int:
        return sum(crm.rows_written for crm in self.crms.values())


class _Watched:
    """Passes every call of a port through, counting it and letting the world's watch have its way with it."""

    def __init__(self, port: object, world: World, prefix: str) -> None:
        self._port, self._world, self._prefix = port, world, prefix

    def __getattr__(self, name: str) -> Any:
        """Look a call up the first time it is made."""
        target = getattr(self._port, name)
        found = target if name in PURE or not callable(target) else _watch(target, self._world, self._prefix + name)
        setattr(self, name, found)
        return found


def _watch(target: Callable[..., Any], world: World, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        world.port_calls += 1
        if world.watch is None:
            return target(*args, **kwargs)
        if world.is_dead:
            raise Crash
        try:
            return world.watch(name, lambda: target(*args, **kwargs))
        except Crash:
            world.is_dead = True
            raise

    return call

"""Small CRMs without a network, and a hub that keeps them in step: for tests that look at every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket
from crmbridge.domain.records import Entity, Gone, Observation, Record, Unreadable, Value
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp
from crmbridge.services.apply_changes import apply_changes
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import Hub, load_integration
from crmbridge.services.plan_sync import plan_woken, start_comparison, start_run
from crmbridge.services.push_changes import push_changes
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.unit.services.hubs import WORKSPACE, Clock, OneCrm, connected, make_hub

PAGE = 10


@dataclass
class Shelf:
    """One CRM with contacts only: what people put on it, and the calls it answers.

    Attributes:
        hidden: ids that it neither lists nor reads, without saying why.
        unlisted: ids that its listings have lost, and only they.
        garbled: ids of rows that nobody can read.
        refused: ids that it takes no writes of.
        before: called before every call with its kind; may raise.
    """

    now: Callable[[], datetime]
    rows: dict[str, dict[str, Value]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    written: list[WriteOp] = field(default_factory=list)
    before: Callable[[str], None] | None = None
    name: str = "s"

    def put(self, number: int, **fields: Value) -> str:
        """Have a person make or change a row, with nobody told of it."""
        key = f"{self.name}{number:06d}"
        self.rows[key] = {**self.rows.get(key, {}), **fields}
        self.times[key] = self.now()
        return key

    def drop(self, key: str) -> None:
        """Have a person delete a row, with nobody told of it."""
        del self.rows[key]
        self.gone.add(key)

    # ---------------------------------------------------------------- the port

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        self._called("list")
        if entity != "contact":
            return Page((), server_time=self.now())
        keys = [key for key in sorted(self.rows) if key not in self.hidden | self.unlisted and key > (cursor or "")]
        page = keys[:PAGE]
        rows = tuple(self._see(key) for key in page if key not in self.garbled)
        bad = tuple(Unreadable(key, "city: not a text", "{}") for key in page if key in self.garbled)
        return Page(rows, page[-1] if len(keys) > PAGE else None, bad, self.now())

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        self._called("changed")
        if entity != "contact":
            return Page((), server_time=self.now())
        keys = [key for key in sorted(self.rows) if self.times[key] >= since and key > (cursor or "")]
        page = keys[:PAGE]
        following = page[-1] if len(keys) > PAGE else None
        return Page(tuple(self._see(key) for key in page), following, server_time=self.now())

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        self._called("gone")
        return Page(())

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        self._called("read")
        shown = [key for key in external_ids if key in self.rows and key not in self.hidden]
        return ReadResult(
            {key: self._see(key) for key in shown if key not in self.garbled},
            {key: Gone(key) for key in external_ids if key in self.gone},
            frozenset(key for key in external_ids if key not in shown and key not in self.gone),
            {key: Unreadable(key, "city: not a text", "{}") for key in shown if key in self.garbled},
        )

    def find(self, entity: Entity, key: str, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        self._called("find")
        found: dict[str, tuple[Observation, ...]] = {}
        for row in self.rows:
            held = self.ours.get(row, "") if key == "correlation_id" else self.rows[row].get(key)
            if held in values:
                found[str(held)] = (*found.get(str(held), ()), self._see(row))
        return found

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        self._called("write")
        self.written.extend(ops)
        return tuple(self._write(op) for op in ops)

    def project(self, entity: Entity, fields: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value.upper() if name == "job_title" and isinstance(value, str) else value
                for name, value in fields.items() if name != "owner"}  # fmt: skip

    def _write(self, op: WriteOp) -> RowResult:
        from crmbridge.errors import FatalProviderError

        if op.external_id in self.refused:
            return RowResult(op.op_id, op.external_id, error=FatalProviderError("no", provider="acme", code="NO"))
        key = op.external_id or f"{self.name}{900_000 + len(self.rows):06d}"
        self.rows[key] = {**self.rows.get(key, {}), **op.fields}
        self.times[key] = self.now()
        self.ours[key] = op.op_id
        return RowResult(op.op_id, key, created=op.kind == "create", observation=self._see(key))

    def _see(self, key: str) -> Observation:
        at = self.times[key]
        said = self.project("contact", self.rows[key])
        return Observation(key, said, version=at.isoformat(), modified_at=at, correlation_id=self.ours.get(key, ""))

    def _called(self, kind: str) -> None:
        self.calls.append(kind)
        if self.before is not None:
            self.before(kind)


class Shelves(OneCrm):
    """The ``Connectors`` port over several of them, by integration id."""

    def __init__(self, shelves: Mapping[str, Shelf]) -> None:
        super().__init__()
        self.shelves = shelves

    def client(self, integration: Integration) -> Any:
        return self.shelves[integration.integration_id]


@dataclass
class Room:
    """Two CRMs, ``int_a`` and ``int_b``, and the hub between them."""

    clock: Clock = field(default_factory=Clock)
    stream: list[StreamChange] = field(default_factory=list)
    saved: list[Record] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.a, self.b = Shelf(self.clock.now, name="a"), Shelf(self.clock.now, name="b")
        self.hub: Hub = make_hub(
            self.clock,
            Shelves({"int_a": self.a, "int_b": self.b}),
            **{"records": MemoryRecords(on_change=self._streamed), **self.more},
        )
        connected(self.hub, "int_a")
        connected(self.hub, "int_b")

    def _streamed(self, before: Record | None, after: Record) -> None:
        self.saved.append(after)
        self.stream.append(StreamChange(f"e{len(self.saved)}", before, after))

    def integration(self, key: str = "int_a") -> Integration:
        return load_integration(self.hub, WORKSPACE, key)

    def read_all(self) -> None:
        """Have both CRMs read for the first time, and everything settled."""
        for key in ("int_a", "int_b"):
            start_run(self.hub, self.integration(key))
        self.settle()
        self.clock.advance(3600)

    def compare(self, key: str = "int_a", *, budget: int | None = None, settle: bool = True) -> dict[str, Any]:
        """Compare one CRM and return the report on its contacts."""
        from crmbridge.services._reports import load_report

        run = start_comparison(self.hub, self.integration(key), budget=budget)
        assert run is not None
        self.settle(only=None if settle else SyncStep)
        return load_report(self.hub, WORKSPACE, key, f"{run.run_id}-contact")

    def settle(self, only: type | None = None) -> None:
        """Work everything off."""
        assert isinstance(self.hub.queues, MemoryQueues)
        for _ in range(1000):
            if self.stream and only is None:
                batch, self.stream[:] = list(self.stream), []
                fan_out_changes(self.hub, batch)
            waiting = [each for each in self.hub.queues.messages if only is None or isinstance(each.content, only)]
            if not waiting and (not self.stream or only is not None):
                return
            for message in waiting:
                self.clock.at = max(self.clock.at, message.visible_at)
                self.work(message.content)
                self.hub.queues.acknowledge(message)
        raise AssertionError("it never came to rest")

    def work(self, content: Any, has_time: Callable[[], bool] = lambda: True) -> None:
        if isinstance(content, ChangeHint):
            apply_changes(self.hub, content)
        elif isinstance(content, SyncStep):
            run_sync_batch(self.hub, content, has_time=has_time)
        elif isinstance(content, Ticket):
            push_changes(self.hub, content, has_time=has_time)
        else:
            plan_woken(self.hub, [content])

    def record(self, external_id: str, key: str = "int_a") -> Record:
        """Return the record of a row."""
        found = self.hub.records.find_external(WORKSPACE, key, "contact", [external_id])
        return self.hub.records.get_many(WORKSPACE, list(found.values()))[found[external_id]]

    def people(self, number: int) -> list[str]:
        """Have a person put some contacts on the first shelf, and everything be settled."""
        keys = [self.a.put(each, email=f"p{each}@example.com", city="Recife") for each in range(number)]
        self.read_all()
        return keys


def says(report: dict[str, Any], **wanted: Any) -> bool:
    """Check counts of a report; those not named must be 0."""
    sides = ("there", "here", "both", "equal", "parity_percent", "missing_there")
    counts = {key: value for key, value in report.items() if isinstance(value, int) and key not in sides}
    full = {**dict.fromkeys(counts, 0), **wanted}
    assert {key: report[key] for key in full} == full
    return True


def within(moment: datetime, seconds: float) -> datetime:
    """Return a moment some seconds later."""
    return moment + timedelta(seconds=seconds)

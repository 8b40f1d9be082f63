"""A simulated CRM that also prepares first reads and creates many rows by itself, in its own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.domain.records import Entity, Observation
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import LoadState, Page, WriteOp
from tests.simulation.characters import Character
from tests.simulation.crm import PAGE, SimCrm

EXPORT_MIN = 2
ROW_S = 1.0
"""Seconds that a row of a load takes."""

FAILS = 5
"""Every export of this number dies half-way, and every load is refused."""


@dataclass(slots=True)
class _Load:
    entity: Entity
    ops: list[WriteOp]
    began_at: datetime | None = None
    done: int = 0
    is_over: bool = False


class BulkCrm(SimCrm):
    """Speaks ``ExportingClient`` and ``LoadingClient``, too."""

    def __init__(self, character: Character, *, now: Callable[[], datetime]) -> None:
        super().__init__(character, now=now)
        self.exported: list[list[Observation]] = []
        self.loads: list[_Load] = []

    # ---------------------------------------------------------------- first reads

    def export(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        if cursor is None:
            rows = [each for _, each in sorted(self._visible(entity).items())]
            if len(rows) >= EXPORT_MIN:
                self._call("list")
                self.exported.append(rows)
                return Page((), f"job {len(self.exported) - 1} 0", server_time=self._now(), ready_in_s=2)
        if cursor is None or not cursor.startswith("job "):
            return self.list_all(entity, cursor=cursor)
        self._call("list")
        number, start = map(int, cursor.split()[1:])
        if start and number % FAILS == FAILS - 1:
            return self.list_all(entity, cursor=None)
        following = start + PAGE
        rows = self.exported[number]
        return self._page(rows[start:following], f"job {number} {following}" if following < len(rows) else None)

    # ---------------------------------------------------------------- loads

    def open_load(self, entity: Entity, ops: Sequence[WriteOp]) -> str:
        fault = self._call("write")
        self.loads.append(_Load(entity, list(ops)))
        number = len(self.loads)
        if number % FAILS == 0:
            raise FatalProviderError("not now", provider=self.character.name, status=400, code="LIMIT_EXCEEDED")
        self._lose(fault)
        return f"load {number - 1}"

    def start_load(self, load_id: str) -> None:
        fault = self._call("write")
        load = self._load(load_id)
        if load.began_at is not None or load.is_over:
            raise FatalProviderError("no such state", provider=self.character.name, status=400, code="STATE")
        load.began_at = self._now()
        self._lose(fault)

    def look_at_load(self, load_id: str) -> LoadState:
        self._call("read")
        load = self._load(load_id)
        return "over" if load.is_over else "open" if load.began_at is None else "running"

    def stop_load(self, load_id: str) -> None:
        self._call("write")
        self._load(load_id).is_over = True

    def _load(self, load_id: str) -> _Load:
        return self.loads[int(load_id.split()[1])]

    def _lose(self, fault: str) -> None:
        if fault == "lost":
            raise RetriableProviderError("the answer was lost", provider=self.character.name, may_have_applied=True)

    def _call(self, kind: str) -> str:
        for load in self.loads:
            self._go_on(load)
        return super()._call(kind)

    def _go_on(self, load: _Load) -> None:
        """Write the rows whose time has come; what is refused nobody is told."""
        if load.began_at is None or load.is_over:
            return
        ready = int((self._now() - load.began_at).total_seconds() / ROW_S)
        for op in load.ops[load.done : ready]:
            self._write(load.entity, op)
        load.done = min(max(ready, load.done), len(load.ops))
        load.is_over = load.done == len(load.ops)

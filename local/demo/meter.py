"""Counts what the integration asked of a CRM, from that CRM's own log of calls."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

CallKind: TypeAlias = Literal["list", "read", "find", "write", "link", "other"]
"""``list``: pages of records or of changes. ``read``: records by id. ``find``: records by a key.
``write``: records created, changed or deleted. ``link``: associations written on their own.
``other``: schema, owners, tokens."""

KEPT_CALLS = 1_000
"""How many calls a simulated CRM remembers one by one."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one call was for.

    Attributes:
        entity: ours, or empty where the call does not tell.
    """

    kind: CallKind
    entity: str


@dataclass(slots=True)
class Tally:
    """Calls of one kind and entity."""

    calls: int = 0
    records: int = 0
    refused: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Meter:
    """Adds up one CRM's log; ask at least once per thousand calls.

    Attributes:
        read_log: returns the log as the CRM gives it: ``total`` and the last ``calls``.
        classify: tells what a call was for.
        endpoints: calls by method, endpoint and what they were taken for.
        writes: every writing call in words, oldest first.
        refusals: calls without a good answer, by method, endpoint and status.
        missed: calls that were forgotten by the CRM before they were read.
    """

    read_log: Callable[[], Mapping[str, Any]]
    classify: Callable[[Mapping[str, Any]], Use]
    tallies: dict[Use, Tally] = field(default_factory=dict[Use, Tally])
    refusals: Counter[str] = field(default_factory=Counter[str])
    endpoints: Counter[str] = field(default_factory=Counter[str])
    writes: list[str] = field(default_factory=list[str])
    missed: int = 0
    _seen: int = 0

    def poll(self) -> int:
        """Read what is new in the log and return how many calls that was."""
        log = self.read_log()
        if log["total"] < self._seen:
            self._seen = 0
        fresh = log["total"] - self._seen
        self._seen = log["total"]
        calls: list[Mapping[str, Any]] = log["calls"][-fresh:] if fresh else []
        self.missed += fresh - len(calls)
        for call in calls:
            self._add(call)
        return fresh

    def of(self, *kinds: CallKind, entity: str | None = None) -> Tally:
        """Add up calls of some kinds, of one entity or of all."""
        total = Tally()
        for use, tally in self.tallies.items():
            if use.kind in kinds and entity in {None, use.entity}:
                total.calls += tally.calls
                total.records += tally.records
                total.refused += tally.refused
                total.unchanged += tally.unchanged
        return total

    def copy(self) -> Meter:
        """Return the present sums, to be subtracted later."""
        kept = {
            use: Tally(each.calls, each.records, each.refused, each.unchanged) for use, each in self.tallies.items()
        }
        kept_writes = list(self.writes)
        return Meter(
            self.read_log, self.classify, tallies=kept, writes=kept_writes, missed=self.missed, _seen=self._seen
        )

    def since(self, before: Meter) -> Meter:
        """Return what was added after a ``copy``."""
        fresh: dict[Use, Tally] = {}
        for use, now in self.tallies.items():
            then = before.tallies.get(use, Tally())
            fresh[use] = Tally(
                now.calls - then.calls,
                now.records - then.records,
                now.refused - then.refused,
                now.unchanged - then.unchanged,
            )
        return Meter(self.read_log, self.classify, tallies=fresh, missed=self.missed - before.missed)

    def as_json(self) -> list[dict[str, Any]]:
        """Return the sums by kind and entity, for the report."""
        return [
            {"kind": use.kind, "entity": use.entity, "calls": each.calls, "records": each.records}
            | {"refused": each.refused, "unchanged": each.unchanged}
            for use, each in sorted(self.tallies.items(), key=lambda item: (item[0].kind, item[0].entity))
            if each.calls
        ]

    def _add(self, call: Mapping[str, Any]) -> None:
        use = self.classify(call)
        tally = self.tallies.setdefault(use, Tally())
        self.endpoints[f"{call['method']} {call.get('endpoint', call['path'])} ({use.kind} {use.entity or '-'})"] += 1
        tally.calls += 1
        if use.kind in {"write", "link"}:
            words = f"{call.get('at', '')} {call['method']} {call['path']} {call.get('object', '')}".strip()
            self.writes.append(f"{words}: {call.get('records', 0)} records, status {call['status']}")
        if 200 <= call["status"] < 300:
            tally.records += call.get("records", 0)
            tally.unchanged += call.get("unchanged", 0)
        else:
            tally.refused += 1
            self.refusals[f"{call['method']} {call.get('endpoint', call['path'])} {call['status']}"] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """How far the calls of one kind are from the fewest possible.

    Attributes:
        due: records that had to be written.
        floor: fewest calls that can carry them.
        calls: calls that were answered, refused ones aside.
    """

    crm: str
    entity: str
    due: int
    floor: int
    calls: int
    reads: int

    @property
    def ratio(self) -> float:
        """Return calls per fewest possible; 1.0 where nothing was due and nothing was called."""
        if not self.floor:
            return 1.0 if not self.calls else math.inf
        return self.calls / self.floor

    def with_more(self, *, due: int, floor: int) -> Economy:
        """Add rows of another kind, which need calls of their own: no call holds both creates and updates."""
        return replace(self, due=self.due + due, floor=self.floor + floor)


def economy(meter: Meter, *, crm: str, entity: str, due: int, batch: int) -> Economy:
    """Compare the write calls of one CRM and entity with the fewest possible.

    Args:
        meter: of the time in which ``due`` records had to be written.
        batch: rows the CRM takes in one call.
    """
    written = meter.of("write", entity=entity)
    return Economy(
        crm=crm,
        entity=entity,
        due=due,
        floor=math.ceil(due / batch),
        calls=written.calls - written.refused,
        reads=meter.of("read", entity=entity).calls,
    )

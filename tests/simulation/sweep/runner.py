"""Plays every cell of the sweep: flow, CRMs, call, fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.oracle import problems
from tests.simulation.sweep.faults import Fault, Striker, faults_at, missing
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.play import Play

PAIRS: tuple[tuple[str, str], ...] = (("alpha", "bravo"), ("chary", "delta"))
"""Creates by upsert and by look-up, silent answers, whole seconds, listings and look-ups that lag, bare webhooks."""


@dataclass(slots=True)
class Outcome:
    """What became of one flow between two CRMs.

    Attributes:
        calls: port calls of the flow when nothing fails.
        cells: cells played, by fault.
        reconnected: cells after which people had to connect a CRM again, by fault.
        failures: what was wrong, each with its cell.
    """

    flow: str
    crms: tuple[str, str]
    calls: list[str]
    cells: Counter[Fault] = field(default_factory=Counter[Fault])
    reconnected: Counter[Fault] = field(default_factory=Counter[Fault])
    failures: list[str] = field(default_factory=list[str])


def sweep(flow: Flow, crms: tuple[str, str], *, every: int = 1) -> Outcome:
    """Play a flow undisturbed, then once for each of its calls and each fault that can befall it.

    Args:
        every: let only every so-many-th call fail, from the first on.
    """
    play = flow.stage(crms)
    calls, wrongs = _played(flow, play, Striker(play.world))
    outcome = Outcome(flow.name, crms, calls)
    outcome.failures.extend(f"{flow.name} {crms}, undisturbed: {wrong}" for wrong in wrongs)
    outcome.failures.extend(f"{flow.name} {crms} never calls {name}" for name in missing(calls, flow.must_call))
    for at in range(1, len(calls) + 1, every):
        for fault in faults_at(calls[at - 1]):
            outcome.cells[fault] += 1
            where = f"{flow.name} {crms}, {fault} at call {at} of {len(calls)} ({calls[at - 1]})"
            play = flow.stage(crms)
            outcome.failures.extend(f"{where}: {wrong}" for wrong in _cell(flow, play, fault, at))
            outcome.reconnected[fault] += play.reconnected
    return outcome


def _cell(flow: Flow, play: Play, fault: Fault, at: int) -> list[str]:
    striker = Striker(play.world, fault, at)
    try:
        _, wrongs = _played(flow, play, striker)
    except Exception as error:  # noqa: BLE001 - an engine that breaks down fails its cell, the others go on
        return [f"{type(error).__name__}: {error}"]
    if not striker.has_struck:
        wrongs.append("the fault never struck")
    return wrongs


def _played(flow: Flow, play: Play, striker: Striker) -> tuple[list[str], list[str]]:
    """Play a flow to its end; returns the calls it made and what is wrong afterwards."""
    play.striker = striker
    flow.act(play)
    calls = list(striker.calls)
    play.world.watch = None
    play.acted_until = play.world.time
    play.recover()
    flow.afterwards(play)
    wrongs = list(_wrongs(flow, play))
    expected = flow.reconnections(play, striker)
    if play.reconnected not in expected:
        wrongs.append(f"people had to connect again {play.reconnected} times, not {expected}")
    return calls, wrongs


def _wrongs(flow: Flow, play: Play) -> Iterator[str]:
    """Yield what does not hold: the oracle's invariants, the flow's own, and silence in two comparisons."""
    things = list(play.things.values())
    yield from problems(play.world, things, on_delete=play.on_delete, latest_wins=play.latest_wins)
    yield from flow.wrongs(play)
    written = play.world.total_rows_written()
    for _ in range(2):
        play.world.compare()
    if play.world.total_rows_written() != written:
        yield f"two comparisons wrote {play.world.total_rows_written() - written} rows"

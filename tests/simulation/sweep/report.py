"""Runs the sweep and says what came of it."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.sweep.faults import FAULTS, Fault
from tests.simulation.sweep.flows import FLOWS
from tests.simulation.sweep.runner import PAIRS, Outcome, sweep

WORDS_MAX = 600
SIDE_BY_SIDE = 2


def run(*, every: int = 1) -> list[Outcome]:
    """Sweep every flow between every pair of CRMs, two at a time.

    Args:
        every: let only every so-many-th call fail.
    """
    tasks = [(number, crms, every) for number in range(len(FLOWS)) for crms in PAIRS]
    with ProcessPoolExecutor(SIDE_BY_SIDE, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_one, tasks))


def _one(task: tuple[int, tuple[str, str], int]) -> Outcome:
    number, crms, every = task
    gc.disable()  # collecting in the midst of a flow would double the time
    outcome = sweep(FLOWS[number], crms, every=every)
    gc.collect()
    return outcome


def total(outcomes: Sequence[Outcome]) -> Counter[Fault]:
    """Return the cells played, by fault."""
    return sum((each.cells for each in outcomes), Counter[Fault]())


def report(*, every: int = 1) -> int:
    """Sweep and print; returns 0 when every cell came out as it has to."""
    began = time.perf_counter()
    outcomes = run(every=every)
    print(f"{'flow':42} {'between':14} {'calls':>5}  " + "  ".join(f"{each:>12}" for each in FAULTS))
    for each in outcomes:
        counts = "  ".join(f"{each.cells[fault]:>12}" for fault in FAULTS)
        print(f"{each.flow:42} {'+'.join(each.crms):14} {len(each.calls):>5}  {counts}")
    cells, failures = total(outcomes), [failure for each in outcomes for failure in each.failures]
    again = sum(sum(each.reconnected.values()) for each in outcomes)
    print(", ".join(f"{fault}: {cells[fault]}" for fault in FAULTS))
    print(f"people had to connect again after {again} of them, {cells['401']} of which were a 401")
    print(f"{sum(cells.values())} cells, {len(failures)} failures, {time.perf_counter() - began:.0f} s")
    for failure in failures:
        print(f"FAILED {failure[:WORDS_MAX]}")
    return 1 if failures else 0

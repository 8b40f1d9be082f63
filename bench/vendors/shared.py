"""The command line: ``python -m bench.vendors.shared``; what many workers make of accounts they share."""

from __future__ import annotations

import argparse

from bench.vendors.crowd import Crowd, measure_crowd
from bench.vendors.neighbours import Latencies, measure_neighbours
from crmbridge.domain.budgets import LANES, Lane

REFUSED_MAX, USED_MIN, SLOWER_MAX = 0.001, 0.90, 1.2
NOISE_PER_S = 30.0
_HEAD = f"{'CRM':<10} {'workers':>7} {'accounts':>8} {'calls/s':>8} {'ours':>7} {'used':>6} {'refused':>7} writes"
CROWDS: tuple[tuple[str, int, int, tuple[Lane, ...]], ...] = (
    ("hubspot", 50, 1, ("live",)),
    ("hubspot", 50, 1, LANES),
    ("pipedrive", 20, 1, ("live",)),
    ("salesflare", 3, 1, ("live",)),
    ("kommo", 3, 1, ("live",)),
    ("kommo", 21, 7, ("live",)),
    ("kommo", 49, 7, ("live",)),
)
"""CRM, workers, accounts, and the lanes that are dealt out to the workers."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; fail where 50 workers at HubSpot, or a noisy neighbour, do worse than they may.

    Returns:
        0 when all is as it should be, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.vendors.shared", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="simulated seconds of each crowd (120)")
    seconds: float = parser.parse_args(arguments).seconds
    print(_HEAD)
    good = True
    for crm, workers, accounts, lanes in CROWDS:
        crowd = measure_crowd(crm, workers=workers, accounts=accounts, lanes=lanes, seconds=seconds)
        print(line(crowd), flush=True)
        good = good and is_kept(crowd)
    alone = measure_neighbours(noise_per_s=0)
    beside = measure_neighbours(noise_per_s=NOISE_PER_S)
    ungrouped = measure_neighbours(noise_per_s=NOISE_PER_S, is_fair=False)
    for words, each in (("alone", alone), ("beside noise", beside), ("the same without groups", ungrouped)):
        done = f"{each.noisy_done:,} of {each.noisy_sent:,} noisy ones done"
        print(f"a quiet workspace {words}: p95 {each.quiet_p95_s:.3f} s; {done}, {each.refused} refused")
    print(f"beside noise, p95 is {slower(alone, beside):.3f} times what it is alone")
    return 0 if good and slower(alone, beside) <= SLOWER_MAX else 1


def is_kept(crowd: Crowd) -> bool:
    """Tell whether hardly a call was refused, and at HubSpot nearly all that may be used was."""
    enough = crowd.crm != "hubspot" or crowd.used_of_ours >= USED_MIN
    return enough and crowd.refused <= crowd.calls * REFUSED_MAX


def slower(alone: Latencies, beside: Latencies) -> float:
    """Return how many times longer a quiet workspace's changes take beside a noisy one's."""
    return beside.quiet_p95_s / alone.quiet_p95_s


def line(crowd: Crowd) -> str:
    """Return what a crowd did as a line of the table."""
    lanes = "" if len(crowd.by_lane) < 2 else ", ".join(f"{lane} {calls}" for lane, calls in crowd.by_lane.items())
    used, written = f"{crowd.used_of_ours:>6.1%}", f"{crowd.writes_per_worker_s:>6.2f}"
    return (
        f"{crowd.crm:<10} {crowd.workers:>7} {crowd.accounts:>8} {crowd.calls / crowd.seconds:>8.2f} "
        f"{crowd.ours_per_s:>7.2f} {used} {crowd.refused:>7} {written} {lanes}"
    )


if __name__ == "__main__":
    raise SystemExit(main())

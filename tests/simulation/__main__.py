"""Run the simulator: ``python -m tests.simulation [--seeds N] [--from S] [--seed S [--trace]]``."""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from tests.simulation.mutants import survivors
from tests.simulation.scenario import Story, ViolationError

SECOND_LOOK = 100
"""One seed in this many is played twice and must leave the same trace."""


def main(arguments: list[str] | None = None) -> int:
    """Play seeds and report; returns 0 when every invariant held."""
    options = _parser().parse_args(arguments)
    if options.mutants:
        return 1 if survivors(options.seeds) else 0
    if options.seed is not None:
        return _one(options.seed, trace=options.trace)
    began, calls, rows, spare = time.perf_counter(), [], 0, 0
    for number, seed in enumerate(range(options.first, options.first + options.seeds)):
        try:
            story = _story(seed)
        except ViolationError as violation:
            print(f"FAILED after {number} seeds: {violation}\nreplay: make simulate SEED={seed} TRACE=1")
            return 1
        calls.append(story.world.port_calls)
        rows += story.world.total_rows_written()
        spare += sum(crm.no_op_writes for crm in story.world.crms.values())
        if sys.stderr.isatty() and number % 50 == 0:
            print(f"\r{number} seeds", end="", file=sys.stderr, flush=True)
    elapsed = time.perf_counter() - began
    print(
        f"{options.seeds} seeds from {options.first}, 0 violations, {options.seeds / elapsed:.0f} seeds/s; "
        f"median {statistics.median(calls):.0f} port calls a seed; {rows} rows written, {spare} of them to no effect"
    )
    return 0


def _story(seed: int) -> Story:
    story = Story(seed).play().check()
    if seed % SECOND_LOOK == 0 and Story(seed).play().check().digest.digest() != story.digest.digest():
        raise ViolationError(f"seed {seed}: two runs left different traces")
    return story


def _one(seed: int, *, trace: bool) -> int:
    try:
        Story(seed, trace=print if trace else None).play().check()
    except ViolationError as violation:
        print(f"FAILED: {violation}")
        return 1
    print(f"seed {seed}: every invariant holds")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds (500)")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="play one seed only")
    parser.add_argument("--mutants", action="store_true", help="plant known mistakes and see each noticed")
    parser.add_argument("--trace", action="store_true", help="tell its story")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Run the simulator: ``make simulate``, or ``python -m tests.simulation --help``."""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.simulation.mutants import survivors
from tests.simulation.oracle import ViolationError
from tests.simulation.scenario import Story
from tests.simulation.sweep.report import report as sweep_report

SECOND_LOOK = 100
"""One seed in this many is played twice and must leave the same trace."""

TOLD = 200
"""Stories between two words of progress."""


@dataclass(slots=True)
class Totals:
    """What many stories came to.

    Attributes:
        calls: port calls of each story.
        due: by weather, rows that had to change where each act is followed to its end.
        written: rows that were written for them.
        twice: stories that were played twice.
    """

    calls: list[int] = field(default_factory=list[int])
    due: dict[str, int] = field(default_factory=dict[str, int])
    written: dict[str, int] = field(default_factory=dict[str, int])
    twice: int = 0

    def add(self, story: Story) -> None:
        """Take one story in."""
        self.calls.append(story.world.port_calls)
        if story.weather.settles:
            name = story.weather.name
            self.due[name] = self.due.get(name, 0) + story.tally.due
            self.written[name] = self.written.get(name, 0) + story.tally.written


def main(arguments: Sequence[str] | None = None) -> int:
    """Play seeds and report; returns 0 when every invariant held."""
    options = _parser().parse_args(arguments)
    options.seeds = options.seeds or (4000 if options.mutants else 1000)
    if options.mutants:
        return 1 if survivors(options.seeds, options.first, rare=options.rare) else 0
    if options.sweep:
        return sweep_report()
    if options.seed is not None:
        return _one(options.seed, trace=options.trace)
    began, totals = time.perf_counter(), Totals()
    gc.disable()
    gc.freeze()
    for number, seed in enumerate(range(options.first, options.first + options.seeds)):
        try:
            story = _story(seed, totals)
            totals.add(story)
            vars(story.world).clear()  # so that little is left to the collector of cycles
        except (ViolationError, Exception) as violation:  # noqa: BLE001 - an engine that breaks down is no better
            print(f"FAILED after {number} seeds: {violation}\nreplay: make simulate SEED={seed} TRACE=1")
            return 1
        gc.collect()  # in the midst of a story it would double the time; after many the memory is cold again
        if number % TOLD == 0 and sys.stderr.isatty():
            print(f"\r{number} seeds", end="", file=sys.stderr, flush=True)
    gc.enable()
    _report(options, totals, time.perf_counter() - began)
    return 0


def _report(options: argparse.Namespace, totals: Totals, elapsed_s: float) -> None:
    seeds, calls = options.seeds, sorted(totals.calls)
    print(f"{seeds} seeds from {options.first}, 0 violations, {seeds / elapsed_s:.0f} seeds/s")
    tenth = calls[len(calls) // 10]
    print(f"port calls a seed: median {statistics.median(calls):.0f}, a tenth below {tenth}, most {calls[-1]}")
    for name, due in sorted(totals.due.items()):
        written = totals.written[name]
        print(f"write amplification, {name}: {written / max(due, 1):.3f} ({written} rows written, {due} due)")
    print("two comparisons after every eighth story: 0 rows written, and old news told again changed nothing")
    print(f"{totals.twice} seeds were played twice and left equal traces")


def _story(seed: int, totals: Totals) -> Story:
    again = seed % SECOND_LOOK == 0
    story = Story(seed, keep=again).play().check()
    if again:
        totals.twice += 1
        other = Story(seed, keep=True).play().check()
        if story.digest is None or other.digest is None or story.digest.digest() != other.digest.digest():
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
    parser.add_argument("--seeds", type=int, default=0, help="how many seeds (1000; 4000 with --mutants)")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="play one seed only")
    parser.add_argument("--mutants", action="store_true", help="plant known mistakes and see each noticed")
    parser.add_argument("--sweep", action="store_true", help="let every call of every flow fail in every way")
    parser.add_argument("--rare", action="store_true", help="with --mutants: those that stories seldom notice")
    parser.add_argument("--trace", action="store_true", help="tell its story")
    return parser


if __name__ == "__main__":
    sys.exit(main())

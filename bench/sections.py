"""What is measured, one section a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench import simulator
from bench.child import run_child
from bench.figures import Figure, Section


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        contacts: moved by the speed section.
        metered: moved by the units section.
        memory: numbers of records moved by the memory section.
        processes: fresh processes per cold start.
        seeds: run by the simulator.
        calls: of webhooks that are answered.
    """

    contacts: int
    metered: int
    memory: tuple[int, ...]
    processes: int
    seeds: int
    calls: int


QUICK = Size(contacts=600, metered=20, memory=(1_000, 4_000), processes=3, seeds=20, calls=300)
FULL = Size(contacts=5_000, metered=100, memory=(1_000, 10_000, 1_000_000), processes=9, seeds=1_000, calls=5_000)


def speed(size: Size) -> Section:
    """Measure processor time per record beside a bare reading loop."""
    from bench import throughput  # noqa: PLC0415 - a section imports what it needs, so that each can run alone

    figures, notes = throughput.measure(contacts=size.contacts)
    return Section(
        "Processor time, HubSpot and Salesforce simulated in processes of their own",
        tuple(figures),
        (f"{size.contacts:,} contacts over HTTP on loopback, records kept in memory, rate limits off", *notes),
    )


def memory(size: Size) -> Section:
    """Measure peak memory by number of records; the smallest number is the floor."""
    taken = {count: run_child("memory", records=count) for count in size.memory}
    floor = taken[size.memory[0]]["peak_mb"]
    figures = [Figure(f"{count:,} records", each["peak_mb"], "MB resident", floor) for count, each in taken.items()]
    return Section(
        "Peak memory of one process that moves records from one CRM to another",
        tuple(figures),
        (
            f"of that {taken[size.memory[0]]['before_mb']:.0f} MB before the first record",
            "CRMs that invent their rows, records in a file, steps of 500 records; no HTTP",
        ),
    )


def database(size: Size) -> Section:
    """Count DynamoDB units per record."""
    from bench import units  # noqa: PLC0415 - likewise, and moto is slow to load

    figures, notes = units.measure(contacts=size.metered)
    return Section("DynamoDB units", tuple(figures), tuple(notes))


def cold_start(size: Size) -> Section:
    """Measure import and first wiring of the webhook function beside the usual stack."""
    from bench.cold import ENVIRONMENT, medians  # noqa: PLC0415 - likewise

    rounds = [  # one of each after the other, so that a busy moment of the machine meets all of them
        {stack: run_child("cold", environment=ENVIRONMENT, stack=stack) for stack in _STACKS}
        for _ in range(size.processes)
    ]
    taken = {stack: medians([each[stack] for each in rounds]) for stack in _STACKS}
    floor = taken["boto3"]
    figures = [Figure(label, taken[stack]["ms"], "ms CPU", floor["ms"]) for stack, label in _STACKS.items()]
    figures += [
        Figure(f"{label}, resident", taken[stack]["rss_mb"], "MB", floor["rss_mb"]) for stack, label in _STACKS.items()
    ]
    return Section(
        "Cold start on this machine: imports, clients, first wiring",
        tuple(figures),
        (
            f"the webhook function takes {taken['webhook']['ms'] / taken['usual']['ms']:.2f} of the usual stack's time",
            f"median of {size.processes} fresh processes each; the interpreter's own start is not in it",
        ),
    )


def answering(size: Size) -> Section:
    """Measure how long the webhook handler takes over a call that it accepts."""
    figures: list[Figure] = []
    for events in (1, 100):
        taken = run_child("answering", events=events, calls=size.calls)
        if taken["accepted"] != size.calls:
            raise RuntimeError(f"{size.calls - taken['accepted']} of {size.calls} genuine webhooks were not accepted")
        label = f"a call of {events} event{'s' if events > 1 else ''}"
        figures += [Figure(f"{label}, {each}", taken[f"{each}_ms"], "ms") for each in ("p50", "p99")]
    return Section(
        "Answering a webhook, in a warm process",
        tuple(figures),
        (f"{size.calls:,} HubSpot calls each, verified and queued through the handler; memory in the place of AWS",),
    )


def simulation(size: Size) -> Section:
    """Measure how fast the simulator goes through seeds."""
    title = "Simulator"
    if not simulator.is_there():
        return Section(title, skipped="tests/simulation cannot be started by itself here")
    return Section(title, tuple(simulator.measure(seeds=size.seeds)))


SECTIONS: Mapping[str, Callable[[Size], Section]] = {
    "speed": speed,
    "memory": memory,
    "units": database,
    "cold": cold_start,
    "answering": answering,
    "simulator": simulation,
}

_STACKS: Mapping[str, str] = {
    "boto3": "boto3 with two clients: the floor",
    "usual": "boto3, httpx, pydantic, Powertools resolver",
    "webhook": "the webhook function",
}


def describe() -> dict[str, Any]:
    """Return the sections' names and what they do, for people."""
    return {name: (section.__doc__ or "").split(".")[0] for name, section in SECTIONS.items()}

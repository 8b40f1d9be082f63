"""One vendor measured: contacts written to it, and contacts read from it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from bench.vendors.account import Account, open_account
from bench.vendors.clock import SimulatedClock
from bench.vendors.floors import FLOORS
from bench.vendors.house import SimulatedHouse
from bench.vendors.plans import ALL, Plan
from bench.vendors.seeds import fill

WARM_UP = 50
"""Contacts written before anything is measured, so that fields, owners and the like are known."""

Way = Literal["write", "read"]
Mark = tuple[float, int]
"""A second in which a long window began anew, and how many contacts had been moved before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one direction took.

    Attributes:
        contacts: moved.
        calls: made.
        refused: of these, by a limit.
        taken_s: from the beginning to the last call, on the simulated clock.
        floor_calls: the fewest.
        floor_s: the least time for as many contacts, in seconds.
        narrowed: how many times narrower the slow limits were.
        marks: where long windows began anew.
        real_s: on the wall.
    """

    crm: str
    what: Way
    contacts: int
    calls: int
    refused: int
    taken_s: float
    floor_calls: float
    floor_s: float
    narrowed: float = 1.0
    marks: Sequence[Mark] = ()
    real_s: float = 0.0

    @property
    def all_s(self) -> float:
        """Seconds that 100,000 contacts take: scaled by whole long windows where any were met, else in proportion."""
        if self.contacts >= ALL:
            return self.taken_s
        begun = {count: at_s for at_s, count in self.marks}  # of several looks at a used-up window, the last
        if len(begun) < 2:
            return self.taken_s * ALL / self.contacts
        (before, first_s), (after, last_s) = min(begun.items()), max(begun.items())
        windows = len(begun) - 1
        in_a_window = (after - before) / windows * self.narrowed
        return (math.ceil(ALL / in_a_window) - 1) * (last_s - first_s) / windows

    @property
    def all_floor_s(self) -> float:
        """The least seconds that 100,000 contacts can take."""
        floor = FLOORS[self.crm]
        return floor.least_s(floor.write if self.what == "write" else floor.read, ALL)

    @property
    def time_ratio(self) -> float | None:
        """How many times the least time 100,000 contacts take; ``None`` where no limit makes anybody wait."""
        return self.all_s / self.all_floor_s if self.all_floor_s else None

    @property
    def calls_ratio(self) -> float:
        """How many times the fewest calls were made."""
        return self.calls / self.floor_calls


def measure_writing(crm: str, plan: Plan) -> Measured:
    """Write contacts that an invented CRM makes to a fresh account."""
    clock = SimulatedClock()
    account = open_account(crm, clock)
    with closing(SimulatedHouse(account, clock, contacts=WARM_UP)) as house:
        house.settle()
        if plan.control is not None:
            account.control(*plan.control)
        marks: list[Mark] = []
        account.counting.on_pause = lambda now_s: marks.append((now_s, house.linked()))
        return _measured(account, clock, "write", plan, marks, lambda: house.write(plan.write))


def measure_reading(crm: str, plan: Plan) -> Measured:
    """Read an account that holds contacts for the first time.

    Raises:
        RuntimeError: fewer than all of them were read.
    """
    clock = SimulatedClock()
    account = open_account(crm, clock)
    fill(account, clock, plan.read)
    clock.sleep(3_600 - clock.elapsed_s % 3_600)
    with closing(SimulatedHouse(account, clock, contacts=0)) as house:

        def read() -> None:
            seen = house.read()
            if seen < plan.read:
                raise RuntimeError(f"{crm}: {seen} of {plan.read} contacts were read")

        return _measured(account, clock, "read", plan, [], read)


def _measured(  # noqa: PLR0917 - what is measured, and how it is told
    account: Account,
    clock: SimulatedClock,
    what: Way,
    plan: Plan,
    marks: Sequence[Mark],
    move: Callable[[], None],
) -> Measured:
    counting, began_s, real = account.counting, clock.elapsed_s, time.perf_counter()
    calls, refused = counting.calls, counting.refused
    move()
    floor = FLOORS[account.crm]
    work, contacts = (floor.write, plan.write) if what == "write" else (floor.read, plan.read)
    narrowed = plan.narrowed if what == "write" else 1.0
    return Measured(
        crm=account.crm,
        what=what,
        contacts=contacts,
        calls=counting.calls - calls,
        refused=counting.refused - refused,
        taken_s=counting.last_s - began_s,
        floor_calls=work.calls(contacts),
        floor_s=floor.least_s(work, contacts, narrowed=narrowed),
        narrowed=narrowed,
        marks=tuple(marks),
        real_s=time.perf_counter() - real,
    )

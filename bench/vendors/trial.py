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
from bench.vendors.floors import FLOORS, Floor, Work
from bench.vendors.house import SimulatedHouse
from bench.vendors.plans import ALL, Plan
from bench.vendors.seeds import BY_PEOPLE, Pace, fill

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
        half_s: seconds until the first half was written, on the simulated clock; 0 when nothing tells.
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
    half_s: float = 0.0
    marks: Sequence[Mark] = ()
    real_s: float = 0.0

    @property
    def all_s(self) -> float | None:
        """Seconds that 100,000 contacts take; ``None`` where too few were moved to meet the limit that decides.

        By whole long windows where any were met; otherwise along the line through the first half and the whole.
        """
        if self.contacts >= ALL:
            return self.taken_s
        begun = {count: at_s for at_s, count in self.marks}  # of several looks at a used-up window, the last
        if len(begun) > 1:
            (before, first_s), (after, last_s) = min(begun.items()), max(begun.items())
            windows = len(begun) - 1
            in_a_window = (after - before) / windows * self.narrowed
            return (math.ceil(ALL / in_a_window) - 1) * (last_s - first_s) / windows
        if not self._is_decided:
            return None
        share = 0.5 if self.half_s else 1.0
        return self.taken_s + (ALL - self.contacts) * (self.taken_s - self.half_s) / (self.contacts * share)

    @property
    def all_floor_s(self) -> float:
        """The least seconds that 100,000 contacts can take."""
        return self._floor.least_s(self._work, ALL)

    @property
    def time_ratio(self) -> float | None:
        """How many times the least time 100,000 contacts take; ``None`` where no limit makes anybody wait."""
        if self.all_s is None or not (self.all_s or self.all_floor_s):
            return None
        return self.all_s / self.all_floor_s if self.all_floor_s else math.inf

    @property
    def calls_ratio(self) -> float:
        """How many times the fewest calls were made."""
        return self.calls / self.floor_calls

    @property
    def made_of(self) -> str:
        """What the floor of 100,000 contacts is made of, in words."""
        return self._floor.told(self._work, ALL)

    @property
    def _floor(self) -> Floor:
        return FLOORS[self.crm]

    @property
    def _work(self) -> Work:
        return self._floor.write if self.what == "write" else self._floor.read

    @property
    def _is_decided(self) -> bool:
        """Tell whether the limit that decides for 100,000 contacts made these wait, or none makes anybody wait."""
        if self._work.job is not None:
            return self.contacts >= 2 * self._work.job.rows
        here = self._floor.decisive(self._work, self.contacts, narrowed=self.narrowed)
        return not self.all_floor_s or (self.floor_s > 0 and here == self._floor.decisive(self._work, ALL))


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

        def write() -> float:
            began_s = clock.elapsed_s
            if plan.write == ALL:
                house.write(ALL)
                return 0.0
            house.write(plan.write // 2)
            half_s = account.counting.last_s - began_s
            house.write(plan.write - plan.write // 2)
            return half_s

        return _measured(account, clock, "write", plan, marks, write)


def measure_reading(crm: str, plan: Plan, pace: Pace = BY_PEOPLE) -> Measured:
    """Read an account that holds contacts for the first time.

    Args:
        pace: how they came to stand there.

    Raises:
        RuntimeError: fewer than all of them were read.
    """
    clock = SimulatedClock()
    account = open_account(crm, clock)
    fill(account, clock, plan.read, pace)
    clock.sleep(3_600 - clock.elapsed_s % 3_600)
    with closing(SimulatedHouse(account, clock, contacts=0)) as house:

        def read() -> float:
            seen = house.read()
            if seen < plan.read:
                raise RuntimeError(f"{crm}: {seen} of {plan.read} contacts were read")
            return 0.0

        return _measured(account, clock, "read", plan, [], read)


def _measured(  # noqa: PLR0917 - what is measured, and how it is told
    account: Account,
    clock: SimulatedClock,
    what: Way,
    plan: Plan,
    marks: Sequence[Mark],
    move: Callable[[], float],
) -> Measured:
    counting, began_s, real = account.counting, clock.elapsed_s, time.perf_counter()
    calls, refused = counting.calls, counting.refused
    half_s = move()
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
        half_s=half_s,
        marks=tuple(marks),
        real_s=time.perf_counter() - real,
    )

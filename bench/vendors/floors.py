"""The least that each vendor's published limits let 100,000 contacts take, obligatory look-ups counted.

A floor is made of the calls without which the work cannot be done safely (the largest batches that are documented or
seen, a look-up where nothing at the vendor refuses a double, a reading back where no answer tells what was stored), and
of the windows that these calls need, all of them begun with an unused budget and our reserve left alone.

What is obligatory, where it is not plain: Pipedrive and Kommo find new records late, so beside a search for each
contact the page of the newest is looked at, for each batch of 50. The searches of Kommo, Pipedrive and Salesflare take
one address each. Freshsales' bulk jobs answer after they were asked for, and name no ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Units that may be used within a window.

    Attributes:
        units: what is published.
        reserve: share of it that is left alone.
        per_s: length of the window, in seconds.
    """

    units: float
    per_s: float
    reserve: float = 0.1

    @property
    def allowed(self) -> int:
        """Whole units that are ours."""
        return int(self.units * (1 - self.reserve) + 1e-9)

    def least_s(self, units: float) -> float:
        """Return the seconds after which the last of so many units can be used, beginning with an unused budget."""
        return max(0, math.ceil(units / self.allowed - 1e-9) - 1) * self.per_s

    def told(self) -> str:
        """Return what is ours, in words."""
        return f"{self.allowed:,} of {self.units:,.0f} in {self.per_s:,.0f} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a vendor works off by itself, one after another, while nobody else can hurry it.

    Attributes:
        rows: contacts in one.
        takes_s: until the first look that finds it done, in seconds of the simulated CRM.
    """

    rows: int
    takes_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one direction takes at one vendor.

    Attributes:
        batches: what must be called, and how many contacts one such call serves.
        costs: units of a budget that a call takes, where that is not one; by budget, then by call.
        job: what the vendor does by itself, where it does.
    """

    batches: Mapping[str, int]
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    job: Job | None = None

    def jobs_s(self, contacts: int) -> float:
        """Return the seconds that the vendor's own jobs take."""
        return 0.0 if self.job is None else math.ceil(contacts / self.job.rows) * self.job.takes_s

    def calls(self, contacts: int) -> float:
        """Return the fewest calls for so many contacts."""
        return sum(math.ceil(contacts / size) for size in self.batches.values())

    def units(self, budget: str, contacts: int) -> float:
        """Return the fewest units of a budget for so many contacts."""
        costs = self.costs.get(budget)
        if costs is None:
            return self.calls(contacts)
        return sum(math.ceil(contacts / size) * costs.get(what, 0.0) for what, size in self.batches.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """One vendor's floors; ``source`` says whose the numbers are."""

    budgets: Mapping[str, Budget]
    write: Work
    read: Work
    source: str

    def least_s(self, work: Work, contacts: int, *, narrowed: float = 1.0) -> float:
        """Return the least time in seconds.

        Args:
            narrowed: how many times narrower the budgets are.
        """
        windows = (each.least_s(work.units(name, contacts) * narrowed) for name, each in self.budgets.items())
        return max(*windows, work.jobs_s(contacts))

    def decisive(self, work: Work, contacts: int, *, narrowed: float = 1.0) -> str:
        """Return the budget that makes the least time what it is; of several, or when none does, the fullest."""

        def fullness(name: str) -> tuple[float, float]:
            units, budget = work.units(name, contacts) * narrowed, self.budgets[name]
            return budget.least_s(units), units / budget.allowed

        return max(self.budgets, key=fullness)

    def told(self, work: Work, contacts: int) -> str:
        """Return what the least time is made of, in words."""
        calls = " + ".join(
            f"{math.ceil(contacts / size):,} x {what}{f' of {size:,}' if size > 1 else ''}"
            for what, size in work.batches.items()
        )
        name = self.decisive(work, contacts)
        units = work.units(name, contacts)
        told = f"{calls}; {name}: {units:,.0f}, ours {self.budgets[name].told()}"
        jobs_s = work.jobs_s(contacts)
        return f"{told}; the vendor's own jobs: {jobs_s:,.0f} s" if jobs_s else told


FLOORS: Mapping[str, Floor] = {
    "hubspot": Floor(
        budgets={"calls": Budget(units=110, per_s=10)},
        write=Work(batches={"look-up": 100, "create": 100}),
        read=Work(batches={"page": 100}),
        source="110 calls in 10 s for an OAuth app",
    ),
    "salesforce": Floor(
        budgets={"calls of a day": Budget(units=110_000, per_s=_DAY_S)},
        write=Work(
            batches={
                "look-up": 200,
                "job": 5_000,
                "upload": 5_000,
                "begin": 5_000,
                "look at the job": 2_500,
                "look-up by our id": 200,
            },
            job=Job(rows=5_000, takes_s=6.0),
        ),
        read=Work(
            batches={"count": 100_000, "job": 100_000, "look at the job": 50_000, "results": 5_000},
            job=Job(rows=100_000, takes_s=5.0),
        ),
        source="100,000 calls a day and 1,000 for each of ten licences; the simulated CRM takes 6 s for a job of 5,000 "
        "rows and 3.2 s for a query of 100,000, looked at after 2 and 5 s; a real org takes its own time",
    ),
    "pipedrive": Floor(
        budgets={
            "tokens of a day": Budget(units=30_000, per_s=_DAY_S),
            "searches": Budget(units=10, per_s=2),
            "calls": Budget(units=80, per_s=2),
        },
        write=Work(
            batches={"search": 1, "create": 1, "newest page": 50},
            costs={
                "tokens of a day": {"search": 20, "create": 5, "newest page": 10},
                "searches": {"search": 1},
            },
        ),
        read=Work(batches={"page": 500}, costs={"tokens of a day": {"page": 10}, "searches": {}}),
        source="Lite plan, one seat: 30,000 tokens a day, 80 calls and 10 searches in 2 s",
    ),
    "zoho": Floor(
        budgets={"credits of a day": Budget(units=54_000, per_s=_DAY_S)},
        write=Work(
            batches={"look-up": 50, "insert": 100, "read back": 50},
            costs={"credits of a day": {"look-up": 1, "insert": 10, "read back": 1}},
        ),
        read=Work(batches={"page": 200}),
        source="Enterprise, four users: 54,000 credits in 24 h; beside ten pages we ask what they jumped over",
    ),
    "freshsales": Floor(
        budgets={"calls": Budget(units=1_000, per_s=3_600)},
        write=Work(batches={"look-up": 25, "bulk job": 100, "look at the job": 100, "read back": 100}),
        read=Work(batches={"page": 100}),
        source="1,000 calls an hour, the strictest of the figures that are quoted",
    ),
    "salesflare": Floor(
        budgets={"calls": Budget(units=5, per_s=1)},
        write=Work(batches={"look-up": 1, "create": 50, "read back": 50}),
        read=Work(batches={"page": 100}),
        source="no limit is published: our own 5 calls a second",
    ),
    "kommo": Floor(
        budgets={"calls": Budget(units=7, per_s=1, reserve=1 / 7)},
        write=Work(batches={"look-up": 1, "newest page": 50, "add": 50, "read back": 50}),
        read=Work(batches={"page": 250}),
        source="7 calls a second",
    ),
    "dynamics": Floor(
        budgets={
            "calls": Budget(units=6_000, per_s=300),
            "ms of execution": Budget(units=1_200_000, per_s=300),
        },
        write=Work(
            batches={"look-up": 100, "batch": 100},
            costs={"ms of execution": {"look-up": 20, "batch": 2_000}},
        ),
        read=Work(batches={"page": 5_000}, costs={"ms of execution": {"page": 20}}),
        source="6,000 calls and 1,200 s of execution in 300 s; the simulated CRM takes 20 ms an operation; we take 200 "
        "rows of the 5,000 a page may have",
    ),
}

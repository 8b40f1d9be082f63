"""The demo's outcome: every claim with its figure, as JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.demo.findings import Comparison
from local.demo.meter import Economy
from local.demo.show import Screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Something the demo has to show, and whether it did."""

    claim: str
    figure: str
    limit: str
    holds: bool


@dataclass(slots=True, kw_only=True)
class Report:
    """What is gathered while the demo runs.

    Attributes:
        echo_writes: writes after everything was in step, and writes of what the CRM already had.
        echo_calls: those calls in words.
        conflicts: fields that two people filled in differently, at the first sync or staged.
        latencies: per direction, milliseconds from an edit to its being visible in the other CRM.
        phases: seconds per act.
    """

    world: str
    seed: int
    counts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    comparison: Comparison | None = None
    echo_writes: int = 0
    echo_calls: list[str] = field(default_factory=list[str])
    conflicts: int = 0
    conflict: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    storm: Mapping[str, Any] = field(default_factory=dict[str, Any])
    kills: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    latencies: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    calls: Mapping[str, Any] = field(default_factory=dict[str, Any])
    economies: list[Economy] = field(default_factory=list[Economy])
    claims: list[Claim] = field(default_factory=list[Claim])
    phases: dict[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether every claim holds, and there is one."""
        return bool(self.claims) and all(claim.holds for claim in self.claims)

    def claim(self, claim: str, figure: object, limit: str, *, holds: bool) -> None:
        """Add something that was to be shown."""
        self.claims.append(Claim(claim=claim, figure=str(figure), limit=limit, holds=holds))

    def as_json(self) -> dict[str, Any]:
        """Return what ``demo-report.json`` holds."""
        found = self.comparison
        return {
            "passed": self.passed,
            "world": self.world,
            "seed": self.seed,
            "counts": dict(self.counts),
            "lost": found.lost if found else None,
            "duplicated": found.duplicated if found else None,
            "different": found.different if found else None,
            "echo_writes": self.echo_writes,
            "echo_calls": self.echo_calls,
            "conflicts": self.conflicts,
            "conflict": dict(self.conflict),
            "outage": dict(self.outage),
            "storm": dict(self.storm),
            "kills": [dict(each) for each in self.kills],
            "latencies": {name: dict(figures) for name, figures in self.latencies.items()},
            "api_calls": dict(self.calls),
            "write_calls": [asdict(each) | {"ratio": _finite(each.ratio)} for each in self.economies],
            "comparison": found.as_json() if found else None,
            "claims": [asdict(claim) for claim in self.claims],
            "phases": {name: round(seconds, 1) for name, seconds in self.phases.items()},
            "seconds": round(self.seconds, 1),
        }

    def write(self, path: Path) -> None:
        """Write the report as indented JSON."""
        text = json.dumps(self.as_json(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


def show(report: Report, screen: Screen) -> None:
    """Print the summary: findings first if there are any, then the tables, then the claims."""
    found = report.comparison
    if found and found.findings:
        rows = [(each.kind, each.entity, each.key, each.crm, each.name, each.words) for each in found.findings[:25]]
        screen.table("What is not as it must be", ("what", "entity", "thing", "CRM", "field", "words"), rows)
    if report.economies:
        screen.table(
            "Calls of the first sync",
            ("to", "entity", "due", "fewest", "write calls", "ratio", "batch reads"),
            [
                (each.crm, each.entity, each.due, each.floor, each.calls, f"{each.ratio:.2f}", each.reads)
                for each in report.economies
            ],
        )
    if report.latencies:
        screen.table(
            "From an edit to the other CRM, ms",
            ("direction", "edits", "p50", "p95", "longest"),
            [
                (name, int(each["edits"]), int(each["p50_ms"]), int(each["p95_ms"]), int(each["max_ms"]))
                for name, each in report.latencies.items()
            ],
        )
    screen.table("Seconds", ("act", "s"), [(name, f"{each:.1f}") for name, each in report.phases.items()])
    for claim in report.claims:
        screen.verdict(f"{claim.claim}: {claim.figure} ({claim.limit})", holds=claim.holds)


def percentiles(values_ms: list[float]) -> dict[str, float]:
    """Return count, median, 95th percentile and maximum; the nearest value that was measured.

    Example:
        >>> percentiles([30.0, 10.0, 20.0])
        {'edits': 3, 'p50_ms': 20.0, 'p95_ms': 30.0, 'max_ms': 30.0}
    """
    ranked = sorted(values_ms)
    if not ranked:
        return {"edits": 0, "p50_ms": 0.0, "p95_ms": 0.0, "max_ms": 0.0}

    def at(share: float) -> float:
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]

    return {"edits": len(ranked), "p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": ranked[-1]}


def _finite(ratio: float) -> float | None:
    return None if ratio == float("inf") else round(ratio, 3)

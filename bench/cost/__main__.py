"""The command line: ``python -m bench.cost``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from bench.cost.bill import Line, bill, total
from bench.cost.prices import load
from bench.cost.scenario import Scenario, connected

REPORT = Path("cost-report.json")
RECORDS = 100


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which edits arrive.

    Attributes:
        per_webhook: events in one call of the vendor.
        together: messages that wait when a worker comes; what a second's window gathers.
        most: dollars per million that it may cost, ``None`` for no bound.
    """

    name: str
    told: str
    per_webhook: int
    together: int
    most: float | None


WAYS = (
    Way("single", "one event a webhook, ten edits within a second", 1, 10, 9.0),
    Way("batched", "a hundred events a webhook", 100, 1, 6.0),
    Way("quiet", "one event a webhook, one edit at a time, nothing to share a worker with", 1, 1, None),
)

ARCHIVE = Way("archive", "four hundred days later, the line of history into the archive", 0, 0, None)
ARCHIVED_TOGETHER = 100
"""Lines in one batch of the stream: what a window of five minutes gathers where three changes a second expire."""


def main(arguments: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Measure, print every line, write the report.

    Returns:
        0 when every way keeps to its bound, 1 otherwise.
    """
    options = _parser().parse_args(arguments)
    prices, write = load(), out or sys.stdout
    measured: dict[str, list[Line]] = {}
    with connected(options.records, dict(prices.assumed)) as scenario:
        for way in WAYS:
            measured[way.name] = bill(_used(scenario, way), records=options.records, prices=prices)
        scenario.stand.forget()
        lines = scenario.archive(together=ARCHIVED_TOGETHER)
        measured[ARCHIVE.name] = bill(dict(scenario.stand.counts.used), records=lines, prices=prices)
    for way in (*WAYS, ARCHIVE):
        write.write(table(way, measured[way.name]) + "\n\n")
    write.write(f"Prices: {prices.told}.\n")
    shown = {name: [asdict(each) for each in lines] for name, lines in measured.items()}
    options.report.write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")
    return 0 if all(way.most is None or total(measured[way.name]) <= way.most for way in WAYS) else 1


def _used(scenario: Scenario, way: Way) -> dict[tuple[str, str], float]:
    """Count one round of edits, after one that warms up caches and connections."""
    scenario.edit(per_webhook=way.per_webhook, together=way.together)
    scenario.stand.forget()
    scenario.edit(per_webhook=way.per_webhook, together=way.together)
    return dict(scenario.stand.counts.used)


def table(way: Way, lines: Sequence[Line]) -> str:
    """Return one bill as text."""
    bound = "" if way.most is None else f" (at most ${way.most:.2f})"
    said = [f"{way.told}: ${total(list(lines)):.2f} per million changed records{bound}"]
    for each in lines:
        said.append(f"  {each.label:<24} ${each.dollars:>6.3f}   {each.per_record:>10.6g} {each.unit}")
        said += [f"    {part:<36} ${dollars:>6.3f}" for part, dollars in each.parts.items() if dollars >= 0.005]
    return "\n".join(said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.cost", description="What a million changed records cost on AWS, from measured counts."
    )
    parser.add_argument("--records", type=int, default=RECORDS, help=f"contacts that are edited ({RECORDS})")
    parser.add_argument("--report", type=Path, default=REPORT, help=f"where the report goes ({REPORT})")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

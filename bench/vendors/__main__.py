"""The command line: ``python -m bench.vendors``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from bench.vendors.floors import FLOORS
from bench.vendors.plans import ALL, PLANS, quick
from bench.vendors.seeds import BY_IMPORT, BY_PEOPLE
from bench.vendors.trial import Measured, measure_reading, measure_writing

REPORT = Path("bench-crms-report.json")
TIME_MAX, REFUSED_MAX = 1.05, 0.001
_HEAD = (
    f"{'CRM':<11} {'':<5} {'contacts':>8} {'calls':>7} {'least':>7} {'ratio':>6} {'refused':>7}   "
    f"{'time, 100,000':>14} {'floor':>11} {'ratio':>6}"
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a line for each direction of each CRM, and write the report.

    Returns:
        0 when every time keeps to its floor and hardly a call was refused, 1 otherwise.
    """
    options = _parser().parse_args(arguments)
    pace = BY_IMPORT if options.imported else BY_PEOPLE
    print(_HEAD)
    measured: list[Measured] = []
    for crm in options.only or PLANS:
        plan = quick(PLANS[crm]) if options.quick else PLANS[crm]
        for each in ([] if options.imported else [measure_writing(crm, plan)]), [measure_reading(crm, plan, pace)]:
            measured += each
            print("".join(line(one) + "\n" for one in each), end="", flush=True)
    print("\nThe floors of 100,000 are made of:")
    for each in measured:
        print(f"{each.crm:<11} {each.what:<5} {each.made_of}")
    for crm in options.only or PLANS:
        print(f"  ({crm}: {FLOORS[crm].source})")
    options.report.write_text(json.dumps([as_json(each) for each in measured], indent=2) + "\n", encoding="utf-8")
    print(f"{options.report}: as JSON")
    return 0 if all(is_kept(each, is_timed=not options.quick) for each in measured) else 1


def is_kept(measured: Measured, *, is_timed: bool = True) -> bool:
    """Tell whether a direction keeps to its floor, and hardly a call was refused.

    Args:
        is_timed: the time counts too; few contacts do not tell it, since a window weighs too much among them.
    """
    ratio = measured.time_ratio
    in_time = measured.all_s is not None and (ratio is None or ratio <= TIME_MAX)
    return (in_time or not is_timed) and measured.refused <= measured.calls * REFUSED_MAX


def line(measured: Measured) -> str:
    """Return what one direction took as a line of the table."""
    ratio, all_s = measured.time_ratio, measured.all_s
    return (
        f"{measured.crm:<11} {measured.what:<5} {measured.contacts:>8,} {measured.calls:>7,} "
        f"{measured.floor_calls:>7,.0f} {measured.calls_ratio:>6.3f} {measured.refused:>7}   "
        f"{'not met' if all_s is None else duration(all_s):>14} {duration(measured.all_floor_s):>11} "
        f"{'-' if ratio is None else f'{ratio:.3f}':>6}"
    )


def duration(seconds: float) -> str:
    """Return seconds in the unit that people would use.

    Example:
        >>> duration(100), duration(16_900), duration(8_000_000)
        ('100.0 s', '4.69 h', '92.59 d')
    """
    if seconds < 3_600:
        return f"{seconds:.1f} s"
    return f"{seconds / 3_600:.2f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.2f} d"


def as_json(measured: Measured) -> dict[str, object]:
    """Return what was measured and computed as JSON-ready values."""
    return {
        **asdict(measured),
        "all_s": measured.all_s,
        "all_floor_s": measured.all_floor_s,
        "time_ratio": measured.time_ratio,
        "calls_ratio": round(measured.calls_ratio, 4),
        "made_of": measured.made_of,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.vendors",
        description=f"Simulate writing and reading {ALL:,} contacts under each vendor's limits, beside the least time.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the contacts, for a first look; times do not fail"
    )
    parser.add_argument(
        "--imported", action="store_true", help="read only, contacts that an import made, 50 in a second"
    )
    parser.add_argument("--only", nargs="+", choices=tuple(PLANS), metavar="CRM", help="some CRMs only")
    parser.add_argument("--report", type=Path, default=REPORT, help=f"where the report goes ({REPORT})")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

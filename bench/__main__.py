"""The command line: ``python -m bench``."""

from __future__ import annotations

import argparse
import json
import platform
import time
from dataclasses import replace
from pathlib import Path

from bench.figures import Section, report, table
from bench.sections import FULL, QUICK, SECTIONS, Size, describe

REPORT = Path("bench-report.json")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table per section, and write the report.

    Returns:
        0 when everything that was asked for was measured or skipped for a reason that is told, 1 when
        something failed; the rest is measured all the same.
    """
    options = _parser().parse_args(arguments)
    size = QUICK if options.quick else FULL
    sections = [_measured(name, size) for name in options.only or SECTIONS]
    machine = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    options.report.write_text(json.dumps({**machine, **report(sections)}, indent=2) + "\n", encoding="utf-8")
    print(f"{options.report}: as JSON")
    return 1 if any(each.failed for each in sections) else 0


def _measured(name: str, size: Size) -> Section:
    began = time.perf_counter()
    try:
        section = SECTIONS[name](size)
    except RuntimeError as error:
        section = Section(name, failed=str(error))
    section = replace(section, seconds=time.perf_counter() - began)
    print(f"{table(section)}\n  [{section.seconds:.0f} s]\n", flush=True)
    return section


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<10} {what}" for name, what in describe().items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"Measure CRM Bridge, each figure beside a floor of the same run.\n\nsections:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small numbers, a minute; half an hour without")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help="some sections only")
    parser.add_argument("--report", type=Path, default=REPORT, help=f"where the report goes ({REPORT})")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

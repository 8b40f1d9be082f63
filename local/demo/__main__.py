"""The demo's command line: ``python -m local demo``."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from local.demo.chaos import Kill
from local.demo.report import Report, show
from local.demo.show import Screen
from local.demo.story import Wishes, play
from local.errors import LocalError
from local.interrupts import raise_again_where_swallowed

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Play the demo, print the summary and write the report.

    Returns:
        0 when everything that was to be shown was shown, 1 when not or when it could not be played,
        2 when asked wrongly, 130 when interrupted.
    """
    options = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell starts background jobs without SIGINT
        signal.signal(number, _interrupt)
    raise_again_where_swallowed()
    screen = Screen()

    def tell(report: Report) -> None:
        report.write(options.report)
        show(report, screen)
        words = "everything holds" if report.passed else "not everything holds"
        screen.verdict(f"{words}; {report.seconds:.0f} s; {options.report}", holds=report.passed)

    try:
        report = play(_wishes(options), screen=screen, tell=tell)
    except LocalError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted; everything it started has ended", file=sys.stderr)
        return INTERRUPTED
    return 0 if report.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local demo", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of a sales pipeline; without, a world is invented")
    parser.add_argument("--crms", default="hubspot,salesforce", help="two or more, comma-separated")
    parser.add_argument(
        "--things", type=int, default=0, help="how many things to invent (2000; 100 where a CRM takes one a call)"
    )
    parser.add_argument("--seed", type=int, default=20261121, help="the same seed invents the same world")
    parser.add_argument("--report", type=Path, default=Path("demo-report.json"), help="where the report goes")
    parser.add_argument("--short", action="store_true", help="first sync and comparisons only")
    parser.add_argument(
        "--storm",
        metavar="EDITS",
        type=int,
        nargs="?",
        const=2000,
        default=0,
        help="instead of acts 3 to 5: lose, double and mix up webhooks during so many edits (2000), then compare once",
    )
    parser.add_argument(
        "--kill-worker",
        metavar="FUNCTION",
        nargs="?",
        const="",
        action="append",
        default=[],
        help="kill the busiest Lambda worker, of a function or of any, during the first sync; may be repeated",
    )
    parser.add_argument(
        "--kill-sandbox",
        metavar="CRM",
        action="append",
        default=[],
        help="end a simulated CRM during the first sync and bring it back seconds later; may be repeated",
    )
    return parser


def _wishes(options: argparse.Namespace) -> Wishes:
    workers = [Kill("worker", function.replace("_", "-")) for function in options.kill_worker]
    return Wishes(
        crms=tuple(crm for crm in options.crms.split(",") if crm),
        data=options.data,
        things=options.things,
        seed=options.seed,
        kills=(*workers, *(Kill(crm) for crm in options.kill_sandbox)),
        short=options.short,
        storm=options.storm,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())

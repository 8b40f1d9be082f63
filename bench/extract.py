"""The same listing read by a well-known extract tool, in a process and an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench.crms import Crm, person
from bench.figures import Figure
from bench.floors import PAGE, ROUNDS

NAME = "dlt"
ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
WHY_NOT = f"{NAME} is not set up, so it is not compared (make bench sets it up)"
_LONGEST_S = 300


def is_there() -> bool:
    """Tell whether the tool is installed beside our own environment."""
    return PYTHON.is_file()


def measure(hubspot: Crm, *, contacts: int, floor_us: float) -> Figure:
    """Let its REST source, set up as its documentation shows, iterate over all contacts and store nothing.

    Raises:
        RuntimeError: it did not see all of them, or ended badly.
    """
    asked = {
        "base_url": hubspot.url,
        "token": hubspot.credentials["private_app_token"],
        "page": PAGE,
        "properties": ",".join(person(0)),
        "contacts": contacts,
        "rounds": ROUNDS,
    }
    done = subprocess.run(  # noqa: S603 - our own environment's interpreter and our own file
        [str(PYTHON), str(Path(__file__).with_name("extract_child.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{NAME} ended with {done.returncode}: {done.stderr[-1000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    name = f"listing read by {NAME} {answer['version']}, its REST source"
    return Figure(name, answer["median_us"], "µs CPU per record", floor_us)

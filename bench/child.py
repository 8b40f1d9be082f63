"""One measurement in a fresh process: ``python -m bench.child <what> <JSON arguments>`` prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "layers/core/python"


def run_child(what: str, *, environment: Mapping[str, str] | None = None, **arguments: object) -> dict[str, Any]:
    """Run one measurement in a fresh process and return what it measured.

    Args:
        environment: variables besides this process's own.
        arguments: of the measurement, JSON-ready.

    Raises:
        RuntimeError: it failed; the message ends with what it wrote.
    """
    command = [sys.executable, "-m", "bench.child", what, json.dumps(arguments)]
    variables = {**os.environ, "PYTHONPATH": f"{LIBRARY}{os.pathsep}{ROOT}", **(environment or {})}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - this module again
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: list[str]) -> int:
    """Measure and print; each measurement imports what it needs, and nothing is imported before."""
    what, given = arguments[0], json.loads(arguments[1])
    measurement: Callable[..., dict[str, Any]]
    if what == "memory":
        from bench.memory import measure_here as measurement  # noqa: PLC0415 - imports are part of what is measured
    elif what == "answering":
        from bench.answering import measure_here as measurement  # noqa: PLC0415 - likewise
    else:
        from bench.cold import measure_here as measurement  # noqa: PLC0415 - likewise
    print(json.dumps(measurement(**given)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""How many seeded scenarios the simulator runs in a second."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from bench.child import LIBRARY, ROOT
from bench.figures import Figure

WITHIN_S = 300


def is_there() -> bool:
    """Tell whether the simulator can be started by itself."""
    return (ROOT / "tests/simulation/__main__.py").is_file()


def measure(*, seeds: int) -> list[Figure]:
    """Run so many seeds in a process of their own.

    Raises:
        RuntimeError: a seed failed; the simulator says which.
    """
    command = [sys.executable, "-m", "tests.simulation", "--seeds"]
    environment = {**os.environ, "PYTHONPATH": f"{LIBRARY}{os.pathsep}{ROOT}"}
    taken: list[float] = []
    for count in (1, seeds):  # one seed first: what starting costs is no part of the rate
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - the house's own simulator
            [*command, str(count)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=WITHIN_S,
        )
        taken.append(time.perf_counter() - began)
        if done.returncode:
            raise RuntimeError(f"the simulator failed: {(done.stdout + done.stderr)[-1500:]}")
    return [Figure("seeds on one core", (seeds - 1) / max(taken[1] - taken[0], 1e-6), "per second")]

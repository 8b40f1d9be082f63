"""Plants each known mistake in a copy of the engine and plays stories until one of them is no longer true."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.simulation.planted import MUTANTS, RARE, Mutant

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "core" / "python" / "crmbridge"
TIMEOUT_S = 300
SIDE_BY_SIDE = 2


def survivors(seeds: int, first: int = 0, *, rare: bool = False) -> int:
    """Plant each bug in turn, play stories, and report; returns how many bugs nobody noticed.

    Args:
        rare: plant those that stories seldom notice.
    """
    needed: list[int] = []
    mutants = RARE if rare else MUTANTS
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for mutant, after in zip(
            mutants, pool.map(lambda each: noticed_after(each, seeds, first), mutants), strict=True
        ):
            if after is None:
                print(f"ALIVE   {mutant.mistake}", flush=True)
            else:
                needed.append(after)
                print(f"killed  {mutant.mistake} (after {after} seeds)", flush=True)
    share = 100 * len(needed) / len(mutants)
    median = statistics.median(needed) if needed else 0
    print(f"{len(needed)} of {len(mutants)} planted bugs killed ({share:.1f} %), median after {median:.0f} seeds")
    return len(mutants) - len(needed)


def noticed_after(mutant: Mutant, seeds: int, first: int) -> int | None:
    """Return how many stories held before one did not, ``None`` when all of them hold with the mistake."""
    with tempfile.TemporaryDirectory() as folder:
        plant(mutant, Path(folder) / "crmbridge")
        command = [sys.executable, "-m", "tests.simulation", "--seeds", str(seeds), "--from", str(first)]
        environment = {**os.environ, "PYTHONPATH": folder}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return 0  # it never came to rest
    if done.returncode == 0:
        return None
    found = re.search(r"FAILED after (\d+) seeds", done.stdout)
    if found is None:
        raise LookupError(f"{mutant.mistake}: the simulator itself broke:\n{done.stderr[-2000:]}")
    return int(found[1])


def plant(mutant: Mutant, copy: Path) -> None:
    """Copy the library and put the mistake into it.

    Raises:
        LookupError: the place is not there, or there twice: the engine has moved on, and the mutant has to follow.
    """
    shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__", "connectors", "aws"))
    path = copy / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise LookupError(f"{mutant.mistake}: its place in {mutant.file} is not there, or not alone")
    path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")

"""The most memory this process has held."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """Return the most memory this process has held, in megabytes.

    Linux's ``ru_maxrss`` counts what the starting process held before it became this one, so its own mark is read.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        (mark,) = [line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
        return int(mark.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)

"""Throws away what workers unpacked: many thousands of small files, which nobody wants to wait for."""

from __future__ import annotations

import contextlib
import os
import subprocess

from local.paths import SCRATCH, STATE

_TRASH = "trash-"


def throw_away_scratch() -> None:
    """Move the scratch folder aside at once, and have it and what is left of earlier ones removed in the background."""
    with contextlib.suppress(OSError):
        SCRATCH.rename(STATE / f"{_TRASH}{os.getpid()}")
    trash = sorted(str(each) for each in STATE.glob(f"{_TRASH}*"))
    if trash:
        subprocess.Popen(
            ["rm", "-rf", *trash],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

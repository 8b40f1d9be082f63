"""Sees to it that an interruption is not lost."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

SOON_S = 0.05


def raise_again_where_swallowed() -> None:
    """Raise ``KeyboardInterrupt`` once more where it came up in a destructor, for Python throws those away.

    A signal is handled between any two steps of the program, also in the midst of one that tidies up after an object.
    """
    before = sys.unraisablehook
    signal.signal(signal.SIGALRM, _interrupt)

    def hook(unraisable: sys.UnraisableHookArgs, /) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, SOON_S)
        else:
            before(unraisable)

    sys.unraisablehook = hook


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

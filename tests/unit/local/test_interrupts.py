"""Ctrl-C ends a program also where it comes up in a destructor."""

import subprocess
import sys

PROGRAM = """
import time
from local.interrupts import raise_again_where_swallowed

class Tidy:
    def __del__(self):
        raise KeyboardInterrupt

raise_again_where_swallowed()
try:
    Tidy()
    time.sleep(10)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interruption_in_a_destructor_is_raised_again(root):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, timeout=9, check=False
    )

    assert done.stdout == "interrupted\n", done.stderr


def test_other_exceptions_in_destructors_are_told_as_ever(root):
    program = PROGRAM.replace("raise KeyboardInterrupt", "raise OSError('no')").replace("sleep(10)", "sleep(0.2)")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=9, check=False
    )

    assert "OSError: no" in done.stderr
    assert done.stdout == ""

"""What the platform starts ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from local.children import Children, is_running, tail
from local.errors import LocalError

SLEEPS = "import time; time.sleep(60)"
HAS_A_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEPS!r}])
print(child.pid, flush=True)
child.wait()
"""
IS_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


@pytest.fixture
def children():
    made = Children()
    yield made
    made.stop_all()


def gone(pid, *, within_s=5.0):
    give_up_at = time.monotonic() + within_s
    while is_running(pid) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return not is_running(pid)


def start_and_read(children, script, tmp_path, *, timeout_s=20.0):
    command = [sys.executable, "-c", script]
    return children.start_and_read_line(
        "x", command, env=dict(os.environ), cwd=tmp_path, log=tmp_path / "x.log", timeout_s=timeout_s
    )


def test_a_childs_own_children_end_with_it(children, tmp_path):
    grandchild = int(start_and_read(children, HAS_A_CHILD, tmp_path))
    assert is_running(grandchild)
    children.stop_all()
    assert gone(grandchild)


@pytest.mark.slow
def test_a_child_that_ignores_being_asked_is_killed(children, tmp_path):
    assert start_and_read(children, IS_DEAF, tmp_path) == "deaf"
    (process,) = children._running.values()
    children.stop_all()
    assert gone(process.pid)


def test_stopping_twice_does_nothing_more(children, tmp_path):
    start_and_read(children, HAS_A_CHILD, tmp_path)
    children.stop_all()
    children.stop_all()
    assert children.ended() == []


def test_a_child_that_says_nothing_is_reported_with_what_it_wrote(children, tmp_path):
    with pytest.raises(LocalError, match="no such crm"):
        start_and_read(children, "import sys; sys.exit('no such crm')", tmp_path)


def test_a_child_that_ends_by_itself_is_told_of_once(children, tmp_path):
    pid = children.start("x", [sys.executable, "-c", ""], env=dict(os.environ), cwd=tmp_path, log=tmp_path / "l")
    assert gone(pid)
    assert children.ended() == ["x"]
    assert children.ended() == []


def test_a_child_that_runs_has_not_ended(children, tmp_path):
    start_and_read(children, HAS_A_CHILD, tmp_path)
    assert children.ended() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
def test_children_end_when_the_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(sleeps=SLEEPS)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child)


PARENT = """
import os, pathlib, sys, time
from local.children import Children
here = pathlib.Path.cwd()
command = [sys.executable, "-c", {sleeps!r}]
print(Children().start("x", command, env=dict(os.environ), cwd=here, log=here / "l"), flush=True)
time.sleep(60)
"""


def test_the_end_of_a_log_is_told(tmp_path):
    (tmp_path / "l").write_text("\n".join(str(n) for n in range(100)))
    assert tail(tmp_path / "l", lines=2) == "98\n99"
    assert tail(tmp_path / "missing") == "it wrote nothing"

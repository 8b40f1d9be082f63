import os
import subprocess
import sys

import pytest

from local.demo import chaos
from local.demo.chaos import Kill, Process, below, function_of
from local.errors import LocalError


def test_descendants_are_found_nearest_first():
    tree = {pid: Process(pid, parent, "", 0) for pid, parent in ((2, 1), (3, 2), (4, 3), (5, 2), (9, 8))}

    assert [each.pid for each in below(2, tree)] == [3, 5, 4]
    assert below(9, tree) == []


def test_a_child_of_this_process_is_seen_with_its_command():
    with subprocess.Popen([sys.executable, "-c", "input()", "find me"], stdin=subprocess.PIPE) as child:
        found = {each.pid: each for each in below(os.getpid(), chaos.processes())}
        child.communicate(b"\n", timeout=10)

    assert found[child.pid].command.endswith("find me")


def test_workers_are_told_apart_by_their_function():
    one = Process(1, 0, "python /scratch/ministack-lambda-crm-bridge-local-push-changes-ab12/worker.py", 0)

    assert function_of(one) == "push-changes-ab12"
    assert function_of(Process(2, 0, "python -m ministack", 0)) == ""


def test_without_workers_there_is_nothing_to_kill(monkeypatch):
    monkeypatch.setattr(chaos, "_BUSY_WITHIN_S", 0.3)

    with pytest.raises(LocalError, match="push-changes is at work"):
        Kill("worker", "push-changes")._kill_worker()


def test_the_busiest_worker_dies_and_no_other(monkeypatch):
    ticks = iter(range(0, 1000, 5))
    busy = "python /scratch/ministack-lambda-crm-bridge-local-push-changes-1/w.py"
    idle = "python /scratch/ministack-lambda-crm-bridge-local-plan-sync-2/w.py"
    killed = []
    monkeypatch.setattr(
        chaos, "workers", lambda _function: [Process(11, 1, idle, 3), Process(12, 1, busy, next(ticks))]
    )
    monkeypatch.setattr(chaos.os, "kill", lambda pid, number: killed.append((pid, int(number))))

    done = Kill("worker")._kill_worker()

    assert killed == [(12, 9)]
    assert done["killed"] == "push-changes-1"

"""Kills a part of the platform in the middle of its work and lets it come back."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.cloud import STACK
from local.errors import LocalError

if TYPE_CHECKING:
    from local.demo.opening import House
    from local.demo.stage import Stage

_BUSY_WITHIN_S = 20.0
_GONE_S = 6.0
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Process:
    """A process below another, as the kernel tells it."""

    pid: int
    parent_pid: int
    command: str
    cpu_ticks: int


def processes() -> dict[int, Process]:
    """Return every process of this machine that may be looked at, by pid; empty where there is no /proc."""
    found: dict[int, Process] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", errors="replace")
            pid = int(folder.name)
            found[pid] = Process(pid, int(stat[1]), command.strip(), int(stat[11]) + int(stat[12]))
    return found


def below(pid: int, everything: dict[int, Process]) -> list[Process]:
    """Return the descendants of a process, nearest first."""
    children = [each for each in everything.values() if each.parent_pid == pid]
    return children + [deeper for child in children for deeper in below(child.pid, everything)]


def workers(function: str = "") -> list[Process]:
    """Return the processes that run Lambda functions for the local AWS below this process.

    Args:
        function: part of a function's name, with hyphens; all functions when empty.
    """
    everything = processes()
    clouds = [each for each in below(os.getpid(), everything) if "ministack" in each.command]
    found = [worker for cloud in clouds[:1] for worker in below(cloud.pid, everything)]
    return [worker for worker in found if function in function_of(worker)]


def function_of(process: Process) -> str:
    """Return the name of the function a process runs, without the stack's; empty if it runs none.

    Example:
        >>> function_of(Process(7, 1, f"python /scratch/ministack-lambda-{STACK}-push-changes-x1y2/worker.py", 0))
        'push-changes-x1y2'
    """
    _, found, rest = process.command.partition(f"ministack-lambda-{STACK}-")
    return rest.split("/")[0] if found else ""


@dataclass(frozen=True, slots=True)
class Kill:
    """What dies in the middle of the first sync.

    Attributes:
        target: ``worker`` for a process that runs a Lambda function, or a CRM.
        function: part of the function's name, with hyphens; any function when empty.
    """

    target: str
    function: str = ""

    def strike(self, house: House, stage: Stage) -> dict[str, Any]:
        """Kill it, let it come back, and return what was done.

        Raises:
            LocalError: there is nothing to be killed.
        """
        done = self._kill_worker() if self.target == "worker" else self._stop_crm(house)
        stage.screen.say(", ".join(f"{name} {value}" for name, value in done.items()))
        return done

    def _kill_worker(self) -> dict[str, Any]:
        """Kill the worker that is working hardest at this moment; local AWS starts another for the next call."""
        before = {each.pid: each.cpu_ticks for each in workers(self.function)}
        give_up_at = time.monotonic() + _BUSY_WITHIN_S
        while time.monotonic() < give_up_at:
            time.sleep(_LOOK_EVERY_S * 10)
            found = workers(self.function)
            busy = max(found, key=lambda each: each.cpu_ticks - before.get(each.pid, each.cpu_ticks), default=None)
            if busy is not None and busy.cpu_ticks > before.get(busy.pid, busy.cpu_ticks):
                os.kill(busy.pid, signal.SIGKILL)
                return {"killed": function_of(busy) or "a Lambda worker", "pid": busy.pid, "of": len(found)}
            before = {each.pid: each.cpu_ticks for each in found}
        message = f"no Lambda worker{f' of {self.function}' * bool(self.function)} is at work, so none can be killed"
        raise LocalError(message)

    def _stop_crm(self, house: House) -> dict[str, Any]:
        """Stop a simulated CRM's process outright for some seconds, then drop what waits at its door.

        Its memory is its database, so it is stopped and continued, not ended: calls in flight hang until
        their callers give up, and calls after it came back first find their connections cut.
        """
        pid = _pid_of(self.target)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(_GONE_S)
        finally:
            os.kill(pid, signal.SIGCONT)
        side = house.sides[self.target]
        side.control.add_faults([{"match": {"path": side.api_paths}, "kind": "drop_connection", "count": 3}])
        return {"stopped": side.label, "pid": pid, "seconds": _GONE_S, "dropped_calls": 3}


def _pid_of(crm: str) -> int:
    wanted = f"-m sandbox {crm} "
    for each in below(os.getpid(), processes()):
        if wanted in f"{each.command} ":
            return each.pid
    message = f"the process of the simulated {crm} cannot be found"
    raise LocalError(message)

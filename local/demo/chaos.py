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
from local.demo.revival import end, port_of, start_with_memory
from local.errors import LocalError

if TYPE_CHECKING:
    from local.demo.opening import House
    from local.demo.stage import Stage

_BUSY_WITHIN_S = 20.0
_GONE_S = 4.0
_HELD_S = 1.0
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
        done = self._kill_worker() if self.target == "worker" else self._end_crm(house)
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

    def _end_crm(self, house: House) -> dict[str, Any]:
        """End a simulated CRM while the answer to a write is on its way, and start it again some seconds later.

        The write has taken effect and its answer is lost; then nobody answers at all; then the CRM is back at
        its address with everything it held.
        """
        side = house.sides[self.target]
        fault = {"match": dict(side.batch_writes), "kind": "timeout_after_effect", "count": 1, "delay_s": _HELD_S}
        side.control.add_faults([fault])
        give_up_at = time.monotonic() + _BUSY_WITHIN_S
        while not (lost := side.control.fault_hits()) and time.monotonic() < give_up_at:
            time.sleep(_LOOK_EVERY_S)
        pid = _pid_of(self.target)
        end(pid, crm=self.target)
        time.sleep(_GONE_S)
        start_with_memory(house.children, self.target, port=port_of(house.simulated[self.target]))
        return {"killed": side.label, "pid": pid, "seconds": _GONE_S, "answers_lost": lost}


def _pid_of(crm: str) -> int:
    wanted = f"-m sandbox {crm} "
    for each in below(os.getpid(), processes()):
        if wanted in f"{each.command} ":
            return each.pid
    message = f"the process of the simulated {crm} cannot be found"
    raise LocalError(message)

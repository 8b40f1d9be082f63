"""Processes that end with the one that started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from local.errors import LocalError

_DIES_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG`` (Source: prctl(2))."""

_GRACE_S = 3.0


class Children:
    """The processes of one run, each in its own process group so that its own children end with it."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> int:
        """Start a process whose output goes to a file.

        Call it from the main thread: on Linux the kernel ends the process when the *thread* that started it ends.

        Returns:
            The process id, which is also the id of its group.
        """
        with log.open("wb") as output:
            process = self._spawn(command, env=env, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
        self._running[name] = process
        return process.pid

    def start_and_read_line(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path, timeout_s: float
    ) -> str:
        """Start a process and wait for the first line it prints, by which it says that it is ready.

        Raises:
            LocalError: it ended or said nothing in time; the message has the end of what it wrote.
        """
        with log.open("wb") as errors:
            process = self._spawn(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=errors)
        self._running[name] = process
        line = self._first_line(process, timeout_s=timeout_s)
        if not line:
            raise LocalError(f"{name} did not start: {tail(log)}")
        return line

    def ended(self) -> list[str]:
        """Return the names of those that ended by themselves since the last question; they count no more."""
        gone = [name for name, process in self._running.items() if process.poll() is not None]
        for name in gone:
            _signal_group(self._running.pop(name).pid, signal.SIGKILL)  # what it started ends too
        return gone

    def stop_all(self) -> None:
        """End every process with its group: asked first, killed after a few seconds; safe to call again."""
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGTERM)
        give_up_at = time.monotonic() + _GRACE_S
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.05, give_up_at - time.monotonic()))
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        for reader in self._readers:
            reader.join(timeout=_GRACE_S)
        self._running.clear()
        self._readers.clear()

    def _first_line(self, process: subprocess.Popen[bytes], *, timeout_s: float) -> str:
        lines: list[bytes] = []
        pipe = process.stdout
        if pipe is None:
            return ""

        def read() -> None:
            with pipe:
                lines.append(pipe.readline())
                while pipe.read(65536):  # whatever follows must not fill the pipe
                    continue

        reader = threading.Thread(target=read, name="first-line", daemon=True)
        reader.start()
        self._readers.append(reader)
        give_up_at = time.monotonic() + timeout_s
        while not lines and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return lines[0].decode("utf-8", errors="replace").strip() if lines else ""

    def _spawn(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 (one system call, no locks, before threads)
        )


def tail(log: Path, *, lines: int = 12) -> str:
    """Return the last lines of a log file, or a remark when it is empty or missing."""
    with contextlib.suppress(OSError):
        text = log.read_text(encoding="utf-8", errors="replace").strip()
        if text:
            return "\n".join(text.splitlines()[-lines:])
    return "it wrote nothing"


def is_running(pid: int) -> bool:
    """Tell whether a process exists and is not merely waiting to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2][1] != "Z"
    return True


def end_with_parent() -> Callable[[], None] | None:
    """Return what a new process must run to end, however abruptly the present one ends.

    Returns:
        A ``preexec_fn``; ``None`` where the kernel has no such thing (it is Linux's).
    """
    if not sys.platform.startswith("linux"):
        return None
    parent_pid = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(_DIES_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent_pid:  # the parent ended in between
            os._exit(1)

    return ask_kernel


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)

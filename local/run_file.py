"""What other commands need to know of the platform that is up."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Any

from local.children import is_running
from local.errors import LocalError
from local.paths import LOCK_FILE, RUN_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A platform that is up.

    Attributes:
        pid: of ``python -m local up``.
        gateway_port: of local AWS.
        api: the front door's address.
        api_id: of the HTTP API.
        workspace: the local person's.
        sandboxes: per CRM its ``url`` and ``control``.
        integrations: per CRM the id of its integration.
    """

    pid: int
    gateway_port: int
    api: str
    api_id: str
    workspace: str
    sandboxes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    integrations: dict[str, str] = field(default_factory=dict[str, str])


@contextlib.contextmanager
def only_platform() -> Generator[None, None, None]:
    """Make sure that no other platform starts or is up in this work tree; the kernel frees the lock at our end.

    Raises:
        LocalError: another one is.
    """
    LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
    with LOCK_FILE.open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "a platform is up, or starting, in this work tree; end it with: python -m local down"
            raise LocalError(message) from error
        yield


def write_run(run: Run) -> None:
    """Say that the platform is up."""
    RUN_FILE.parent.mkdir(parents=True, exist_ok=True)
    unfinished = RUN_FILE.with_suffix(f".{run.pid}")
    unfinished.write_text(json.dumps(asdict(run), indent=1) + "\n", encoding="utf-8")
    unfinished.replace(RUN_FILE)


def read_run() -> Run | None:
    """Return the platform that is up, ``None`` when none is; the file of a dead one is removed."""
    try:
        stored: dict[str, Any] = json.loads(RUN_FILE.read_text(encoding="utf-8"))
        run = Run(**stored)
    except (OSError, ValueError, TypeError):
        return None
    if is_running(run.pid):
        return run
    forget_run(pid=run.pid)
    return None


def require_run() -> Run:
    """Return the platform that is up.

    Raises:
        LocalError: none is.
    """
    run = read_run()
    if run is None:
        raise LocalError("the platform is not up; start it with: python -m local up")
    return run


def forget_run(*, pid: int) -> None:
    """Remove what ``write_run`` wrote for a process, and nothing that another wrote since."""
    with contextlib.suppress(OSError, ValueError):
        if json.loads(RUN_FILE.read_text(encoding="utf-8")).get("pid") == pid:
            RUN_FILE.unlink()

"""Simulated CRMs that can be ended and come back at the same address with all they held."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any, cast
from urllib.parse import urlsplit

from local.children import Children, is_running
from local.emulator import free_port
from local.errors import LocalError
from local.paths import LOGS, ROOT, SCRATCH
from local.simulated import SimulatedCrm

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 20.0


def start_with_memory(children: Children, crm: str, *, port: int = 0) -> SimulatedCrm:
    """Start a simulated CRM that writes its state into a file, and goes on from that file if there is one.

    Args:
        children: who ends it.
        crm: the connector's name.
        port: where it was before, 0 for any free one. It is chosen here, not by the server: the kernel lets a
            port be taken again at once only if it was asked for by its number both times.

    Raises:
        LocalError: it did not start.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    state = SCRATCH / f"{crm}.state"
    line = children.start_and_read_line(
        crm,
        [sys.executable, "-m", "sandbox", crm, "--port", str(port or free_port()), "--state-file", str(state)],
        env=dict(os.environ),
        cwd=ROOT,
        log=LOGS / f"{crm}.log",
        timeout_s=_READY_WITHIN_S,
    )
    try:
        ready = cast("dict[str, Any]", json.loads(line))
        return SimulatedCrm(crm=crm, url=ready["url"], control=ready["control"], credentials=ready["credentials"])
    except (ValueError, KeyError) as error:
        message = f"{crm} said {line!r} in place of its ready line"
        raise LocalError(message) from error


def end(pid: int, *, crm: str) -> None:
    """End a simulated CRM's process and wait until it is gone; it writes its state down last.

    Raises:
        LocalError: it does not end.
    """
    os.kill(pid, signal.SIGTERM)
    give_up_at = time.monotonic() + _ENDS_WITHIN_S
    while is_running(pid):
        if time.monotonic() > give_up_at:
            message = f"the simulated {crm} does not end"
            raise LocalError(message)
        time.sleep(0.05)


def port_of(simulated: SimulatedCrm) -> int:
    """Return the port a simulated CRM listens on."""
    return urlsplit(simulated.url).port or 0

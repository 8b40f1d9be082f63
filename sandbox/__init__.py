"""Simulated CRMs: strict, independent of the library, each runnable alone.

``python -m sandbox <crm> --port N [--tls] [--webhook-url URL ...] [--parent-pid PID]
[--state-file PATH]`` prints one line of JSON when it is ready and serves until interrupted:
``{"crm": ..., "url": ..., "control": ..., "credentials": {...}}``. With a state file it goes
on where a process that was killed left off (``_state_file.py``).

The folder name is the registration. ``sandbox/<crm>/__init__.py`` offers::

    def create_app(settings: Settings) -> SandboxApp: ...

which builds its simulated CRM (see ``SimulatedCrm`` in ``_crm.py`` for what it must
answer) and wraps it: ``return SandboxApp(crm, settings=settings)``. Everything shared
happens in the wrapper: the control surface under ``/_sandbox/`` (``_control.py``), fault
injection (``_faults.py``), the log of calls (``_calls.py``), the movable clock
(``_clock.py``). A CRM that calls out uses ``WebhookDelivery`` (``_webhook_delivery.py``);
one that asks for consent uses ``consent_page`` (``_oauth_page.py``).

In one process: ``httpx.Client(transport=httpx.WSGITransport(app=create("hubspot")))``.
Injected connection faults then raise ``httpx.ReadTimeout`` and
``httpx.RemoteProtocolError`` at the caller without waiting (``_connection.py``).
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import cast

from sandbox._app import SandboxApp
from sandbox._settings import Settings

__all__ = ["SandboxApp", "Settings", "available", "create"]

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def available() -> tuple[str, ...]:
    """Name the simulated CRMs: every folder here that is a package."""
    rooms = Path(__file__).parent.iterdir()
    return tuple(sorted(room.name for room in rooms if (room / "__init__.py").is_file()))


def create(crm: str, settings: Settings | None = None) -> SandboxApp:
    """Build one simulated CRM, empty and ready to answer.

    Args:
        crm: a folder name of this package, such as ``hubspot``.
        settings: how it runs; the defaults suit a test in one process.

    Raises:
        LookupError: there is no such simulated CRM.
    """
    if not _NAME.match(crm) or crm not in available():
        message = f"no simulated CRM called {crm!r}; there are: {', '.join(available())}"
        raise LookupError(message)
    module = importlib.import_module(f"sandbox.{crm}")
    return cast("SandboxApp", module.create_app(settings or Settings()))

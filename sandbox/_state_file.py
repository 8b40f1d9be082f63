"""Keep a simulated CRM's state in a file, so that it comes back after its process was killed.

The file is written whole and put in place of the old one, at most every half second and for no
more than a quarter of the time. A process that is killed forgets the calls it answered since
the last writing, which no real CRM would: let it rest a few seconds first where that matters,
or end it by SIGTERM or SIGINT, then it forgets nothing. Kept are records, definitions, tokens,
settings, jobs, the clock, and webhooks with their targets, those being sent included: these are
sent again. Faults, the log of calls, query cursors and the certificate of ``--tls`` are not kept.

It is a pickle that may name this package's own classes and a few containers, nothing else, and
only its owner may read it: it holds the tokens given out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sandbox._app import SandboxApp
from sandbox._crm import Remembers

_ROOM = Path(__file__).parent
_PERIOD_S = 0.5
_REST = 3.0
"""Least rest after a writing, in times of what it took."""
_FOREIGN = frozenset(
    {
        ("random", "Random"),
        ("collections", "Counter"),
        ("collections", "OrderedDict"),
        ("collections", "deque"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
    }
)


class StateFileError(Exception):
    """The file is not one this simulated CRM can go on from; it is left as it is."""


class _Writer(pickle.Pickler):
    """Writes objects that are made anew on every start as their names."""

    def __init__(self, file: io.BytesIO, named: Mapping[str, object]) -> None:
        super().__init__(file, protocol=5)
        self._names = {id(each): name for name, each in named.items()}

    def persistent_id(self, obj: object) -> str | None:
        return self._names.get(id(obj))


class _Reader(pickle.Unpickler):
    """Makes objects of known classes only, and puts present objects where names stand."""

    def __init__(self, file: io.BytesIO, named: Mapping[str, object]) -> None:
        super().__init__(file)
        self._named = named

    def persistent_load(self, pid: str) -> object:
        return self._named[pid]

    def find_class(self, module_name: str, global_name: str, /) -> object:
        if (module_name, global_name) in _FOREIGN:
            return super().find_class(module_name, global_name)
        found = super().find_class(module_name, global_name) if module_name.startswith("sandbox.") else None
        if not isinstance(found, type) or found.__module__ != module_name:
            message = f"the file names {module_name}.{global_name}, which is no part of a state"
            raise StateFileError(message)
        return found


class StateFile:
    """Brings a simulated CRM back from a file and keeps the file up to date."""

    def __init__(self, path: Path) -> None:
        """Keep the state in ``path``; its folder must exist."""
        self._path = path
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="state-file", daemon=True)
        self._app: SandboxApp | None = None
        self._saved = -1

    def keep(self, app: SandboxApp) -> SandboxApp:
        """Bring ``app`` to the state in the file, if there is one, and follow it from then on.

        Webhook targets given at this start take the place of those of an earlier start.

        Raises:
            StateFileError: this CRM cannot be kept, or the file is of another version or CRM.
        """
        crm = app.crm
        if not isinstance(crm, Remembers):
            message = f"the simulated {crm.name} cannot be kept in a file"
            raise StateFileError(message)
        if self._path.exists():
            self._recall(app, crm)
        self._app = app
        self._save(app)
        self._thread.start()
        return app

    def close(self) -> None:
        """Write what changed since the last writing and follow the CRM no more."""
        self._ended.set()
        if self._app is not None:
            self._thread.join()
            self._save(self._app)

    def _keep(self) -> None:
        app = cast("SandboxApp", self._app)
        rest_s = _PERIOD_S
        while not self._ended.wait(rest_s):
            started = time.monotonic()
            try:
                self._save(app)
            except OSError as problem:
                sys.stderr.write(f"{self._path} cannot be written: {problem}\n")
            rest_s = max(_PERIOD_S, _REST * (time.monotonic() - started))

    def _save(self, app: SandboxApp) -> None:
        crm = cast("Remembers", app.crm)
        with app.lock:
            progress = app.changes + sum(each.progress for each in crm.ways_out().values())
            if progress == self._saved:
                return
            content = _written(app, crm)
        fresh = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        fresh.replace(self._path)
        self._saved = progress

    def _recall(self, app: SandboxApp, crm: Remembers) -> None:
        head, _, body = self._path.read_bytes().partition(b"\n")
        try:
            about: dict[str, Any] = json.loads(head)
        except ValueError as problem:
            message = f"{self._path} is not the state of a simulated CRM"
            raise StateFileError(message) from problem
        if (about.get("crm"), about.get("version")) != (app.crm.name, _version(app.crm.name)):
            message = f"{self._path} was written by another CRM or version of the sandbox; remove it to start anew"
            raise StateFileError(message)
        app.crm.clock.advance(about["offset_s"])
        parts = crm.parts()
        memory = _Reader(io.BytesIO(body), {**crm.surroundings(), **parts}).load()
        for name, part in parts.items():
            vars(part).update(memory["parts"][name])
        for name, way_out in crm.ways_out().items():
            way_out.recall(memory["ways_out"][name])
        urls = app.settings.webhook_urls
        if urls and list(urls) != about["webhook_urls"]:
            app.crm.set_webhook_urls(urls)


def _written(app: SandboxApp, crm: Remembers) -> bytes:
    about = {
        "crm": app.crm.name,
        "version": _version(app.crm.name),
        "offset_s": app.crm.clock.offset_s,
        "webhook_urls": list(app.settings.webhook_urls),
    }
    parts = crm.parts()
    memory = {
        "parts": {name: vars(part) for name, part in parts.items()},
        "ways_out": {name: way_out.memory() for name, way_out in crm.ways_out().items()},
    }
    file = io.BytesIO(json.dumps(about).encode() + b"\n")
    file.seek(0, io.SEEK_END)
    _Writer(file, {**crm.surroundings(), **parts}).dump(memory)
    return file.getvalue()


def _version(crm: str) -> str:
    """Return a digest of the code that gives the state its form."""
    digest = hashlib.sha256()
    for path in sorted([*_ROOM.glob("*.py"), *(_ROOM / crm).rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

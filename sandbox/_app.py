"""The WSGI application around a simulated CRM: control, faults and the log of calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox._calls import NO_ANSWER, Call, CallLog, describe
from sandbox._connection import ON_THE_WIRE
from sandbox._control import PREFIX, ControlSurface
from sandbox._crm import JsonObject, SimulatedCrm
from sandbox._faults import Fault, FaultBook, perform
from sandbox._settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class SandboxApp:
    """A simulated CRM as a WSGI application; calls to its state never overlap.

    Attributes:
        lock: held by whoever looks at or changes the CRM's state.
        changes: grows with every call that may have changed the state.
    """

    def __init__(self, crm: SimulatedCrm, *, settings: Settings) -> None:
        """Wrap ``crm``; nothing runs before the first call."""
        self.crm = crm
        self.settings = settings
        self.faults = FaultBook()
        self.calls = CallLog()
        self._control = ControlSurface(crm, faults=self.faults, calls=self.calls)
        self.lock = threading.RLock()
        self.changes = 0
        self._stopping = threading.Event()

    @property
    def base_url(self) -> str:
        """Where clients reach it, without a trailing slash."""
        return self.settings.base_url

    @property
    def credentials(self) -> JsonObject:
        """What a client needs to connect."""
        return self.crm.credentials()

    def stop(self) -> None:
        """End held calls and webhook threads; the application answers no more."""
        self._stopping.set()
        self.crm.deliveries.stop()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        request = Request(environ)
        request.get_data(cache=True)
        if request.path == PREFIX or request.path.startswith(f"{PREFIX}/"):
            with self.lock:
                self.changes += request.method != "GET"
                response = self._control.answer(request)
        else:
            response = self._vendor(request)
        return response(environ, start_response)

    def _vendor(self, request: Request) -> Response:
        fault = self.faults.take(request.method, request.path)
        started = time.perf_counter()
        status = NO_ANSWER
        try:
            response = perform(
                fault,
                request,
                answer=lambda: self._answer(request),
                error_answer=lambda code: self.crm.error_answer(code, request),
                hold=self._stopping.wait,
            )
            status = response.status_code
        finally:
            self._log(request, status=status, fault=fault, started=started)
        return response

    def _answer(self, request: Request) -> Response:
        with self.lock:
            self.changes += 1
            return self.crm.answer(request)

    def _log(self, request: Request, *, status: int, fault: Fault | None, started: float) -> None:
        self.calls.add(
            Call(
                at=self.crm.clock.now().isoformat(),
                status=status,
                duration_ms=round(1000 * (time.perf_counter() - started), 3),
                fault=fault.kind if fault else None,
                **describe(request, self.crm.endpoint_of(request)),
            )
        )


def mark_on_the_wire(environ: WSGIEnvironment) -> None:
    """Say that a call came through a socket, so that faults close it."""
    environ[ON_THE_WIRE] = True

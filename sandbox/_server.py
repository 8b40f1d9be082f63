"""Serve a simulated CRM on loopback: HTTP/1.1, optional TLS, connections faults can break."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from sandbox._app import SandboxApp, mark_on_the_wire
from sandbox._certificate import write_throwaway_certificate
from sandbox._connection import ConnectionEndedError

_HOST = "127.0.0.1"
_THREADS = 24
_IDLE_S = 75


class _Gateway(wsgi.Gateway_10):
    """Hands calls to the application, sends small answers at once, breaks connections."""

    def get_environ(self) -> dict[str, Any]:
        environ = cast("dict[str, Any]", cast("Any", super()).get_environ())
        mark_on_the_wire(environ)
        return environ

    def respond(self) -> None:
        request = self.req
        try:
            super().respond()
        except ConnectionEndedError:
            request.close_connection = True
            request.sent_headers = True
            request.chunked_write = False
            with contextlib.suppress(OSError):
                request.conn.socket.shutdown(socket.SHUT_RDWR)

    def write(self, chunk: bytes) -> None:
        request = self.req
        if request.sent_headers or not chunk:
            cast("Any", super()).write(chunk)
            return
        writer = request.conn.wfile
        held = _HeldWriter()
        request.conn.wfile = held
        try:
            cast("Any", super()).write(chunk)
        finally:
            request.conn.wfile = writer
        writer.write(held.joined())


class _HeldWriter:
    """Collects head and first chunk of an answer, so that they leave in one packet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(data)
        return len(data)

    def joined(self) -> bytes:
        return b"".join(self._parts)


class SandboxServer:
    """One simulated CRM on a port of 127.0.0.1, from construction until ``stop``.

    Attributes:
        url: where it is reached, such as ``http://127.0.0.1:40001``.
        app: the application being served.
        certificate: path of the throw-away certificate, ``None`` without TLS.
    """

    def __init__(self, build: Callable[[str], SandboxApp], *, port: int = 0, tls: bool = False) -> None:
        """Bind the port, then build the application with the URL it got.

        Args:
            build: makes the application from its base URL.
            port: 0 takes a free one.
            tls: serve HTTPS with a certificate made for this run.

        Raises:
            OSError: the port is taken.
        """
        self._files = tempfile.TemporaryDirectory(prefix="sandbox-") if tls else None
        self.certificate: Path | None = None
        self._server = wsgi.Server(
            (_HOST, port), wsgi_app=_not_ready, numthreads=_THREADS, timeout=_IDLE_S, shutdown_timeout=1
        )
        self._server.gateway = _Gateway
        if self._files is not None:
            certificate, key = write_throwaway_certificate(Path(self._files.name))
            self._server.ssl_adapter = BuiltinSSLAdapter(str(certificate), str(key))
            self.certificate = certificate
        self._server.prepare()
        bound_port = cast("tuple[str, int]", cast("Any", self._server).bind_addr)[1]
        self.url = f"{'https' if tls else 'http'}://{_HOST}:{bound_port}"
        self.app = build(self.url)
        self._server.wsgi_app = self.app
        self._thread = threading.Thread(target=self._server.serve, name="sandbox-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End held calls, webhook threads and the server's threads; idempotent."""
        self.app.stop()
        self._server.stop()
        self._thread.join(timeout=5)
        if self._files is not None:
            self._files.cleanup()

    def __enter__(self) -> SandboxServer:
        """Return itself, already serving."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def _not_ready(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]

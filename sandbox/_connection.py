"""How an injected fault breaks a connection, on the wire and in one process.

On the wire (``_server.py``) the socket is closed without an answer, or in the middle of
one. In one process there is no socket: the same faults raise what httpx raises for them,
``httpx.ReadTimeout`` and ``httpx.RemoteProtocolError``; without httpx ``TimeoutError``
and ``ConnectionResetError``. Nothing is held then: a timeout costs no time.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any, Literal

ON_THE_WIRE = "sandbox.on_the_wire"
"""Key the server sets in the WSGI environment of calls that came through a socket."""

Ending = Literal["dropped", "timeout", "truncated"]


class ConnectionEndedError(Exception):
    """The simulated CRM ends this connection without a complete answer; close the socket."""


def is_on_the_wire(environ: Mapping[str, Any]) -> bool:
    """Tell whether a call came through a socket rather than in one process."""
    return bool(environ.get(ON_THE_WIRE))


def ending_error(environ: Mapping[str, Any], ending: Ending) -> Exception:
    """Return the exception to raise so that the caller sees a broken connection."""
    if is_on_the_wire(environ):
        return ConnectionEndedError(ending)
    if importlib.util.find_spec("httpx") is None:
        return TimeoutError("timed out") if ending == "timeout" else ConnectionResetError(ending)
    import httpx  # noqa: PLC0415  (only in one process, where the caller is an httpx client)

    if ending == "timeout":
        return httpx.ReadTimeout("timed out")
    if ending == "truncated":
        return httpx.RemoteProtocolError("peer closed connection without sending complete message body")
    return httpx.RemoteProtocolError("Server disconnected without sending a response.")


def truncated_body(body: bytes, environ: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the first half of ``body``, then break the connection."""
    error = ending_error(environ, "truncated")
    yield body[: max(1, len(body) // 2)]
    raise error

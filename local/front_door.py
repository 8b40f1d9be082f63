"""A plain ``http://127.0.0.1`` address for the emulated API.

The emulator wants the API's id in the path. Browsers, vendors and curl want an address they can simply call, and
handlers want to read the public URL from the request, as they do on AWS: ``Host`` as the caller sent it, with
``X-Forwarded-Proto`` and ``X-Forwarded-Port`` as API Gateway adds them. Bodies and paths pass byte by byte,
because webhooks are signed over them.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from cheroot import wsgi

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes; a larger request is refused with 413 (Source: API Gateway quotas for HTTP APIs)."""

TIMEOUT_S = 30.0
"""Seconds an answer may take (Source: API Gateway quotas for HTTP APIs)."""

# Between two neighbours only (RFC 9110 §7.6.1), or written anew on each leg.
_NOT_PASSED = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
_WRITTEN_ANEW = {"host", "content-length", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"}


class FrontDoor:
    """A reverse proxy on 127.0.0.1 in front of one emulated API."""

    def __init__(self, *, gateway_port: int, port: int = 0) -> None:
        """Bind the port; ``open`` begins to serve.

        Args:
            gateway_port: the emulator's.
            port: 0 for any free one.
        """
        self._gateway_port = gateway_port
        self._api_id = ""
        server: Any = wsgi.Server(("127.0.0.1", port), self._answer, numthreads=16, request_queue_size=128)
        server.max_request_body_size = LARGEST_BODY
        server.prepare()
        self._server = server
        self._thread = threading.Thread(target=server.serve, name="front-door", daemon=True)

    @property
    def url(self) -> str:
        """Return the address without a trailing slash."""
        return f"http://127.0.0.1:{self._server.bind_addr[1]}"

    def open(self, *, api_id: str) -> None:
        """Serve one API in the background until ``close``."""
        self._api_id = api_id
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port; calling it again does nothing."""
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, reason, headers, body = self._forward(environ)
        except OSError as error:
            status, reason, headers = 502, "Bad Gateway", [("Content-Type", "text/plain; charset=utf-8")]
            body = f"the local AWS does not answer: {error}\n".encode()
        start_response(f"{status} {reason}", [*headers, ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _forward(self, environ: Environ) -> tuple[int, str, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._gateway_port, timeout=TIMEOUT_S)
        try:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            target = f"/_aws/execute-api/{self._api_id}/$default{environ['REQUEST_URI']}"
            connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True)
            for name, value in request_headers(environ, body_length=len(body)):
                connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            answer = response.read()
            kept = [(name, value) for name, value in response.getheaders() if _is_passed(name)]
            return response.status, response.reason or "Unknown", kept, answer
        finally:
            connection.close()


def request_headers(environ: Environ, *, body_length: int) -> list[tuple[str, str]]:
    """Return the headers to send on, as API Gateway would hand them to a function.

    Args:
        environ: of WSGI.
        body_length: bytes.
    """
    headers = [("Host", environ["HTTP_HOST"])]
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").lower()
        if key.startswith("HTTP_") and name not in _WRITTEN_ANEW and _is_passed(name):
            headers.append((name, value))
    if environ.get("CONTENT_TYPE"):
        headers.append(("content-type", environ["CONTENT_TYPE"]))
    if body_length or environ["REQUEST_METHOD"] in {"POST", "PUT", "PATCH"}:
        headers.append(("content-length", str(body_length)))
    headers.append(("x-forwarded-for", environ["REMOTE_ADDR"]))
    headers.append(("x-forwarded-proto", "http"))
    headers.append(("x-forwarded-port", environ["SERVER_PORT"]))
    return headers


def _is_passed(name: str) -> bool:
    return name.lower() not in _NOT_PASSED and name.lower() != "content-length"

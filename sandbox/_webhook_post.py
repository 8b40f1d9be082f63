"""One webhook call over HTTP, with the standard library only."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_KEPT_BODY_BYTES = 65_536
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One HTTP POST, ready to send."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the receiver answered; ``body`` is cut at 64 KB."""

    status: int
    body: bytes


def post_over_http(call: Outgoing, timeout_s: float) -> Reply:
    """Post ``call`` on a connection of its own.

    A throw-away certificate is accepted on loopback, and nowhere else.

    Raises:
        OSError: no connection, or no answer within ``timeout_s``.
        http.client.HTTPException: the answer is not HTTP.
    """
    parts = urlsplit(call.url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if host in _LOOPBACK:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout_s, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body=call.body, headers=dict(call.headers))
        answer = connection.getresponse()
        return Reply(status=answer.status, body=answer.read(_KEPT_BODY_BYTES))
    finally:
        connection.close()

"""Calls to CRMs, measured where they leave: how many, how many fail, how long they take."""

from __future__ import annotations

import httpx

from crmbridge.runtime import _sources as sources
from crmbridge.runtime.telemetry import calls


class MeasuredTransport(httpx.BaseTransport):
    """Lets requests through and notes each answer.

    Args:
        inner: sends them; shared by the CRMs of a process.
        provider: the CRM's name.
        signs_in: whether requests are for tokens, so that a refusal is one of a grant.
    """

    def __init__(self, inner: httpx.BaseTransport, provider: str, *, signs_in: bool = False) -> None:
        self._inner = inner
        self._provider = provider
        self._signs_in = signs_in

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; a call without an answer has status 0."""
        began, status = sources.now(), 0
        try:
            response = self._inner.handle_request(request)
            status = response.status_code
        finally:
            took_ms = (sources.now() - began).total_seconds() * 1000
            calls().note(self._provider, status=status, took_ms=took_ms, signs_in=self._signs_in)
        return response

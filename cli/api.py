"""The API as the command line calls it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

import httpx

TIMEOUT_S = 35.0
"""Longer than any answer of the API may take."""

TRIES = 3


class RefusedError(Exception):
    """The API refused.

    Attributes:
        problem: the problem document.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail") or problem.get("title") or "refused"))
        self.problem = problem


class UnreachableError(Exception):
    """The API gave no usable answer."""


class Api:
    """One deployment's API.

    Args:
        url: of the deployment.
        token: access token of the caller.
        transport: for tests; ``None`` is the network.
    """

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Return what a route shows.

        Raises:
            RefusedError: the API refuses, and says why.
            UnreachableError: it gives no usable answer.
        """
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Set something in motion, once, however often the network has to be tried.

        Raises:
            RefusedError: the API refuses, and says why.
            UnreachableError: it gives no usable answer.
        """
        return self._call("POST", path, body=dict(body or {}), key=str(uuid.uuid4()))

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change something; changing it twice is changing it once.

        Raises:
            RefusedError: the API refuses, and says why.
            UnreachableError: it gives no usable answer.
        """
        return self._call("PATCH", path, body=dict(body))

    def items(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield everything in a list, page by page.

        Raises:
            RefusedError: the API refuses, and says why.
            UnreachableError: it gives no usable answer.
        """
        cursor: object = None
        while True:
            page = self.get(path, cursor=cursor, **query)
            yield from page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def _call(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: object = None, key: str = ""
    ) -> dict[str, Any]:
        wanted = {name: str(value) for name, value in (query or {}).items() if value not in (None, "")}
        headers = {"idempotency-key": key} if key else {}
        for left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, path, params=wanted, json=body, headers=headers)
            except httpx.HTTPError as error:
                if left:
                    continue
                raise UnreachableError(f"{method} {path}: {error or type(error).__name__}") from error
            return _read(answer, f"{method} {path}")
        raise UnreachableError(f"{method} {path}: no try was made")


def _read(answer: httpx.Response, what: str) -> dict[str, Any]:
    try:
        body: object = answer.json() if answer.content else {}
    except ValueError:
        body = None
    if answer.status_code == 401:
        raise RefusedError({"title": "not signed in", "nextStep": "set CRMBRIDGE_TOKEN to a valid access token"})
    if not isinstance(body, dict):
        raise UnreachableError(f"{what} answered {answer.status_code} and no JSON: is this the URL of a deployment?")
    found = cast("dict[str, Any]", body)
    if answer.is_error:
        raise RefusedError({"status": answer.status_code, **found})
    return found

"""Kommo's API as calls: paths, parameters, and the empty answer that stands for an empty list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard, cast

import httpx

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.kommo.client.errors import PROVIDER, read_error
from crmbridge.errors import RetriableProviderError

API = "/api/v4"
PAGE = 250
"""Rows of one page, and ids of one filter. Source: Kommo, limitations."""

Row = Mapping[str, Any]
Params = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list.

    Attributes:
        rows: whatever was listed, unread.
        has_more: Kommo names a next page.
        server_time: the answering server's clock.
    """

    rows: Sequence[Any]
    has_more: bool
    server_time: datetime | None

    @property
    def records(self) -> list[Row]:
        """The rows that are objects with an id."""
        return [each for each in self.rows if is_record(each)]


class Calls:
    """Sends calls and reads the frame of their answers.

    Attributes:
        server_time: Kommo's clock as its last list told it.
    """

    def __init__(self, context: ClientContext) -> None:
        self.server_time: datetime | None = None
        self._session = Session(context, provider=PROVIDER, read_error=read_error)

    def list(self, path: str, name: str, params: Params) -> Listed:
        """Return one page of a list; no content is an empty one.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        response = self._session.request("GET", f"{API}{path}", params=params)
        body = self._object(response)
        parts = body.get("_embedded")
        rows = cast("Mapping[str, Any]", parts).get(name) if isinstance(parts, dict) else None
        if response.status_code != 204 and not isinstance(rows, list):
            raise self._unknown(response)
        links = body.get("_links")
        has_more = isinstance(links, dict) and "next" in links
        self.server_time = server_time(response) or self.server_time
        return Listed(cast("list[Any]", rows or []), has_more, server_time(response))

    def every(self, path: str, name: str, params: Params) -> list[Row]:
        """Return a whole list of definitions, page after page.

        Raises:
            RetriableProviderError: see ``list``.
        """
        found: list[Row] = []
        for number in range(1, 101):
            listed = self.list(path, name, [*params, ("limit", str(PAGE)), ("page", str(number))])
            found += listed.records
            if not listed.has_more:
                break
        return found

    def get(self, path: str, params: Params | None = None) -> Row:
        """Return one object; empty when there is none."""
        return self._object(self._session.request("GET", f"{API}{path}", params=params or []))

    def send(self, method: str, path: str, body: object) -> Row:
        """Send a change and return the frame of its answer; empty when nothing is answered."""
        return self._object(self._session.request(method, f"{API}{path}", json=body))

    def _object(self, response: httpx.Response) -> Row:
        if response.status_code == 204 or not response.content:
            return {}
        said = self._session.json(response)
        if not isinstance(said, dict):
            raise self._unknown(response)
        return cast("Row", said)

    def _unknown(self, response: httpx.Response) -> RetriableProviderError:
        return RetriableProviderError(
            f"Kommo answered {response.request.url.path} in a shape we do not know",
            provider=PROVIDER,
            status=response.status_code,
            code="UNKNOWN_SHAPE",
            may_have_applied=response.request.method != "GET",
        )


def is_record(row: object) -> TypeGuard[Row]:
    """Tell whether something is an object with an id."""
    return isinstance(row, dict) and bool(cast("Row", row).get("id"))


def embedded_rows(body: Row, name: str) -> list[Row]:
    """Return the rows that an answer to a change names."""
    parts = body.get("_embedded")
    rows = cast("Mapping[str, Any]", parts).get(name) if isinstance(parts, dict) else None
    return [each for each in cast("list[Any]", rows or []) if isinstance(each, dict)]


def ids_filter(ids: Sequence[str]) -> Params:
    """Return the filter of some ids; what cannot be an id is left out."""
    return [("filter[id][]", each) for each in ids if each.isascii() and each.isdigit()]

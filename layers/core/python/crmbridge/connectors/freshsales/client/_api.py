"""Freshsales' API as calls that answer rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.freshsales.auth import account_of, credentials
from crmbridge.connectors.freshsales.client._errors import PROVIDER, read_error
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.errors import RetriableProviderError

_NOTHING: Row = {}
PAGE = 100
"""Rows of a page: the most that clients in production ask for; no maximum is documented."""


@dataclass(frozen=True, slots=True)
class Told:
    """One page of rows, how many pages and rows there are, and the answering server's clock.

    Attributes:
        said: the whole answer: what rows refer to stands beside them.
    """

    rows: tuple[Row, ...]
    pages: int
    total: int
    said: Row
    server_time: datetime | None


class Api:
    """Sends calls and reads answers.

    Attributes:
        server_time: Freshsales' clock as its latest answer told it.
    """

    def __init__(self, context: ClientContext) -> None:
        self.server_time: datetime | None = None
        self._session = Session(context, provider=PROVIDER, read_error=read_error, credentials=credentials)
        self.account_id = account_of(context.base_url)

    def completing(self) -> AbstractContextManager[None]:
        """Let the calls of a block use half of the reserve; see ``Session.completing``."""
        return self._session.completing()

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Row:
        """Return the object a GET answers.

        Raises:
            RetriableProviderError: no JSON object; see ``Session.request`` for the others.
        """
        return self._object(self._session.request("GET", _under(path), params=params))

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None, params: Mapping[str, str | int] | None = None
    ) -> Row:
        """Return the object that a POST, PUT or DELETE answers; nothing is an empty one.

        Raises:
            RetriableProviderError: no JSON object; see ``Session.request`` for the others.
        """
        response = self._session.request(method, _under(path), json=body, params=params)
        return {} if response.status_code == 204 or not response.content.strip() else self._object(response)

    def page(self, path: str, key: str, params: Mapping[str, str | int]) -> Told:
        """Return one page of a listing.

        Raises:
            RetriableProviderError: the answer has no such rows.
        """
        response = self._session.request("GET", _under(path), params=params)
        return self._told(response, key)

    def search(self, rule: ModuleRule, rules: list[Mapping[str, Any]], *, page: int) -> Told:
        """Return one page of what a filtered search finds, without custom fields.

        Raises:
            RetriableProviderError: the answer has no such rows.
        """
        body = {"filter_rule": rules, "sort": "updated_at", "sort_type": "desc", "page": page, "per_page": PAGE}
        response = self._session.request("POST", _under(f"/filtered_search/{rule.singular}"), json=body)
        return self._told(response, rule.plural)

    def listed(self, path: str, key: str) -> tuple[Row, ...]:
        """Return a list that comes whole, such as a selector."""
        return self.rows(self.get(path), key)

    def record(self, said: Row, key: str) -> Row:
        """Return the record an answer wraps.

        Raises:
            RetriableProviderError: the answer has none.
        """
        row: object = said.get(key)
        if not isinstance(row, Mapping) or "id" not in row:
            raise RetriableProviderError(
                f"Freshsales answered without {key}", provider=PROVIDER, code="UNKNOWN_SHAPE", may_have_applied=True
            )
        return cast("Row", row)

    def _told(self, response: httpx.Response, key: str) -> Told:
        said = self._object(response)
        meta: object = said.get("meta")
        counts = cast("Row", meta) if isinstance(meta, Mapping) else _NOTHING
        pages, total = (counts.get(name) for name in ("total_pages", "total"))
        rows = self.rows(said, key)
        known = total if isinstance(total, int) else len(rows)
        return Told(rows, pages if isinstance(pages, int) else 1, known, said, server_time(response))

    def rows(self, said: Row, key: str) -> tuple[Row, ...]:
        """Return the rows an answer holds under a name.

        Raises:
            RetriableProviderError: there are none under that name.
        """
        rows: object = said.get(key)
        if not isinstance(rows, list):
            raise RetriableProviderError(f"Freshsales answered without {key}", provider=PROVIDER, code="UNKNOWN_SHAPE")
        return tuple(cast("Row", each) for each in cast("list[object]", rows) if isinstance(each, Mapping))

    def _object(self, response: httpx.Response) -> Row:
        self.server_time = server_time(response) or self.server_time
        said: object = self._session.json(response)
        if not isinstance(said, dict):
            raise RetriableProviderError(
                f"Freshsales answered {response.request.url.path} with something that is no JSON object",
                provider=PROVIDER,
                status=response.status_code,
                code="UNKNOWN_SHAPE",
                may_have_applied=response.request.method != "GET",
            )
        return cast("Row", said)


def _under(path: str) -> str:
    """Return a path below the API, or a whole address the vendor gave us as it is."""
    return path if path.startswith(("https://", "http://")) else f"/api{path}"

"""Zoho's API as calls that answer rows; no content is no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar, cast

import httpx

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.zoho import VERSION
from crmbridge.connectors.zoho.client.errors import PROVIDER, Refusals, Row, rows_of
from crmbridge.errors import FatalProviderError, RetriableProviderError

T = TypeVar("T")
Params = Mapping[str, str | int]
_QUIET = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: its rows, its paging, and the answering server's clock."""

    rows: list[Row]
    info: Row
    server_time: datetime | None

    @property
    def has_more(self) -> bool:
        """There is another page."""
        return bool(self.info.get("more_records"))


class Calls:
    """Sends calls and reads answers."""

    def __init__(self, context: ClientContext) -> None:
        self._refusals = Refusals()
        self._session = Session(context, provider=PROVIDER, read_error=self._refusals.read, credentials=_credentials)

    def get(self, path: str, key: str, params: Params | None = None, *, since: str = "") -> Told:
        """Send a GET and return the rows below ``key``.

        Args:
            since: an ``If-Modified-Since`` header, ISO 8601 with an offset.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        headers = {"if-modified-since": since} if since else None
        return self._told(self._session.request("GET", _url(path), params=params, headers=headers), key)

    def query(self, text: str) -> Told:
        """Send a query of the query language.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        return self._told(self._session.request("POST", _url("/coql"), json={"select_query": text}), "data")

    def send(self, method: str, path: str, key: str, *, json: object = None, params: Params | None = None) -> list[Row]:
        """Send rows and return what became of each, refused ones included, whatever the status.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
            FatalProviderError: the call is refused as a whole.
        """
        self._refusals.rows = None
        try:
            response = self._session.request(method, _url(path), json=json, params=params)
        except FatalProviderError:
            rows = self._refusals.rows
            if rows is None:
                raise
            return rows
        return self._told(response, key).rows

    def _told(self, response: httpx.Response, key: str) -> Told:
        if response.status_code in _QUIET or not response.content:
            return Told([], {}, server_time(response))
        said: object = self._session.json(response)
        if not isinstance(said, dict) or not isinstance(cast("Row", said).get(key), list):
            raise RetriableProviderError(
                f"Zoho answered {response.request.url.path} in a shape we do not know",
                provider=PROVIDER,
                status=response.status_code,
                code="UNKNOWN_SHAPE",
                may_have_applied=response.request.method != "GET",
            )
        body = cast("Row", said)
        info = body.get("info")
        return Told(rows_of(body, key), cast("Row", info) if isinstance(info, dict) else {}, server_time(response))


def chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """Cut items into lists of a size, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def stuck(what: str) -> FatalProviderError:
    """Return the error of a listing that answers the same cursor twice."""
    return FatalProviderError(
        f"Zoho answered the same cursor twice while listing {what}", provider=PROVIDER, code="STUCK_PAGINATION"
    )


def _credentials(token: str) -> Mapping[str, str]:
    return {"authorization": f"Zoho-oauthtoken {token}"}


def _url(path: str) -> str:
    return f"/crm/{VERSION}{path}"


def settings(name: str) -> str:
    """Return the path of a setting."""
    return f"/settings/{name}"


def field_params(names: Iterable[str], **more: Any) -> dict[str, str | int]:  # noqa: ANN401 - text or number
    """Return parameters that name fields."""
    return {"fields": ",".join(names), **more}

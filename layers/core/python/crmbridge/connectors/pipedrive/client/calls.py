"""Pipedrive's API as calls, v1 and v2; an envelope around every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import ClientContext, Session, bearer, server_time
from crmbridge.connectors.pipedrive.client.errors import PROVIDER, read_error
from crmbridge.errors import FatalProviderError, RetriableProviderError

Params = Mapping[str, str | int]
Row = dict[str, Any]
PAGE = 500
_PAGES_MAX = 1_000
_API_TOKEN = re.compile(r"[0-9a-f]{40}")


def credentials(token: str) -> Mapping[str, str]:
    """Return the header that carries a token: people's own tokens are forty hexadecimal digits, and have their own."""
    return {"x-api-token": token} if _API_TOKEN.fullmatch(token) else bearer(token)


def v2(path: str) -> str:
    """Return a path of API v2."""
    return f"/api/v2/{path}"


def v1(path: str) -> str:
    """Return a path of API v1."""
    return f"/api/v1/{path}"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer.

    Attributes:
        data: what the envelope holds.
        more: its ``additional_data``.
        server_time: the answering server's clock.
    """

    data: Any
    more: Mapping[str, Any]
    server_time: datetime | None

    @property
    def rows(self) -> list[Row]:
        """The data as a list of objects; nothing is an empty list.

        Raises:
            RetriableProviderError: it is something else.
        """
        held: object = self.data
        if held is None:
            return []
        if not isinstance(held, list) or not all(isinstance(each, dict) for each in cast("list[object]", held)):
            raise RetriableProviderError("Pipedrive answered no list", provider=PROVIDER, code="UNKNOWN_SHAPE")
        return cast("list[Row]", held)

    @property
    def hits(self) -> list[Row]:
        """What a search found, without the scores."""
        held: object = self.data
        items: object = cast("Row", held).get("items") if isinstance(held, dict) else None
        return [cast("Row", each["item"]) for each in cast("list[Row]", items or [])]

    @property
    def cursor(self) -> str | None:
        """The next page's cursor; null or absent on the last page."""
        told = self.more.get("next_cursor")
        return str(told) if told else None

    @property
    def has_more(self) -> bool:
        """Whether a page of v1 is not the last one; the place differs from the documentation."""
        pagination: object = self.more.get("pagination", self.more)
        return isinstance(pagination, dict) and bool(cast("Row", pagination).get("more_items_in_collection"))


class Calls:
    """Sends calls and reads answers."""

    def __init__(self, context: ClientContext) -> None:
        self._session = Session(context, provider=PROVIDER, read_error=read_error, credentials=credentials)

    def get(self, path: str, params: Params | None = None) -> Told:
        """Send a GET.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        return self._told(self._session.request("GET", path, params=params))

    def send(self, method: str, path: str, body: object = None) -> Told:
        """Send a POST, PUT, PATCH or DELETE.

        Raises:
            RetriableProviderError: the answer has a shape we do not know; see ``Session.request`` for the others.
        """
        return self._told(self._session.request(method, path, json=body))

    def all_rows(self, path: str, params: Params | None = None) -> Iterator[Row]:
        """Yield every row of a list of API v2.

        Raises:
            FatalProviderError: the same cursor came twice.
        """
        cursor: str | None = None
        for _ in range(_PAGES_MAX):
            told = self.get(path, {"limit": PAGE, **(params or {}), **({"cursor": cursor} if cursor else {})})
            yield from told.rows
            if told.cursor is None:
                return
            if told.cursor == cursor:
                raise stuck(path)
            cursor = told.cursor

    def _told(self, response: httpx.Response) -> Told:
        body: object = None if response.status_code == 204 else self._session.json(response)
        if not isinstance(body, dict) or cast("Row", body).get("success") is False:
            raise RetriableProviderError(
                f"Pipedrive answered {response.request.url.path} in a shape we do not know",
                provider=PROVIDER,
                status=response.status_code,
                code="UNKNOWN_SHAPE",
                may_have_applied=response.request.method != "GET",
            )
        held = cast("Row", body)
        more: object = held.get("additional_data")
        return Told(held.get("data"), cast("Row", more) if isinstance(more, dict) else {}, server_time(response))


def stuck(what: str) -> FatalProviderError:
    """Return the error of a listing that answers the same cursor twice."""
    return FatalProviderError(
        f"Pipedrive answered the same cursor twice while listing {what}", provider=PROVIDER, code="STUCK_PAGINATION"
    )


def chunks(items: list[str], size: int) -> Iterator[list[str]]:
    """Cut items into lists of a size, the last one shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

"""Calls of the Web API: rows by page, batches, definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.client import _batch, _batch_reading
from crmbridge.connectors.dynamics.client._batch import ChangeSet, Reply, Request
from crmbridge.connectors.dynamics.client._errors import PROVIDER, part_error, read_error
from crmbridge.connectors.dynamics.mapping.kinds import LOGICAL_NAME
from crmbridge.errors import FatalProviderError, RetriableProviderError

ROOT = f"/api/data/{CONNECTOR.api_version}"
ANNOTATED = f'odata.include-annotations="{LOGICAL_NAME}"'
REPRESENTED = f"return=representation,{ANNOTATED}"
_HEADERS: Mapping[str, str] = {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}
_PAGES_MAX = 10_000
_PLAIN = "$,()'@:/="
"""Letters that need no escape in a query."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of rows.

    Attributes:
        following: path of the next page, ``None`` on the last.
        server_time: the answering server's clock.
    """

    rows: tuple[Row, ...]
    following: str | None
    server_time: datetime | None


class Api:
    """Speaks HTTP for one organization."""

    def __init__(self, context: ClientContext) -> None:
        self._session = Session(context, provider=PROVIDER, read_error=read_error)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Row:
        """Return the object that a GET answers.

        Raises:
            RetriableProviderError: the answer is no object.
        """
        return self._object(self._session.request("GET", below(path, params), headers=_HEADERS))

    def send(self, method: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> str:
        """Send a change; returns the id in the address of what was made, empty when there is none."""
        sent = {**_HEADERS, **(headers or {})}
        response = self._session.request(method, below(path), json=body, headers=sent)
        return id_in(response.headers)

    def delete(self, path: str) -> None:
        """Delete a row."""
        self._session.request("DELETE", below(path), headers=_HEADERS)

    def page(self, path: str, *, size: int) -> Answer:
        """Return one page of rows.

        Args:
            path: whole, as ``below`` or an answer's ``following`` has it.

        Raises:
            RetriableProviderError: the answer holds no rows.
            FatalProviderError: the page names itself as the next one (code ``STUCK_PAGINATION``).
        """
        prefer = f"{ANNOTATED},odata.maxpagesize={size}"
        response = self._session.request("GET", path, headers={**_HEADERS, "Prefer": prefer})
        body = self._object(response)
        rows, link = body.get("value"), str(body.get("@odata.nextLink") or "")
        if not isinstance(rows, list):
            raise _senseless(response, "no rows")
        following = path_of(link) if link else None
        if following == path:
            raise FatalProviderError("dynamics named the same page twice", provider=PROVIDER, code="STUCK_PAGINATION")
        return Answer(tuple(cast("list[Row]", rows)), following, server_time(response))

    def every(self, path: str, *, size: int = 5000) -> tuple[Row, ...]:
        """Return the rows of all pages.

        Raises:
            FatalProviderError: a page was named twice (code ``STUCK_PAGINATION``).
        """
        found: list[Row] = []
        seen: set[str] = set()
        following: str | None = path
        while following is not None:
            if following in seen or len(seen) > _PAGES_MAX:
                raise FatalProviderError(
                    "dynamics named the same page twice", provider=PROVIDER, code="STUCK_PAGINATION"
                )
            seen.add(following)
            answer = self.page(following, size=size)
            found += answer.rows
            following = answer.following
        return tuple(found)

    def batch(self, requests: Sequence[Request | ChangeSet]) -> list[Reply]:
        """Carry requests out in their order, none hindered by another; a change set gives one reply: its last or worst.

        Raises:
            RetriableProviderError: there are not as many answers as requests; they may have been carried out.
        """
        headers = {
            **_HEADERS,
            "Content-Type": f"multipart/mixed; boundary={_batch.BATCH}",
            "Prefer": "odata.continue-on-error",
        }
        response = self._session.request("POST", f"{ROOT}/$batch", content=_batch.written(requests), headers=headers)
        try:
            replies = _batch_reading.read(response.headers.get("content-type", ""), response.content)
        except ValueError as error:
            raise _senseless(response, str(error)) from error
        if len(replies) != len(requests):
            raise _senseless(response, f"{len(replies)} answers to {len(requests)} requests")
        return [each if isinstance(each, Reply) else _one_of(each, response) for each in replies]

    def batch_get(self, paths: Sequence[str]) -> list[Row]:
        """Return the objects that several GETs answer, in one call.

        Raises:
            ProviderError: one of them was refused.
        """
        headers = {"Accept": "application/json", "Consistency": "Strong"}
        found: list[Row] = []
        for reply in self.batch([Request(method="GET", path=path, headers=headers) for path in paths]):
            if reply.status >= 400:
                raise part_error(reply.status, reply.headers, reply.body)
            found.append(reply.body)
        return found

    def _object(self, response: httpx.Response) -> Row:
        body: object = self._session.json(response)
        if not isinstance(body, dict):
            raise _senseless(response, "something that is no object")
        return cast("Row", body)


def _one_of(replies: tuple[Reply, ...], response: httpx.Response) -> Reply:
    if not replies:
        raise _senseless(response, "a change set without answers")
    return next((each for each in replies if each.status >= 400), replies[-1])


def _senseless(response: httpx.Response, what: str) -> RetriableProviderError:
    return RetriableProviderError(
        f"dynamics answered {what}",
        provider=PROVIDER,
        status=response.status_code,
        may_have_applied=response.request.method != "GET",
    )


def below(path: str, params: Mapping[str, str] | None = None) -> str:
    """Return a whole path with its query.

    Example:
        >>> below("contacts", {"$select": "contactid,lastname"})
        '/api/data/v9.2/contacts?$select=contactid,lastname'
    """
    query = "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in (params or {}).items())
    return f"{ROOT}/{path}{'?' if query else ''}{query}"


def path_of(link: str) -> str:
    """Return a link's path and query: pages are read at the organization's own host, whatever a link says."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def id_in(headers: Mapping[str, str]) -> str:
    """Return the id in an answer's ``OData-EntityId``; empty when there is none."""
    address = headers.get("odata-entityid", "") or headers.get("OData-EntityId", "")
    return address.rpartition("(")[2].removesuffix(")").lower()

"""Salesflare's API as calls that answer rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar, cast

import httpx
from pydantic import ValidationError

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.salesflare.client.errors import PROVIDER, read_error
from crmbridge.connectors.salesflare.mapping.answers import Answer
from crmbridge.connectors.salesflare.mapping.observing import Row
from crmbridge.errors import RetriableProviderError

PAGE = 100
"""Rows of one page: the longest that anybody has seen answered; the vendor names no limit."""

Query = Sequence[tuple[str, str]]
M = TypeVar("M", bound=Answer)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    """A bare list that was answered, and the answering server's clock."""

    rows: tuple[Row, ...]
    server_time: datetime | None


class Calls:
    """Sends calls and reads answers."""

    def __init__(self, context: ClientContext) -> None:
        self._session = Session(context, provider=PROVIDER, read_error=read_error)

    def get(self, path: str, query: Query = ()) -> object:
        """Send a GET and return its JSON; see ``Session.request`` for the errors."""
        return self._session.json(self._session.request("GET", path, params=list(query)))

    def rows(self, path: str, query: Query = ()) -> Rows:
        """Send a GET and return the objects of the list it answers.

        Raises:
            RetriableProviderError: the answer is no list.
        """
        response = self._session.request("GET", path, params=list(query))
        said = self._session.json(response)
        if not isinstance(said, list):
            raise self._odd(response)
        found = [cast("Row", each) for each in cast("list[object]", said) if isinstance(each, dict)]
        return Rows(tuple(found), server_time(response))

    def models(self, model: type[M], path: str, query: Query = ()) -> tuple[M, ...]:
        """Send a GET and read its list; entries of an unknown shape are passed over."""
        found: list[M] = []
        for each in self.rows(path, query).rows:
            try:
                found.append(model.model_validate(each))
            except ValidationError:
                continue
        return tuple(found)

    def all_models(self, model: type[M], path: str, query: Query = ()) -> tuple[M, ...]:
        """Read every page of a list, until one is not full.

        Raises:
            RetriableProviderError: the list does not end.
        """
        found: list[M] = []
        for page in range(1_000):
            rows = self.models(model, path, [*query, ("limit", str(PAGE)), ("offset", str(page * PAGE))])
            found += rows
            if len(rows) < PAGE:
                return tuple(found)
        raise RetriableProviderError(f"Salesflare's list {path} does not end", provider=PROVIDER)

    def one(self, model: type[M], path: str) -> M:
        """Send a GET and read its object.

        Raises:
            RetriableProviderError: the answer has a shape we do not know.
        """
        response = self._session.request("GET", path)
        try:
            return model.model_validate(self._session.json(response))
        except ValidationError as error:
            raise self._odd(response) from error

    def send(self, method: str, path: str, body: object = None, query: Query = ()) -> object:
        """Send a write and return its JSON; an answer without a body is ``None``."""
        response = self._session.request(method, path, params=list(query), json=body)
        return None if not response.content else self._session.json(response)

    def clock(self) -> datetime | None:
        """Return the vendor's time."""
        return server_time(self._session.request("GET", "/me"))

    def _odd(self, response: httpx.Response) -> RetriableProviderError:
        return RetriableProviderError(
            f"Salesflare answered {response.request.url.path} in a shape we do not know",
            provider=PROVIDER,
            status=response.status_code,
            code="UNKNOWN_SHAPE",
        )


def created_ids(said: object) -> tuple[str, ...]:
    """Return the ids a create answers, of one row or of many; those it does not tell are left out."""
    rows = cast("list[object]", said) if isinstance(said, list) else [said]
    ids = [cast("Mapping[str, Any]", each).get("id") for each in rows if isinstance(each, dict)]
    return tuple(str(each) for each in ids if isinstance(each, int) and not isinstance(each, bool))


def chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """Cut items into lists of a size, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk

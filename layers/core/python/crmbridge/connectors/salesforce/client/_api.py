"""Calls of the REST API: query, queryAll, Collections, and how much of the day's allowance is used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import ClientContext, Session, server_time
from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client._errors import PROVIDER, read_error
from crmbridge.errors import FatalProviderError, RetriableProviderError

ROOT = f"/services/data/v{CONNECTOR.api_version}"

WRITE_HEADERS: Mapping[str, str] = {
    # assignment rules would otherwise give leads to somebody else than the hub's owner
    "Sforce-Auto-Assign": "FALSE",
    # names us in change events
    "Sforce-Call-Options": "client=CRMBridge",
    # an alert asks a person; the hub has already matched by id, e-mail and phone. Block rules still block.
    "Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true",
}

Row = Mapping[str, Any]

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the org's rolling 24 hours is used, by everybody."""

    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a query.

    Attributes:
        next_url: where the next page is, ``None`` on the last.
        server_time: the answering server's clock.
    """

    rows: tuple[Row, ...]
    next_url: str | None
    server_time: datetime | None


class Api:
    """Speaks HTTP for one org."""

    def __init__(self, context: ClientContext) -> None:
        self._session = Session(context, provider=PROVIDER, read_error=read_error)
        self.usage: Usage | None = None

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Row:
        """Return the object that a GET answers.

        Raises:
            RetriableProviderError: the answer is no object.
        """
        return self.object_of(self.send("GET", path, params=params))

    def post(self, path: str, body: object) -> Row:
        """Return the object that a POST answers.

        Raises:
            RetriableProviderError: the answer is no object.
        """
        return self.object_of(self.send("POST", path, json=body))

    def patch(self, path: str, body: object) -> None:
        """Change one resource; nothing is answered."""
        self.send("PATCH", path, json=body)

    def retrieve(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> tuple[Row, ...]:
        """Return the records of some ids, in their order; those that are not shown are left out.

        Raises:
            RetriableProviderError: there are not as many answers as ids.
        """
        body = {"ids": list(ids), "fields": list(fields)}
        response = self.send("POST", f"{ROOT}/composite/sobjects/{object_name}", json=body)
        return tuple(row for row in self._answers(response, len(ids)) if row)

    def page(self, soql: str, *, include_deleted: bool = False) -> Answer:
        """Return the first page of a query."""
        resource = "queryAll" if include_deleted else "query"
        return self._rows(self.send("GET", f"{ROOT}/{resource}", params={"q": soql}))

    def every(self, soql: str, *, include_deleted: bool = False) -> tuple[Row, ...]:
        """Return all rows of a query, page by page; started anew once if its cursor has died.

        Raises:
            FatalProviderError: the same page was named twice (code ``STUCK_PAGINATION``).
        """
        try:
            return tuple(self._every(soql, include_deleted))
        except FatalProviderError as error:
            if error.code != "INVALID_QUERY_LOCATOR":
                raise
            return tuple(self._every(soql, include_deleted))

    def _every(self, soql: str, include_deleted: bool) -> Iterator[Row]:
        answer = self.page(soql, include_deleted=include_deleted)
        yield from answer.rows
        if answer.next_url is not None:
            yield from self.rest(answer.next_url)

    def rest(self, next_url: str) -> Iterator[Row]:
        """Yield the rows of all pages from an address on that a page before named.

        Raises:
            FatalProviderError: the same page was named twice (code ``STUCK_PAGINATION``).
        """
        seen: set[str] = set()
        following: str | None = next_url
        while following is not None:
            if following in seen:
                raise stuck(following)
            seen.add(following)
            answer = self._rows(self.send("GET", following))
            yield from answer.rows
            following = answer.next_url

    def collection(self, method: str, path: str, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Create, update or upsert up to 200 rows; the answers come in input order.

        Raises:
            RetriableProviderError: there are not as many answers as rows; they may have been written all the same.
        """
        body = {"allOrNone": False, "records": rows}
        return self._answers(self.send(method, f"{ROOT}/{path}", json=body, headers=WRITE_HEADERS), len(rows))

    def delete(self, ids: Sequence[str]) -> tuple[Row, ...]:
        """Delete up to 200 records; the answers come in input order."""
        params = {"ids": ",".join(ids), "allOrNone": "false"}
        return self._answers(
            self.send("DELETE", f"{ROOT}/composite/sobjects", params=params, headers=WRITE_HEADERS), len(ids)
        )

    def total(self, soql: str) -> int:
        """Return how many rows a query of ``COUNT()`` finds.

        Raises:
            RetriableProviderError: the answer names no number.
        """
        response = self.send("GET", f"{ROOT}/query", params={"q": soql})
        total: object = self.object_of(response).get("totalSize")
        if not isinstance(total, int):
            raise _senseless(response, "a count without a number")
        return total

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - passed on
        """Send one call, and note how much of the day's allowance is used."""
        response = self._session.request(method, path, **request)
        found = _USAGE.search(response.headers.get("sforce-limit-info", ""))
        if found:
            self.usage = Usage(int(found[1]), int(found[2]))
        return response

    def object_of(self, response: httpx.Response) -> Row:
        """Return the object in an answer.

        Raises:
            RetriableProviderError: it is none.
        """
        body: object = self._session.json(response)
        if not isinstance(body, dict):
            raise _senseless(response, "something that is no object")
        return cast("Row", body)

    def _rows(self, response: httpx.Response) -> Answer:
        answer = self.object_of(response)
        records, done = answer.get("records"), answer.get("done")
        if not isinstance(records, list) or not isinstance(done, bool):
            raise _senseless(response, "a query without records")
        next_url = str(answer.get("nextRecordsUrl") or "")
        if not done and not next_url.startswith("/services/"):
            raise _senseless(response, "a query that is not done but names no page of its own")
        return Answer(tuple(cast("list[Row]", records)), None if done else next_url, server_time(response))

    def _answers(self, response: httpx.Response, count: int) -> tuple[Row, ...]:
        body: object = self._session.json(response)
        answers = cast("list[Row]", body) if isinstance(body, list) else []
        if len(answers) != count:
            raise _senseless(response, f"{len(answers)} results for {count} rows")
        return tuple(answers)


def _senseless(response: httpx.Response, what: str) -> RetriableProviderError:
    return RetriableProviderError(
        f"salesforce answered {what}",
        provider=PROVIDER,
        status=response.status_code,
        may_have_applied=response.request.method != "GET",
    )


def stuck(cursor: str) -> FatalProviderError:
    """Return the error of a listing that does not advance."""
    return FatalProviderError(
        f"salesforce named the same page twice: {cursor[:200]}", provider=PROVIDER, code="STUCK_PAGINATION"
    )

"""A client whose org answers from a script: for answers that no well-behaved org gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.domain.records import Entity
from tests.unit.connectors.salesforce.shapes import described

Answer = httpx.Response | Exception
Respond = Callable[[httpx.Request], Answer | None]

USERS = [{"Id": "005000000000001AAA", "Name": "Ana", "Email": "Ana@Fabrikam.example", "IsActive": True}]
STAGES = [
    {
        "ApiName": "Prospecting",
        "MasterLabel": "Prospecting",
        "IsActive": True,
        "SortOrder": 1,
        "DefaultProbability": 10.0,
    },
    {"ApiName": "Closed Won", "MasterLabel": "Won", "IsActive": True, "SortOrder": 2, "IsClosed": True, "IsWon": True},
]
STATUSES = [{"ApiName": "New", "MasterLabel": "New", "SortOrder": 1, "IsDefault": True, "IsConverted": False}]
_OBJECTS: dict[str, Entity] = {"Account": "company", "Contact": "contact", "Lead": "lead", "Opportunity": "deal"}


class Token:
    """A token that is renewed whenever it is refused."""

    def __init__(self) -> None:
        self.renewed = 0

    def bearer(self) -> str:
        return "t0"

    def renew(self, stale: str) -> str:
        assert stale
        self.renewed += 1
        return f"t{self.renewed}"


class Script:
    """Answers what is needed to begin with; everything else is asked of ``respond``.

    Attributes:
        asked: requests that ``respond`` was asked for.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.asked: list[httpx.Request] = []
        self.token = Token()
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.client = SalesforceClient(
            ClientContext(http=http, base_url="https://f.my.salesforce.com", tokens=self.token)
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        found = self.respond(request)
        if found is None:
            return self._furniture(request)
        self.asked.append(request)
        if isinstance(found, Exception):
            raise found
        return found

    def _furniture(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/describe"):
            return httpx.Response(200, json=described(_OBJECTS[request.url.path.split("/")[-2]]))
        query = request.url.params.get("q", "")
        for source, rows in (("FROM User", USERS), ("FROM OpportunityStage", STAGES), ("FROM LeadStatus", STATUSES)):
            if source in query:
                return records(rows)
        raise AssertionError(f"nobody answers {request.method} {request.url}")


def records(rows: list[dict[str, Any]], *, next_url: str = "") -> httpx.Response:
    """Return a query's page."""
    body: dict[str, Any] = {"totalSize": len(rows), "done": not next_url, "records": rows}
    return httpx.Response(200, json=body | ({"nextRecordsUrl": next_url} if next_url else {}))


def always(path: str, answer: Callable[[], Answer]) -> Respond:
    """Answer everything whose path ends so with one answer."""
    return lambda request: answer() if request.url.path.endswith(path) else None


def in_turn(path: str, *answers: Answer) -> Respond:
    """Answer everything whose path contains ``path`` with one answer after the other."""
    left = list(answers)
    return lambda request: (
        left.pop(0) if path in request.url.path and "FROM User" not in str(request.url.params) else None
    )

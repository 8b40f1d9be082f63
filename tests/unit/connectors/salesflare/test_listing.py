"""Pages that overlap, in the order of ids, whatever the vendor does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesflare.client import build
from crmbridge.connectors.salesflare.client.calls import PAGE
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import CrmClient


class Key:
    def bearer(self) -> str:
        return "key"

    def renew(self, stale: str) -> str:
        return stale


def client(answer: Callable[[httpx.Request], object]) -> CrmClient:
    """Return a client of a vendor that answers lists as told, and no definitions."""

    def respond(request: httpx.Request) -> httpx.Response:
        said = answer(request) if request.url.path in ("/accounts", "/contacts", "/tasks") else []
        return httpx.Response(200, json=said)

    http = httpx.Client(transport=httpx.MockTransport(respond))
    return build(ClientContext(http=http, base_url="https://api.salesflare.com", tokens=Key()))


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": f"N{number}", "modification_date": "2026-05-22T21:45:22.000Z", **more}


def slice_of(rows: list[dict[str, Any]], request: httpx.Request) -> list[dict[str, Any]]:
    offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
    return rows[offset : offset + limit]


def every(with_client: CrmClient) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    for _ in range(50):
        page = with_client.list_all("company", cursor=cursor)
        found += [each.external_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the listing does not end")


@pytest.mark.parametrize("number", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 7])
def test_every_row_is_told_once(number):
    rows = [row(n) for n in range(1, number + 1)]
    assert every(client(lambda request: slice_of(rows, request))) == [str(n) for n in range(1, number + 1)]


def test_the_same_page_twice_is_an_error():
    rows = [row(n) for n in range(1, PAGE + 1)]
    with pytest.raises(FatalProviderError, match="same page twice"):
        every(client(lambda request: rows))


def test_rows_in_another_order_are_read_by_plain_offsets():
    rows = [row(n) for n in range(250, 0, -1)]
    assert sorted(every(client(lambda request: slice_of(rows, request))), key=int) == [str(n) for n in range(1, 251)]


def test_a_row_that_cannot_be_read_is_kept_and_blocks_no_other():
    rows = [row(1, size="many"), row(2)]
    page = client(lambda request: rows).list_all("company", cursor=None)
    assert [each.external_id for each in page.items] == ["2"]
    assert [(each.external_id, each.reason[:5]) for each in page.unreadable] == [("1", "size:")]


def test_a_listing_that_answers_no_list_is_tried_again():
    with pytest.raises(RetriableProviderError, match="shape we do not know"):
        client(lambda request: {"data": []}).list_all("company", cursor=None)


def test_changes_are_asked_for_a_day_early_and_told_from_the_moment_on():
    seen: list[httpx.Request] = []
    rows = [row(1), row(2, modification_date="2026-05-22T21:45:21.000Z"), row(3, archived=True)]

    def answer(request: httpx.Request) -> object:
        seen.append(request)
        return rows

    since = datetime(2026, 5, 22, 21, 45, 22, tzinfo=UTC)
    page = client(answer).list_changed("contact", since=since, cursor=None)
    assert [each.external_id for each in page.items] == ["1"]
    assert seen[0].url.params["modification_after"] == "2026-05-21T21:45:22.000Z"
    assert seen[0].url.params["order_by"] == "id"
    gone = client(answer).list_gone("contact", since=since, cursor=None)
    assert [each.external_id for each in gone.items] == ["3"]
    assert seen[-1].url.params["includeArchived"] == "true"


def test_ids_that_are_no_numbers_are_missing_and_never_sent():
    seen: list[httpx.Request] = []
    told = client(lambda request: seen.append(request) or [row(7)]).read("company", ["7", "x&id=8", "9"])
    assert told.found.keys() == {"7"}
    assert told.missing == {"x&id=8", "9"}
    assert seen[0].url.params.get_list("id") == ["7", "9"]

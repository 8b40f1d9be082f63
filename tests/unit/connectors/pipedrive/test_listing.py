from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmbridge.errors import FatalProviderError, RetriableProviderError
from tests.unit.connectors.pipedrive.conftest import client_over, fixture_json, ok

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_same_cursor_twice_is_an_error():
    row = fixture_json("answers", "organization")
    client = client_over(
        lambda request: (
            ok([row], additional_data={"next_cursor": "same"}) if request.url.path.endswith("/organizations") else None
        )
    )
    page = client.list_all("company", cursor=None)
    with pytest.raises(FatalProviderError) as caught:
        client.list_all("company", cursor=page.next_cursor)
    assert caught.value.code == "STUCK_PAGINATION"


def test_changes_are_asked_for_by_the_only_form_of_time_that_is_taken():
    seen: list[httpx.Request] = []
    client = client_over(lambda request: ok([]) if request.url.path.endswith("/persons") else None, seen)
    client.list_changed("contact", since=SINCE.replace(microsecond=700), cursor=None)
    asked = next(each for each in seen if each.url.path.endswith("/persons")).url.params
    assert asked["updated_since"] == "2026-11-01T00:00:00Z"
    assert (asked["sort_by"], asked["sort_direction"], asked["limit"]) == ("id", "asc", "500")


def test_changes_after_the_first_page_are_left_to_the_next_run():
    rows = [
        {**fixture_json("answers", "person.bare"), "id": number, "update_time": f"2026-11-21T12:00:{number:02d}Z"}
        for number in (1, 9)
    ]

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/persons"):
            return None
        body = ok(rows, additional_data={"next_cursor": "c" if "cursor" not in request.url.params else None})
        body.headers["date"] = "Sat, 21 Nov 2026 12:00:03 GMT"
        return body

    client = client_over(answer)
    first = client.list_changed("contact", since=SINCE, cursor=None)
    assert [each.external_id for each in first.items] == ["1", "9"]
    second = client.list_changed("contact", since=SINCE, cursor=first.next_cursor)
    assert [each.external_id for each in second.items] == ["1"]


def test_deletions_are_read_out_of_the_recents_and_doubtful_ones_looked_at():
    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/recents"):
            assert request.url.params["since_timestamp"] == "2026-11-01 00:00:00"
            return httpx.Response(200, json=fixture_json("answers", "recents"))
        if request.url.path.endswith("/persons/4"):
            return ok({"id": 4, "is_deleted": True, "update_time": "2026-11-20T08:00:00Z"})
        return None

    gone = {
        each.external_id: each.at for each in client_over(answer).list_gone("contact", since=SINCE, cursor=None).items
    }
    assert gone == {
        "4": datetime(2026, 11, 20, 8, tzinfo=UTC),
        "5": datetime(2026, 11, 21, 11, tzinfo=UTC),
    }


def _notes(request: httpx.Request, held: list[int]) -> httpx.Response | None:
    path, params = request.url.path, request.url.params
    if path.endswith("/activities"):
        return ok([])
    if not path.endswith("/notes"):
        return None
    start, limit = int(params["start"]), 3
    rows = [{**fixture_json("answers", "note"), "id": each} for each in held[start : start + limit]]
    more = len(held) > start + limit
    return ok(rows, additional_data={"pagination": {"more_items_in_collection": more}})


@pytest.mark.parametrize("lost", [[], [1], [2, 3], [1, 2, 3], [3]])
def test_notes_deleted_between_pages_hide_no_other(lost: list[int]):
    held = list(range(1, 9))
    client = client_over(lambda request: _notes(request, held))
    page = client.list_all("activity", cursor=None)
    found = [each.external_id for each in page.items]
    for each in lost:
        held.remove(each)
    for _ in range(20):
        if page.next_cursor is None:
            break
        page = client.list_all("activity", cursor=page.next_cursor)
        found += [each.external_id for each in page.items]
    assert page.next_cursor is None
    assert {f"notes:{each}" for each in range(1, 9) if each not in lost} <= set(found)
    assert len(found) == len(set(found))


def _leads(request: httpx.Request, held: list[str]) -> httpx.Response | None:
    path, params = request.url.path, request.url.params
    if path.endswith("/leads/archived") or path.endswith("/leadLabels"):
        return ok([])
    if not path.endswith("/leads"):
        return None
    start, limit = int(params["start"]), 3
    rows = [{"id": each, "update_time": "2026-11-21T12:00:00.301Z"} for each in held[start : start + limit]]
    return ok(rows, additional_data={"pagination": {"more_items_in_collection": len(held) > start + limit}})


@pytest.mark.parametrize("lost", ["", "a", "bc", "abc", "c"])
def test_leads_deleted_between_pages_hide_no_other(lost: str):
    held = list("abcdefgh")
    client = client_over(lambda request: _leads(request, held))
    page = client.list_all("lead", cursor=None)
    found = [each.external_id for each in page.items]
    for each in lost:
        held.remove(each)
    for _ in range(20):
        if page.next_cursor is None:
            break
        page = client.list_all("lead", cursor=page.next_cursor)
        found += [each.external_id for each in page.items]
    assert page.next_cursor is None
    assert set("abcdefgh") - set(lost) <= set(found)


def test_participants_are_asked_for_only_where_there_is_more_than_the_main_person():
    seen: list[httpx.Request] = []
    rows = [{**fixture_json("answers", "deal.open"), "id": number, "participants_count": number} for number in (1, 2)]

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/participants"):
            return ok([{"id": 5, "person_id": {"value": 71}}, {"id": 6, "person_id": {"value": 9}}])
        return ok(rows) if request.url.path.endswith("/deals") else None

    page = client_over(answer, seen).list_all("deal", cursor=None)
    assert [each.refs["contacts"] for each in page.items] == [("71",), ("71", "9")]
    assert [each.url.path for each in seen if "participants" in each.url.path] == ["/api/v1/deals/2/participants"]


@pytest.mark.parametrize("body", [{"success": True, "data": "x"}, {"success": False, "data": []}, [], "text"])
def test_an_answer_of_another_shape_is_tried_again(body: Any):
    client = client_over(
        lambda request: httpx.Response(200, json=body) if request.url.path.endswith("/organizations") else None
    )
    with pytest.raises(RetriableProviderError):
        client.list_all("company", cursor=None)

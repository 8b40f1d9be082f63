from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import CrmClient
from tests.unit.connectors.hubspot.conftest import Portal, client_answering, fixture_json

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ONE_MOMENT = "2026-11-20T10:30:00.188Z"


def changed_ids(client: CrmClient, *, since: datetime = SINCE) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    for _ in range(200):
        page = client.list_changed("contact", since=since, cursor=cursor)
        found += [each.external_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the listing does not end")


@pytest.mark.slow
def test_twelve_thousand_records_of_one_moment_come_out_once_each(portal: Portal):
    """T-13: twice beyond what one search can page through."""
    rows = [
        {"properties": {"email": f"n{number}@example.com", "lastmodifieddate": ONE_MOMENT}} for number in range(12_000)
    ]
    made: list[str] = []
    for start in range(0, len(rows), 3000):
        made += portal.control("/seed", {"contacts": rows[start : start + 3000]})["ids"]["contacts"]
    portal.calls()
    exactly = datetime(2026, 11, 20, 10, 30, 0, 188_000, tzinfo=UTC)
    assert Counter(changed_ids(portal.client, since=exactly)) == Counter(made)
    calls = portal.calls()
    assert calls["POST /crm/objects/2026-09/{objectType}/search"] == 60
    assert changed_ids(portal.client, since=exactly + timedelta(milliseconds=1)) == []


def test_a_search_that_answers_values_newer_than_its_index_skips_nobody(portal: Portal):
    """The index is behind: the last row of a page already carries the time of now."""
    rows = [{"properties": {"email": f"n{n}@example.com", "lastmodifieddate": ONE_MOMENT}} for n in range(450)]
    made = portal.control("/seed", {"contacts": rows})["ids"]["contacts"]
    portal.control("/options", {"index_lag_s": 3600})
    touched = made[199:201]
    operations = [
        {"op": "update", "entity": "contacts", "id": each, "properties": {"city": "Porto"}} for each in touched
    ]
    portal.control("/seed", {"notify": True, "operations": operations})
    assert Counter(changed_ids(portal.client)) == Counter(made)


def test_records_deleted_behind_the_index_do_not_stop_a_listing(portal: Portal):
    rows = [{"properties": {"email": f"n{n}@example.com"}} for n in range(650)]
    made = portal.control("/seed", {"contacts": rows})["ids"]["contacts"]
    portal.control("/options", {"index_lag_s": 3600})
    operations = [{"op": "delete", "entity": "contacts", "id": each} for each in made[100:550]]
    portal.control("/seed", {"notify": True, "operations": operations})
    assert changed_ids(portal.client) == [*made[:100], *made[550:]]


def test_the_search_is_asked_in_epoch_milliseconds_by_each_objects_own_property():
    """T-23."""
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/search"):
            asked.append(json.loads(request.content))
            return httpx.Response(200, json={"total": 0, "results": []})
        details = {"portalId": 4, "timeZone": "UTC"} if "account-info" in request.url.path else {"results": []}
        return httpx.Response(200, json=details)

    client = client_answering(answer)
    for entity in ("contact", "company", "deal"):
        client.list_changed(entity, since=SINCE, cursor=None)
    filters = [body["filterGroups"][0]["filters"] for body in asked]
    names = ["lastmodifieddate", "hs_lastmodifieddate", "hs_lastmodifieddate"]
    assert filters == [[{"propertyName": name, "operator": "GTE", "value": "1767225600000"}] for name in names]
    assert all(len(json.dumps(body)) < 3000 and len(body["sorts"]) == 1 for body in asked)


def test_a_change_made_after_the_run_began_belongs_to_the_next_run():
    began = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def row(number: int, modified: datetime) -> dict[str, Any]:
        stamp = modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"id": str(number), "properties": {"lastmodifieddate": stamp}, "updatedAt": stamp}

    pages = [
        {"results": [row(1, began)], "paging": {"next": {"after": "200"}}},
        {"results": [row(2, began), row(3, began + timedelta(seconds=30))]},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/search"):
            return httpx.Response(200, json={"results": []})
        headers = {"date": began.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        return httpx.Response(200, json=pages.pop(0), headers=headers)

    client = client_answering(answer)
    first = client.list_changed("contact", since=SINCE, cursor=None)
    assert first.server_time == began
    second = client.list_changed("contact", since=SINCE, cursor=first.next_cursor)
    assert [each.external_id for each in (*first.items, *second.items)] == ["1", "2"]


@pytest.mark.parametrize(
    "page",
    [
        {"results": [{"id": "5", "properties": {}}], "paging": {"next": {"after": "200"}}},
        {"results": [{"id": "9"}, {"id": "8"}], "paging": {"next": {"after": "200"}}},
    ],
)
def test_a_search_that_does_not_move_on_is_an_error_at_once(page: dict[str, Any]):
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=page if request.url.path.endswith("/search") else {"results": []})

    with pytest.raises(FatalProviderError) as caught:
        client_answering(answer).list_changed("contact", since=SINCE, cursor="[5,0,0]")
    assert caught.value.code == "STUCK_PAGINATION"


def test_a_page_of_nothing_but_ghosts_is_passed_over_and_never_twice():
    answers = [
        {"results": [], "paging": {"next": {"after": "200"}}},
        {"results": [], "paging": {"next": {"after": "200"}}},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answers.pop(0) if request.url.path.endswith("/search") else {"results": []})

    client = client_answering(answer)
    page = client.list_changed("contact", since=SINCE, cursor=None)
    assert page.items == ()
    assert page.next_cursor == "[0,200,0]"
    with pytest.raises(FatalProviderError, match="same cursor"):
        client.list_changed("contact", since=SINCE, cursor=page.next_cursor)


def test_an_index_full_of_ghosts_is_waited_for():
    with pytest.raises(RetriableProviderError, match="index"):
        client_answering(lambda _: httpx.Response(500)).list_changed("contact", since=SINCE, cursor="[0,9900,0]")


def test_the_same_cursor_twice_is_an_error_at_once():
    body = {"results": [], "paging": {"next": {"after": "77"}}}
    client = client_answering(lambda _: httpx.Response(200, json=body))
    with pytest.raises(FatalProviderError) as listed:
        client.list_all("contact", cursor="77")
    with pytest.raises(FatalProviderError) as gone:
        client.list_gone("contact", since=SINCE, cursor="archived:77")
    with pytest.raises(FatalProviderError) as owners:
        client.owners()
    assert {each.value.code for each in (listed, gone, owners)} == {"STUCK_PAGINATION"}


def test_a_row_of_an_unknown_shape_is_kept_and_the_others_go_on():
    """T-66."""
    body = fixture_json("answers", "contact.list")
    body["results"] += [
        {"id": "1810", "properties": "none"},
        {"properties": {}},
        {"id": "1811", "properties": {"lastmodifieddate": "soon"}},
    ]
    del body["paging"]

    def answer(request: httpx.Request) -> httpx.Response:
        listing = request.url.path.endswith("/objects/2026-09/contacts")
        owners = {"results": [{"id": "81400100", "email": "ada@example.com"}]}
        return httpx.Response(
            200, json=body if listing else owners if "owners" in request.url.path else {"results": []}
        )

    page = client_answering(answer).list_all("contact", cursor=None)
    assert [each.external_id for each in page.items] == ["1801", "1802"]
    assert [each.external_id for each in page.unreadable] == ["1810", "", "1811"]
    assert all(each.reason and json.loads(each.raw) for each in page.unreadable)


def test_a_deal_with_more_associations_than_a_listing_shows_is_asked_for_them():
    (row,) = fixture_json("answers", "deal.list")["results"]
    row["associations"]["contacts"]["paging"] = {"next": {"after": "x"}}
    asked: list[str] = []
    linked = {
        "companies": [
            {"toObjectId": 2801, "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}]}
        ],
        "contacts": [{"toObjectId": 1801 + n, "associationTypes": []} for n in range(3)],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if "/associations/" in path:
            asked.append(path)
            target = path.split("/")[-3]
            rows = linked[target]
            after = json.loads(request.content)["inputs"][0].get("after")
            page = {"from": {"id": "3801"}, "to": rows[2:] if after else rows[:2]}
            more = {"paging": {"next": {"after": "y"}}} if len(rows) > 2 and not after else {}
            return httpx.Response(200, json={"results": [{**page, **more}]})
        if path.endswith("/deals") and "/objects/" in path:
            return httpx.Response(200, json={"results": [row]})
        return httpx.Response(200, json={"portalId": 4} if "account" in path else {"results": []})

    (seen,) = client_answering(answer).list_all("deal", cursor=None).items
    assert seen.refs == {"company": ("2801",), "contacts": ("1801", "1802", "1803")}
    assert len(asked) == 3


def test_owners_beyond_the_first_page_are_known(portal: Portal):
    owners = [{"email": f"o{number}@example.com", "firstName": "O", "lastName": str(number)} for number in range(230)]
    portal.control("/seed", {"owners": owners})
    found = portal.client.owners()
    assert len(found) == 233
    assert sum(1 for each in found if not each.is_active) == 1


def test_an_owner_made_since_is_read_again_once(portal: Portal):
    portal.client.owners()
    portal.control("/seed", {"owners": [{"email": "new@example.com"}]})
    contact = {"properties": {"email": "a@example.com"}, "owner_email": "new@example.com"}
    portal.control("/seed", {"contacts": [contact]})
    portal.calls()
    (seen,) = portal.client.list_all("contact", cursor=None).items
    assert seen.fields["owner"] == "new@example.com"
    portal.client.list_all("contact", cursor=None)
    assert portal.calls()["GET /crm/owners/2026-03"] == 2


def test_archived_records_are_listed_from_a_moment_on(portal: Portal):
    ids = portal.control("/seed", {"contacts": [{"properties": {"email": f"n{n}@example.com"}} for n in range(130)]})[
        "ids"
    ]["contacts"]
    portal.control(
        "/seed",
        {"notify": True, "operations": [{"op": "delete", "entity": "contacts", "id": each} for each in ids[:110]]},
    )
    portal.control("/clock", {"advance_s": 86_400})
    portal.control(
        "/seed",
        {"notify": True, "operations": [{"op": "delete", "entity": "contacts", "id": each} for each in ids[110:]]},
    )
    since = datetime.now(UTC) + timedelta(hours=12)
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = portal.client.list_gone("contact", since=since, cursor=cursor)
        found += [each.external_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == ids[110:]

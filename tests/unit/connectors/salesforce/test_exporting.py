"""First reads by query jobs: whole, resumable by anybody, and by keyset where no job can be had or one dies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import SalesforceClient, _exporting
from crmbridge.connectors.salesforce.mapping.csv_rows import read_rows
from crmbridge.connectors.salesforce.mapping.schema import Schema, Shape
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Page
from tests.unit.connectors.salesforce.conftest import Org
from tests.unit.connectors.salesforce.scripted import Script, records

JOB = "750000000000001AAA"


@pytest.fixture(autouse=True)
def in_small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_exporting, "EXPORT_MIN", 5)
    monkeypatch.setattr(_exporting, "RESULTS_SIZE", 6)


def _pages(
    org: Org, entity: Entity, client: SalesforceClient | None = None, cursor: str | None = None
) -> Iterator[Page[Any]]:
    """Read on, each page by a new process unless one is given, waiting as long as it is told to."""
    for _ in range(60):
        reader = client or org.client()
        reader._exporter._size = 4
        page = reader.export(entity, cursor=cursor)
        yield page
        if page.next_cursor is None:
            return
        assert page.next_cursor != cursor
        cursor = page.next_cursor
        org.advance(page.ready_in_s)
    raise AssertionError("the listing does not end")


def _ids(pages: Iterator[Page[Any]]) -> Counter[str]:
    return Counter(each.external_id for page in pages for each in page.items)


def _seeded(org: Org, number: int = 17) -> list[str]:
    company = org.seed(Account=[{"Name": "Vale", "NumberOfEmployees": 12, "AnnualRevenue": 1250000.5}])["Account"][0]
    people = [
        {
            "LastName": f"No {each}",
            "Description": 'one\ntwo, "three" ☀️' if each % 2 else "",
            "AccountId": company,
            "DoNotCall": each == 3,
            "Birthdate": "1990-05-01" if each == 4 else None,
        }
        for each in range(number)
    ]
    return org.seed(Contact=people)["Contact"]


def test_a_job_shows_every_row_as_the_rest_api_does(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    pages = list(_pages(org, "contact", client))
    assert [page.ready_in_s > 0 for page in pages][:3] == [True, False, False]
    assert _ids(iter(pages)) == Counter(ids)
    rows = {each.external_id: each for page in pages for each in page.items}
    assert rows == dict(client.read("contact", ids).found)
    assert pages[0].server_time is not None


def test_any_process_goes_on_from_a_cursor(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    assert _ids(_pages(org, "contact")) == Counter(ids)


def test_a_page_read_twice_is_the_same_page(org: Org, client: SalesforceClient) -> None:
    _seeded(org)
    pages, cursors = list(_pages(org, "contact", client)), [None]
    cursors += [page.next_cursor for page in pages]
    org.client()
    again = client.export("contact", cursor=cursors[2])
    assert [each.external_id for each in again.items] == [each.external_id for each in pages[2].items]


def test_rows_made_or_deleted_after_the_job_began_change_nothing(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    pages = _pages(org, "contact", client)
    found = [next(pages), next(pages)]
    org.act({"action": "delete", "id": ids[0]})
    _seeded(org, 3)
    assert _ids(iter([*found, *pages])) == Counter(ids)


def test_few_rows_are_listed_at_once(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org, 4)
    (page,) = _pages(org, "contact", client)
    assert sorted(each.external_id for each in page.items) == sorted(ids)
    assert not [each for each in org.calls()["calls"] if "/jobs/" in each["path"]]


def test_deals_have_children_and_are_in_no_job() -> None:
    assert "deal" not in CONNECTOR.supports.exports


def test_tasks_come_before_events_each_by_a_job_of_its_own(org: Org, client: SalesforceClient) -> None:
    tasks = org.seed(Task=[{"Subject": f"t{each}", "Status": "Not Started", "Priority": "Normal"} for each in range(9)])
    start = {"StartDateTime": "2026-11-21T10:00:00Z", "DurationInMinutes": 30}
    events = org.seed(Event=[{"Subject": f"e{each}", **start} for each in range(7)])
    pages = list(_pages(org, "activity"))
    wanted = {f"Task:{each}" for each in tasks["Task"]} | {f"Event:{each}" for each in events["Event"]}
    assert _ids(iter(pages)) == Counter(wanted)
    assert sum(page.ready_in_s > 0 for page in pages) >= 2


@pytest.mark.parametrize("how", ["failed", "aborted", "forgotten", "stuck"])
def test_a_job_that_comes_to_nothing_is_replaced_by_the_ordinary_listing(
    org: Org, client: SalesforceClient, how: str
) -> None:
    ids = _seeded(org)
    if how == "failed":
        org.control("settings", {"bulk_failures": {"count": 1}})
    if how == "stuck":
        org.control("settings", {"bulk_queue_s": 1e6})
    pages = _pages(org, "contact", client)
    first = next(pages)
    job_id = json.loads(first.next_cursor or "")[1]
    if how == "stuck":
        last = client.export("contact", cursor=json.dumps(["job", job_id, _exporting.LOOKS_MAX]))
        assert len(last.items) == len(ids)
        jobs = org.http.get(
            "http://org.example.test/services/data/v67.0/jobs/query",
            headers={"Authorization": f"Bearer {org.tokens.bearer()}"},
        ).json()["records"]
        assert [each["state"] for each in jobs] == ["Aborted"]
        return
    if how == "aborted":
        client._exporter._jobs.move("query", job_id, "Aborted")
    if how == "forgotten":
        org.advance(8 * 24 * 3600)
    assert _ids(pages) == Counter(ids)


def test_results_that_are_gone_half_way_begin_the_listing_anew(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    pages = _pages(org, "contact")
    for _ in range(3):
        next(pages)
    org.advance(8 * 24 * 3600)
    assert set(_ids(pages)) == set(ids)


def test_a_day_without_query_jobs_left_is_read_by_the_ordinary_way(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    org.control("settings", {"bulk_query_jobs": 0})
    assert _ids(_pages(org, "contact", client)) == Counter(ids)


def test_a_day_without_calls_left_is_waited_for(org: Org, client: SalesforceClient) -> None:
    _seeded(org)
    client.project("contact", {})
    org.control("usage", {"used": 10, "limit": 10})
    with pytest.raises(RetriableProviderError) as caught:
        client.export("contact", cursor=None)
    assert (caught.value.is_quota, caught.value.status) == (True, 403)


def test_a_field_that_has_vanished_is_no_longer_asked_for(org: Org, client: SalesforceClient) -> None:
    ids = _seeded(org)
    client.project("contact", {})
    org.control("settings", {"hidden_fields": {"Contact": ["Title"]}})
    pages = list(_pages(org, "contact", client))
    assert _ids(iter(pages)) == Counter(ids)
    assert all("job_title" not in each.fields for page in pages for each in page.items)


def _script(*answers: httpx.Response | Exception) -> Script:
    left = list(answers)

    def respond(request: httpx.Request) -> httpx.Response | Exception | None:
        if "COUNT()" in request.url.params.get("q", ""):
            return httpx.Response(200, json={"totalSize": 9, "done": True, "records": []})
        return left.pop(0) if "/jobs/" in request.url.path else None

    return Script(respond)


def _results(text: str, count: str, locator: str = "null") -> httpx.Response:
    headers = {"Sforce-NumberOfRecords": count, "Sforce-Locator": locator}
    return httpx.Response(200, text=text, headers=headers)


ROWS = '"Id","LastName","SystemModstamp"\n"003000000000001AAA","Prado","2026-11-21T10:30:00.000Z"\n'
AT = json.dumps(["results", JOB, "", 0])


@pytest.mark.parametrize(
    "answer",
    [
        _results(ROWS, "2"),
        _results(ROWS, ""),
        _results(ROWS + '"003', "1"),
        httpx.Response(200, content=b"\xff\xfe", headers={"Sforce-NumberOfRecords": "1"}),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, json=[{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]),
    ],
)
def test_results_that_are_not_whole_are_fetched_again(answer: httpx.Response | Exception) -> None:
    script = _script(answer, _results(ROWS, "1"))
    with pytest.raises(RetriableProviderError):
        script.client.export("contact", cursor=AT)
    page = script.client.export("contact", cursor=AT)
    assert [each.fields["last_name"] for each in page.items] == ["Prado"]


def test_a_page_of_results_that_names_itself_is_an_error() -> None:
    script = _script(_results(ROWS, "1", "abc"))
    with pytest.raises(FatalProviderError) as caught:
        script.client.export("contact", cursor=json.dumps(["results", JOB, "abc", 0]))
    assert caught.value.code == "STUCK_PAGINATION"


@pytest.mark.parametrize("answer", [httpx.ReadTimeout("slow"), httpx.Response(200, json={"state": "Open"})])
def test_a_job_whose_making_was_not_answered_is_made_again(answer: httpx.Response | Exception) -> None:
    script = _script(answer, httpx.Response(200, json={"id": JOB}))
    with pytest.raises(RetriableProviderError):
        script.client.export("contact", cursor=None)
    page = script.client.export("contact", cursor=None)
    assert json.loads(page.next_cursor or "") == ["job", JOB, 0]


def test_more_rows_than_can_be_counted_in_time_are_many() -> None:
    slow = [{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running for too long."}]

    def respond(request: httpx.Request) -> httpx.Response | None:
        if "COUNT()" in request.url.params.get("q", ""):
            return httpx.Response(400, json=slow)
        return httpx.Response(200, json={"id": JOB}) if "/jobs/" in request.url.path else None

    page = Script(respond).client.export("contact", cursor=None)
    assert json.loads(page.next_cursor or "")[0] == "job"


def test_a_cursor_of_the_ordinary_listing_goes_on_by_it() -> None:
    script = Script(lambda request: records([]) if "Id > '003" in request.url.params.get("q", "") else None)
    page = script.client.export("contact", cursor=json.dumps(["rows", "", "003000000000001AAA"]))
    assert (page.items, page.next_cursor) == ((), None)


def test_cells_become_what_json_would_say() -> None:
    types = {"B": "boolean", "I": "int", "D": "double", "C": "currency", "T": "datetime", "S": "string", "P": "percent"}
    schema = Schema(shapes={name: Shape(name=name, type=kind) for name, kind in types.items()})
    text = 'B,I,D,C,T,S,P,New\nfalse,12.0,1.25E7,0.5,2026-11-21T10:30:00.250Z,"a, ""b""\nc",10.0,x\n,,,,,,,\n'
    full, empty = read_rows(text, schema)
    assert full == {
        "B": False,
        "I": 12,
        "D": 12_500_000.0,
        "C": 0.5,
        "T": "2026-11-21T10:30:00.250+0000",
        "S": 'a, "b"\nc',
        "P": 10.0,
        "New": "x",
    }
    assert set(empty.values()) == {None}
    with pytest.raises(ValueError, match="maybe"):
        read_rows("B\nmaybe\n", schema)

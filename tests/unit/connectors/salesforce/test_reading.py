from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.conftest import Org
from tests.unit.connectors.salesforce.scripted import Script, records
from tests.unit.connectors.salesforce.shapes import described

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CONTACT = "0037Q00000ANAprAAA"


def _row(number: int, at: str = "2026-11-21T10:30:00.000+0000", prefix: str = "003") -> dict[str, Any]:
    return {"Id": f"{prefix}00000000{number:04d}AAA", "SystemModstamp": at, "LastName": f"No {number}"}


def _drain(client: SalesforceClient, listing: str, entity: Entity, **options: Any) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(50):
        page = getattr(client, listing)(entity, cursor=cursor, **options)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the listing does not end")


@pytest.fixture
def in_small_pages(client: SalesforceClient) -> SalesforceClient:
    client._lister._size = 2
    return client


# ------------------------------------------------------------------------------------------------ listings


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_every_live_record_is_listed_once_by_id(org: Org, client: SalesforceClient, count: int) -> None:
    ids = org.seed(Account=[{"Name": f"No {number}"} for number in range(count)]).get("Account", [])
    assert [each.external_id for each in _drain(client, "list_all", "company")] == sorted(ids)


def test_records_that_share_one_second_are_all_found(org: Org, client: SalesforceClient) -> None:
    ids = org.seed(Contact=[{"LastName": f"No {number}"} for number in range(2500)])["Contact"]
    since = _drain(client, "list_all", "contact")[0].modified_at
    found = _drain(client, "list_changed", "contact", since=since)
    assert [each.external_id for each in found] == sorted(ids)


def test_only_what_changed_since_a_moment_is_listed_oldest_first(org: Org, client: SalesforceClient) -> None:
    ids = org.seed(Contact=[{"LastName": f"No {number}"} for number in range(4)])["Contact"]
    org.advance(60)
    for record_id in (ids[2], ids[0]):
        org.act({"action": "update", "id": record_id, "fields": {"Title": "Buyer"}})
        org.advance(60)
    seen = {each.external_id: each.modified_at for each in _drain(client, "list_all", "contact")}
    found = _drain(client, "list_changed", "contact", since=seen[ids[2]] + timedelta(milliseconds=900))
    assert [each.external_id for each in found] == [ids[2], ids[0]]


def test_a_late_commit_is_found_within_the_lag(org: Org, client: SalesforceClient) -> None:
    (record_id,) = org.seed(Contact=[{"LastName": "Prado"}])["Contact"]
    org.advance(3600)
    start = org.sandbox.crm.clock.now()
    org.act({"action": "update", "id": record_id, "fields": {"Title": "Buyer"}, "began_s_ago": 240})
    assert not _drain(client, "list_changed", "contact", since=start)
    reach = start - timedelta(seconds=CONNECTOR.limits.lag_s)
    assert [each.external_id for each in _drain(client, "list_changed", "contact", since=reach)] == [record_id]


def test_an_opportunity_is_listed_when_only_its_contacts_change(org: Org, client: SalesforceClient) -> None:
    contacts = org.seed(Contact=[{"LastName": "Prado"}, {"LastName": "Rossi"}])["Contact"]
    deals = org.seed(
        Opportunity=[{"Name": f"No {n}", "StageName": "Prospecting", "CloseDate": "2026-12-31"} for n in range(2)]
    )
    deal_id = deals["Opportunity"][0]
    org.advance(60)
    joined_at = org.sandbox.crm.clock.now()
    org.seed(OpportunityContactRole=[{"OpportunityId": deal_id, "ContactId": each} for each in contacts])
    (first,) = _drain(client, "list_changed", "deal", since=joined_at)
    assert (first.external_id, first.refs["contacts"]) == (deal_id, tuple(sorted(contacts)))
    org.advance(60)
    left_at = org.sandbox.crm.clock.now()
    role_id = next(key for key, row in org.state("OpportunityContactRole").items() if row["ContactId"] == contacts[0])
    org.act({"action": "delete", "id": role_id})
    (second,) = _drain(client, "list_changed", "deal", since=left_at)
    assert second.refs["contacts"] == (contacts[1],)
    assert second.version != first.version
    assert second.modified_at == first.modified_at


def test_roles_are_listed_page_by_page_before_the_opportunities(org: Org, in_small_pages: SalesforceClient) -> None:
    contact = org.seed(Contact=[{"LastName": "Prado"}])["Contact"][0]
    fields = {"StageName": "Prospecting", "CloseDate": "2026-12-31"}
    deals = org.seed(Opportunity=[{"Name": f"No {number}", **fields} for number in range(5)])["Opportunity"]
    org.seed(OpportunityContactRole=[{"OpportunityId": each, "ContactId": contact} for each in deals])
    found = _drain(in_small_pages, "list_changed", "deal", since=LONG_AGO)
    assert sorted(each.external_id for each in found) == sorted(deals * 2)


def test_a_listing_that_stands_still_is_an_error_at_once() -> None:
    rows = [_row(number) for number in range(CONNECTOR.limits.list_page)]

    def respond(request: httpx.Request) -> httpx.Response | None:
        return records(rows) if "FROM Contact" in request.url.params.get("q", "") else None

    for listing, options in (
        ("list_all", {}),
        ("list_changed", {"since": LONG_AGO}),
        ("list_gone", {"since": LONG_AGO}),
    ):
        with pytest.raises(FatalProviderError) as caught:
            _drain(Script(respond).client, listing, "contact", **options)
        assert caught.value.code == "STUCK_PAGINATION"


def test_a_page_that_the_server_cut_short_is_not_the_last() -> None:
    pages = [records([_row(1)], next_url="/services/data/v67.0/query/01g-1"), records([_row(2)])]
    queries: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response | None:
        if "FROM Contact" not in request.url.params.get("q", ""):
            return None
        queries.append(request.url.params["q"])
        return pages.pop(0)

    found = _drain(Script(respond).client, "list_all", "contact")
    assert [each.external_id for each in found] == [_row(1)["Id"], _row(2)["Id"]]
    assert f"Id > '{_row(1)['Id']}'" in queries[1]


def test_a_bad_row_is_set_aside_and_the_others_go_on() -> None:
    bad = {**_row(2), "Email": {"unexpected": True}}
    script = Script(
        lambda request: records([_row(1), bad, _row(3)]) if "FROM Contact" in request.url.params.get("q", "") else None
    )
    page = script.client.list_all("contact", cursor=None)
    assert [each.external_id for each in page.items] == [_row(1)["Id"], _row(3)["Id"]]
    assert [(each.external_id, "Email" in each.reason) for each in page.unreadable] == [(bad["Id"], True)]


def test_the_servers_clock_comes_with_the_page() -> None:
    answer = records([])
    answer.headers["date"] = "Sat, 21 Nov 2026 10:30:00 GMT"
    script = Script(lambda request: answer if "FROM Contact" in request.url.params.get("q", "") else None)
    page = script.client.list_changed("contact", since=LONG_AGO, cursor=None)
    assert page.server_time == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def test_a_field_that_vanishes_during_a_listing_is_left_out_and_the_others_go_on(
    org: Org, client: SalesforceClient
) -> None:
    org.seed(Contact=[{"LastName": "Prado", "Phone": "+12125550123"}])
    assert client.list_all("contact", cursor=None).items[0].fields["phone"] == "+12125550123"
    org.control("settings", {"hidden_fields": {"Contact": ["Phone"]}})
    seen = client.list_all("contact", cursor=None).items[0]
    assert "phone" not in seen.fields
    assert seen.fields["last_name"] == "Prado"
    read = client.read("contact", [seen.external_id]).found[seen.external_id]
    assert read == seen


def test_an_object_that_is_not_there_is_told_in_the_vendors_words() -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/Lead/describe"):
            return httpx.Response(
                404, json=[{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
            )
        return None

    with pytest.raises(FatalProviderError, match="The requested resource does not exist"):
        Script(respond).client.list_all("lead", cursor=None)


def test_person_accounts_are_passed_over() -> None:
    person: dict[str, Any] = {**_row(1), "IsPersonAccount": True}
    queries: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/Contact/describe"):
            return httpx.Response(200, json=described("contact", IsPersonAccount={}))
        if request.url.path.endswith("/composite/sobjects/Contact"):
            return httpx.Response(200, json=[person])
        queries.append(request.url.params.get("q", ""))
        return records([]) if "FROM Contact" in queries[-1] else None

    client = Script(respond).client
    client.list_all("contact", cursor=None)
    assert any("IsPersonAccount = false" in each for each in queries)
    read = client.read("contact", [person["Id"]])
    assert (dict(read.found), read.missing) == ({}, {person["Id"]})


# ---------------------------------------------------------------------------------- gone, merged, converted


def test_deleted_and_merged_records_are_told_with_their_survivors(org: Org, client: SalesforceClient) -> None:
    keep, lose, drop, stay = org.seed(Contact=[{"LastName": f"No {number}"} for number in range(4)])["Contact"]
    org.act({"action": "merge", "id": keep, "losers": [lose]}, {"action": "delete", "id": drop})
    told = {each.external_id: each.merged_into for each in _drain(client, "list_gone", "contact", since=LONG_AGO)}
    assert told == {lose: keep, drop: ""}
    read = client.read("contact", [keep, lose, drop, stay, "003sb00000zzzzzAAA", "nonsense", "001sb0000000001AAA"])
    assert set(read.found) == {keep, stay}
    assert {key: gone.merged_into for key, gone in read.gone.items()} == told
    assert read.missing == {"003sb00000zzzzzAAA", "nonsense", "001sb0000000001AAA"}


def test_many_deleted_records_are_told_page_by_page(org: Org, in_small_pages: SalesforceClient) -> None:
    ids = org.seed(Account=[{"Name": f"No {number}"} for number in range(5)])["Account"]
    org.act(*[{"action": "delete", "id": each} for each in ids])
    assert sorted(
        each.external_id for each in _drain(in_small_pages, "list_gone", "company", since=LONG_AGO)
    ) == sorted(ids)


def test_a_converted_lead_is_gone_into_its_contact(org: Org, client: SalesforceClient) -> None:
    lead, other = org.seed(Lead=[{"LastName": "Prado", "Company": "Fabrikam"}, {"LastName": "Ro", "Company": "C"}])[
        "Lead"
    ]
    org.act({"action": "convert", "id": lead})
    contact_id = org.state("Lead")[lead]["ConvertedContactId"]
    assert [(each.external_id, each.merged_into) for each in _drain(client, "list_gone", "lead", since=LONG_AGO)] == [
        (lead, contact_id)
    ]
    assert client.read("lead", [lead]).gone[lead].merged_into == contact_id
    assert [each.external_id for each in _drain(client, "list_all", "lead")] == [other]
    assert [each.external_id for each in _drain(client, "list_changed", "lead", since=LONG_AGO)] == [other]
    assert client.read("lead", [contact_id]).missing == {contact_id}


def test_what_has_left_the_recycle_bin_gives_no_evidence(org: Org, client: SalesforceClient) -> None:
    (record_id,) = org.seed(Contact=[{"LastName": "Prado"}])["Contact"]
    org.act({"action": "delete", "id": record_id})
    assert record_id in client.read("contact", [record_id]).gone
    org.advance(16 * 86_400)
    assert client.read("contact", [record_id]).missing == {record_id}


def test_an_undeleted_record_is_found_again(org: Org, client: SalesforceClient) -> None:
    (record_id,) = org.seed(Contact=[{"LastName": "Prado"}])["Contact"]
    org.act({"action": "delete", "id": record_id}, {"action": "undelete", "id": record_id})
    assert record_id in client.read("contact", [record_id]).found


# ------------------------------------------------------------------------------------------------ by id


@pytest.mark.parametrize("entity", ["company", "deal"])
def test_many_ids_are_read_in_as_few_calls_as_their_number_allows(
    org: Org, client: SalesforceClient, entity: Entity
) -> None:
    name = {"company": "Account", "deal": "Opportunity"}[entity]
    extra = {"StageName": "Prospecting", "CloseDate": "2026-12-31"} if entity == "deal" else {}
    ids = org.seed(**{name: [{"Name": f"No {number}", **extra} for number in range(450)]})[name]
    client.read(entity, ids[:1])
    org.forget_calls()
    assert set(client.read(entity, [*ids, *ids]).found) == set(ids)
    assert len(org.calls()["calls"]) == 3


def test_a_record_is_found_by_the_short_form_of_its_id(org: Org, client: SalesforceClient) -> None:
    (record_id,) = org.seed(Contact=[{"LastName": "Prado"}])["Contact"]
    assert client.read("contact", [record_id[:15]]).found[record_id[:15]].external_id == record_id


def test_reading_nothing_asks_nothing() -> None:
    read = Script(lambda _: None).client.read("contact", [])
    assert (dict(read.found), dict(read.gone), read.missing) == ({}, {}, frozenset())


def test_a_failed_search_of_the_recycle_bin_infers_no_deletion() -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/composite/sobjects/Contact"):
            return httpx.Response(200, json=[None])
        return httpx.Response(500) if request.url.path.endswith("/queryAll") else None

    with pytest.raises(RetriableProviderError):
        Script(respond).client.read("contact", [CONTACT])


# ------------------------------------------------------------------------------------------------ by key


def test_records_are_found_by_every_key_as_people_typed_them(org: Org, client: SalesforceClient) -> None:
    ana, bo, cy = org.seed(
        Contact=[
            {"LastName": "Prado", "Email": "Ana@Example.com", "Phone": "+55 (11) 98765-4321"},
            {"LastName": "Rossi", "MobilePhone": "0055 11 98765 4321"},
            {"LastName": "Cruz", "Phone": "11 98765-4321", "MailingCountry": "Brasil"},
        ]
    )["Contact"]
    (hit,) = client.find("contact", "email", ["ana@example.com", "nobody@example.com"])["ana@example.com"]
    assert hit.external_id == ana
    by_phone = client.find("contact", "phone", ["+5511987654321"])["+5511987654321"]
    assert {each.external_id for each in by_phone} == {ana, bo, cy}
    sites = ["https://www.Fabrikam.example/about", "not-fabrikam.example", "fabrikam.example.org"]
    accounts = org.seed(Account=[{"Name": "A", "Website": each} for each in sites])["Account"]
    assert [
        each.external_id for each in client.find("company", "domain", ["fabrikam.example"])["fabrikam.example"]
    ] == [accounts[0]]


def test_deleted_records_are_not_found(org: Org, client: SalesforceClient) -> None:
    made = client.write("contact", [WriteOp("upsert", "con_1", fields={"email": "ana@example.com"})])
    client.write("contact", [WriteOp("delete", "con_1", made[0].external_id)])
    assert client.find("contact", "email", ["ana@example.com"]) == {}
    assert client.find("contact", "correlation_id", ["con_1"]) == {}


def test_hundreds_of_values_are_found_in_queries_that_fit_a_url(org: Org, client: SalesforceClient) -> None:
    emails = [f"person.with.a.long.name.{number}@a-company-with-a-long-name.example.com" for number in range(600)]
    org.seed(Contact=[{"LastName": "X", "Email": each} for each in emails])
    org.forget_calls()
    assert set(client.find("contact", "email", emails)) == set(emails)
    assert len(org.calls()["calls"]) < 8


@pytest.mark.parametrize(("entity", "key"), [("company", "email"), ("deal", "phone"), ("contact", "domain")])
def test_a_key_that_the_object_has_not_finds_nothing(client: SalesforceClient, entity: Entity, key) -> None:
    assert client.find(entity, key, ["x"]) == {}


def test_a_dead_cursor_starts_the_query_anew() -> None:
    page = records([_row(1)], next_url="/services/data/v67.0/query/01g-1")
    dead = httpx.Response(400, json=[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}])
    answers = [page, dead, page, records([_row(2)])]

    def respond(request: httpx.Request) -> httpx.Response | None:
        wanted = "FROM Contact" in request.url.params.get("q", "") or "01g-1" in request.url.path
        return answers.pop(0) if wanted else None

    rows = [{**_row(number), "Email": "ana@example.com"} for number in (1, 2)]
    answers[2], answers[3] = records(rows[:1], next_url="/services/data/v67.0/query/01g-1"), records(rows[1:])
    hits = Script(respond).client.find("contact", "email", ["ana@example.com"])["ana@example.com"]
    assert [each.external_id for each in hits] == [row["Id"] for row in rows]


def test_a_server_cursor_that_stands_still_is_an_error_at_once() -> None:
    url = "/services/data/v67.0/query/01g-1"

    def respond(request: httpx.Request) -> httpx.Response | None:
        wanted = "FROM Contact" in request.url.params.get("q", "") or "01g-1" in request.url.path
        return records([_row(1)], next_url=url) if wanted else None

    with pytest.raises(FatalProviderError) as caught:
        Script(respond).client.find("contact", "email", ["ana@example.com"])
    assert caught.value.code == "STUCK_PAGINATION"


def test_contacts_that_come_on_a_page_of_their_own_are_read_to_the_end() -> None:
    url = "/services/data/v67.0/query/01g-roles"
    stamp = "2026-11-21T10:30:00.000+0000"
    roles = [{"ContactId": _row(number)["Id"], "SystemModstamp": stamp} for number in range(3)]
    held = {"totalSize": 3, "done": False, "records": roles[:1], "nextRecordsUrl": url}
    deal = {"Id": "006000000000001AAA", "SystemModstamp": stamp, "OpportunityContactRoles": held}

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == url:
            return records(roles[1:])
        return records([deal]) if "FROM Opportunity O" in request.url.params.get("q", "") else None

    (seen,) = Script(respond).client.list_all("deal", cursor=None).items
    assert seen.refs["contacts"] == tuple(each["ContactId"] for each in roles)


def test_a_next_page_on_another_host_is_never_asked_for() -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        assert request.url.host == "f.my.salesforce.com"
        wanted = "FROM Contact" in request.url.params.get("q", "")
        return records([_row(1)], next_url="https://evil.example/query") if wanted else None

    with pytest.raises(RetriableProviderError, match="no page of its own"):
        Script(respond).client.find("contact", "email", ["ana@example.com"])


@pytest.mark.parametrize("body", ["[]", "", "null", "3"])
def test_a_senseless_describe_is_tried_again(body: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, text=body) if request.url.path.endswith("/Contact/describe") else None

    with pytest.raises(RetriableProviderError):
        Script(respond).client.list_all("contact", cursor=None)

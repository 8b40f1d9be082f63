from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.zoho.client import ZohoClient
from crmbridge.errors import FatalProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.zoho.conftest import Zoho, made


def every(read: Any, between: Any = lambda: None) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = read(cursor)
        found += [each.external_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
        between()


def contacts(client: ZohoClient, number: int) -> list[str]:
    return made(client, "contact", *({"last_name": f"N{each}"} for each in range(number)))


def test_more_than_two_thousand_records_are_listed_once_each(zoho: Zoho, client: ZohoClient):
    """T-17."""
    wanted = contacts(client, 2_205)
    before = len(zoho.calls())
    assert Counter(every(lambda cursor: client.list_all("contact", cursor=cursor))) == Counter(wanted)
    calls = zoho.calls()[before:]
    assert not [each for each in calls if each["status"] >= 400]
    assert sum(each["path"].endswith("/coql") for each in calls) == 2, "one look at ten gaps, one at the rest"


def test_a_listing_goes_on_when_its_token_has_ended(zoho: Zoho, client: ZohoClient):
    """T-17: a page token lives for a day."""
    wanted = contacts(client, 450)
    later = zoho.client
    advanced: list[ZohoClient] = []

    def meanwhile() -> None:
        if not advanced:
            zoho.control("clock", {"advance_s": 90_000})
            advanced.append(later())

    found = every(lambda cursor: (advanced or [client])[0].list_all("contact", cursor=cursor), meanwhile)
    assert Counter(found) == Counter(wanted)


def test_a_deletion_between_two_pages_hides_nothing(client: ZohoClient):
    wanted = contacts(client, 450)

    def meanwhile() -> None:
        client.write("contact", [WriteOp("delete", each, each) for each in wanted[:60]])

    found = every(lambda cursor: client.list_all("contact", cursor=cursor), meanwhile)
    assert set(wanted[60:]) <= set(found)
    assert max(Counter(found).values()) == 1


def test_hundreds_of_deletions_between_two_pages_hide_nothing(client: ZohoClient):
    wanted = contacts(client, 700)
    spent: list[str] = []

    def meanwhile() -> None:
        if not spent:
            spent.extend(wanted[:190])
            for start in (0, 100):
                client.write("contact", [WriteOp("delete", each, each) for each in spent[start : start + 100]])

    found = every(lambda cursor: client.list_all("contact", cursor=cursor), meanwhile)
    assert set(wanted[190:]) <= set(found)


def test_deletions_between_all_of_many_pages_hide_nothing(client: ZohoClient):
    wanted = contacts(client, 2_600)
    spent: list[str] = []

    def meanwhile() -> None:
        chosen = wanted[len(spent) : len(spent) + 30]
        spent.extend(chosen)
        client.write("contact", [WriteOp("delete", each, each) for each in chosen])

    found = every(lambda cursor: client.list_all("contact", cursor=cursor), meanwhile)
    assert set(wanted) - set(spent) <= set(found)


def test_what_was_jumped_over_is_found_though_the_token_has_ended_meanwhile(zoho: Zoho, client: ZohoClient):
    wanted = contacts(client, 700)
    later = zoho.client
    pages: list[ZohoClient] = []

    def meanwhile() -> None:
        reader = (pages or [client])[-1]
        if len(pages) == 1:
            zoho.control("clock", {"advance_s": 90_000})
            reader = later()
        elif not pages:
            reader.write("contact", [WriteOp("delete", each, each) for each in wanted[:60]])
        pages.append(reader)

    found = every(lambda cursor: (pages or [client])[-1].list_all("contact", cursor=cursor), meanwhile)
    assert set(wanted[60:]) <= set(found)


def test_many_conversions_are_told(zoho: Zoho, client: ZohoClient):
    leads = made(client, "lead", *({"last_name": f"N{each}"} for each in range(203)))
    since = datetime.now(UTC) - timedelta(minutes=5)
    for each in leads:
        zoho.act("convert", "Leads", id=each)
    assert set(every(lambda cursor: client.list_gone("lead", since=since, cursor=cursor))) == set(leads)


def test_the_same_token_twice_is_an_error(zoho: Zoho, client: ZohoClient):
    contacts(client, 201)
    cursor = client.list_all("contact", cursor=None).next_cursor
    assert cursor is not None
    row = {"id": "1", "Modified_Time": "2026-11-21T12:00:00+00:00"}
    body = {"data": [row], "info": {"more_records": True, "next_page_token": "again"}}
    match = {"method": "GET", "path": "/crm/v8/Contacts"}
    zoho.control("faults", [{"match": match, "kind": "status", "status": 200, "body": body, "count": None}])
    with pytest.raises(FatalProviderError) as caught:
        client.list_all("contact", cursor=cursor)
    assert caught.value.code == "STUCK_PAGINATION"


def test_a_converted_lead_is_gone_to_its_contact(zoho: Zoho, client: ZohoClient):
    """T-44."""
    converted, kept = made(client, "lead", {"last_name": "Lund", "company_name": "Lund Marine"}, {"last_name": "Prado"})
    since = datetime.now(UTC) - timedelta(minutes=5)
    contact = zoho.act("convert", "Leads", id=converted)
    told = client.read("lead", [converted, kept])
    assert told.gone[converted].merged_into == contact
    assert told.found.keys() == {kept}
    assert every(lambda cursor: client.list_all("lead", cursor=cursor)) == [kept]
    assert every(lambda cursor: client.list_changed("lead", since=since, cursor=cursor)) == [kept]
    (gone,) = client.list_gone("lead", since=since, cursor=None).items
    assert (gone.external_id, gone.merged_into) == (converted, contact)
    (result,) = client.write("lead", [WriteOp("update", "x", converted, fields={"city": "Aarhus"})])
    assert result.gone


def test_permanently_deleted_records_are_evidence_too(zoho: Zoho, client: ZohoClient):
    (lost,) = contacts(client, 1)
    zoho.act("delete", "Contacts", id=lost)
    zoho.act("erase", "Contacts", id=lost)
    assert client.read("contact", [lost]).gone.keys() == {lost}


def test_a_restored_record_is_found_again(zoho: Zoho, client: ZohoClient):
    (lost,) = contacts(client, 1)
    zoho.act("delete", "Contacts", id=lost)
    zoho.act("restore", "Contacts", id=lost)
    assert client.read("contact", [lost]).found.keys() == {lost}


def test_activities_of_every_module_are_listed(client: ZohoClient):
    rows: list[dict[str, Any]] = [
        {"kind": "task", "subject": "Call back"},
        {"kind": "meeting", "subject": "Visit", "starts_at": "2027-01-01T10:00:00Z"},
        {"kind": "call", "subject": "Offer", "starts_at": "2027-01-01T10:00:00Z"},
    ]
    ids = made(client, "activity", *rows)
    assert [each.partition(":")[0] for each in ids] == ["Tasks", "Events", "Calls"]
    assert set(every(lambda cursor: client.list_all("activity", cursor=cursor))) == set(ids)
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert set(every(lambda cursor: client.list_changed("activity", since=since, cursor=cursor))) == set(ids)
    client.write("activity", [WriteOp("delete", each, each) for each in ids])
    assert set(every(lambda cursor: client.list_gone("activity", since=since, cursor=cursor))) == set(ids)

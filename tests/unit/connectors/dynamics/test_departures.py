from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.errors import FatalProviderError


def gone(client: Any, entity: str, since: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor = None
    for _ in range(50):
        page = client.list_gone(entity, since=since, cursor=cursor)
        found |= {each.external_id: each.merged_into for each in page.items}
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the listing does not end")


def now(org: Any) -> datetime:
    return datetime.fromisoformat(org.control("GET", "/clock")["now"])


@pytest.fixture
def client(org):
    return org.client()


def delete(org: Any, table: str, external_id: str) -> None:
    org.act({"action": "delete", "table": table, "id": external_id.rpartition(":")[2]})


def test_what_was_deleted_since_is_told_and_long_ago_no_more(org, client):
    rows = client.write("contact", [org.new("contact", last_name=f"N{n}") for n in range(4)])
    delete(org, "contact", rows[0].external_id)
    org.control("POST", "/clock", {"advance_s": 3600})
    client.write("contact", [org.new("contact", last_name=f"Later {n}") for n in range(60)])
    org.control("POST", "/clock", {"advance_s": 60})
    since = now(org)
    delete(org, "contact", rows[1].external_id)
    assert gone(client, "contact", since).keys() == {rows[1].external_id}
    assert gone(client, "contact", since - timedelta(hours=2)).keys() == {rows[0].external_id, rows[1].external_id}


def test_a_row_that_was_deleted_and_made_again_is_not_gone(org, client):
    since = now(org) - timedelta(minutes=1)
    lost, back = (each.external_id for each in client.write("contact", [org.new("contact", last_name=n) for n in "ab"]))
    delete(org, "contact", lost)
    delete(org, "contact", back)
    org.act({"action": "create", "table": "contact", "fields": {"contactid": back, "lastname": "Restored"}})
    assert gone(client, "contact", since).keys() == {lost}


def test_deletions_stand_behind_all_changes_and_are_found_over_pages(org, client):
    since = now(org) - timedelta(minutes=1)
    rows = client.write("company", [org.new("company", name=f"C{n}") for n in range(450)])
    lost = [each.external_id for each in rows[:230]]
    for each in lost:
        delete(org, "account", each)
    assert gone(client, "company", since).keys() == set(lost)


def test_a_merge_is_told_with_its_winner_and_not_as_a_deletion(org, client):
    kept, lost = (each.external_id for each in client.write("lead", [org.new("lead", last_name=n) for n in "ab"]))
    since = now(org) - timedelta(minutes=1)
    org.act({"action": "merge", "table": "lead", "id": kept, "with": lost})
    assert gone(client, "lead", since) == {lost: kept}
    assert client.read("lead", [lost]).gone[lost].merged_into == kept


def test_every_kind_of_activity_is_told_under_its_own_id(org, client):
    kinds = ("task", "call", "meeting", "note")
    rows = client.write("activity", [org.new("activity", kind=kind, subject="x") for kind in kinds])
    since = now(org) - timedelta(minutes=1)
    for each in rows:
        delete(org, each.external_id.partition(":")[0], each.external_id)
    assert gone(client, "activity", since).keys() == {each.external_id for each in rows}


def test_a_moment_too_long_ago_is_answered_from_the_oldest_that_is_kept(org, client):
    (row,) = client.write("contact", [org.new("contact", last_name="Old")])
    delete(org, "contact", row.external_id)
    assert gone(client, "contact", now(org) - timedelta(days=40)).keys() == {row.external_id}


def test_an_expired_link_is_tried_again_with_later_moments_until_none_is_left(org, client):
    (row,) = client.write("contact", [org.new("contact", last_name="x")])
    delete(org, "contact", row.external_id)
    body = {"error": {"code": "0x80044352", "message": "Version stamp associated with the client has expired."}}
    fault = {"kind": "status", "status": 400, "body": body, "match": {"path": "/api/data/v9.2/contacts"}}
    since = now(org) - timedelta(days=3)
    org.control("POST", "/faults", [{**fault, "skip": 2, "count": 2}])
    assert gone(client, "contact", since).keys() == {row.external_id}
    org.control("DELETE", "/faults")
    org.control("POST", "/faults", [{**fault, "skip": 2, "count": 3}])
    with pytest.raises(FatalProviderError) as caught:
        gone(client, "contact", since)
    assert caught.value.code == "0x80044352"


def test_a_table_that_is_not_tracked_tells_nothing_and_hides_no_merge(org, client):
    org.app.crm._org.tables["lead"].tracked = False
    kept, lost, ended = (
        each.external_id for each in client.write("lead", [org.new("lead", last_name=n) for n in "abc"])
    )
    org.act({"action": "merge", "table": "lead", "id": kept, "with": lost})
    delete(org, "lead", ended)
    assert gone(client, "lead", now(org) - timedelta(minutes=1)) == {lost: kept}


def test_nothing_has_happened_yet_in_the_future(org, client):
    (row,) = client.write("contact", [org.new("contact", last_name="x")])
    delete(org, "contact", row.external_id)
    assert gone(client, "contact", datetime.now(UTC) + timedelta(days=1)) == {}


def test_a_single_row_touched_without_a_new_time_hides_no_deletion(org, client):
    """Versions move with every write of the platform, times only with a person's or a program's."""
    rows = client.write("contact", [org.new("contact", last_name=f"N{n}") for n in range(5)])
    org.control("POST", "/clock", {"advance_s": 600})
    since = now(org)
    org.control("POST", "/clock", {"advance_s": 5})
    delete(org, "contact", rows[0].external_id)
    crm = org.app.crm
    held = crm._org.row("contact", rows[1].external_id)
    crm._org.put("contact", dict(held), by=held["createdby"][1], message="")
    assert gone(client, "contact", since).keys() == {rows[0].external_id}

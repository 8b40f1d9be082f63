"""Activities in Salesforce: tasks and events, their subtypes, days and hours, and the one record each is about."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.domain.records import Entity
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.conftest import Org

KINDS = {"task": "Task", "call": "Call", "email": "Email"}


@pytest.fixture
def client(org: Org) -> SalesforceClient:
    client = org.client()
    entities: tuple[Entity, ...] = ("company", "contact", "deal", "activity")
    for entity in entities:
        client.provision(entity)
    return client


def make(client: SalesforceClient, kind: str, *, op_id: str = "act_1", refs: Any = None, **fields: Any) -> str:
    op = WriteOp("upsert", op_id, fields={"kind": kind, **fields}, refs=refs or {})
    (result,) = client.write("activity", [op])
    assert result.error is None
    return result.external_id


def change(client: SalesforceClient, external_id: str, *, refs: Any = None, **fields: Any) -> None:
    op = WriteOp("update", "act_1", external_id, fields=fields, refs=refs or {})
    (result,) = client.write("activity", [op])
    assert result.error is None


def held(org: Org, external_id: str) -> dict[str, Any]:
    name, _, record_id = external_id.partition(":")
    return org.state(name)[record_id]


def people(client: SalesforceClient) -> dict[str, str]:
    """Make two contacts, a company and a deal; return their ids."""
    ids: dict[str, str] = {}
    rows: list[tuple[str, Entity, dict[str, Any]]] = [
        ("ana", "contact", {"last_name": "Prado"}),
        ("bo", "contact", {"last_name": "Lund"}),
        ("company", "company", {"name": "Harbour Tools"}),
        ("deal", "deal", {"title": "Storage"}),
    ]
    for name, entity, fields in rows:
        (result,) = client.write(entity, [WriteOp("upsert", f"x_{name}", fields=fields)])
        assert result.error is None
        ids[name] = result.external_id
    return ids


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_is_of_the_subtype_of_its_kind(org: Org, client: SalesforceClient, kind: str) -> None:
    made = make(client, kind, subject="Second offer")
    assert held(org, made)["TaskSubtype"] == KINDS[kind]
    assert client.read("activity", [made]).found[made].fields["kind"] == kind


def test_a_day_is_all_that_a_task_knows_of_its_time(org: Org, client: SalesforceClient) -> None:
    said = client.project("activity", {"kind": "task", "due_at": "2027-03-30T15:00:00Z"})
    assert said == {"kind": "task", "due_at": "2027-03-30T00:00:00Z"}
    made = make(client, "task", due_at="2027-03-30T15:00:00Z")
    assert held(org, made)["ActivityDate"] == "2027-03-30"
    fields = client.read("activity", [made]).found[made].fields
    assert fields["due_at"] == "2027-03-30T00:00:00Z"
    assert not {"starts_at", "ends_at", "direction", "duration_s"} & fields.keys()


def test_a_call_has_its_day_as_its_beginning(client: SalesforceClient) -> None:
    made = make(client, "call", starts_at="2026-11-20T14:00:00Z", duration_s=90, direction="inbound")
    fields = client.read("activity", [made]).found[made].fields
    assert fields["starts_at"] == "2026-11-20T00:00:00Z"
    assert (fields["duration_s"], fields["direction"]) == (90, "inbound")
    assert "due_at" not in fields


def test_a_meeting_without_hours_gets_some_that_read_back_as_none(org: Org, client: SalesforceClient) -> None:
    made = make(client, "meeting", subject="Some day")
    assert held(org, made)["StartDateTime"].startswith("2099-12-31")
    fields = client.read("activity", [made]).found[made].fields
    assert (fields["starts_at"], fields["ends_at"]) == (None, None)


def test_a_meeting_can_lose_its_end_and_not_its_beginning(client: SalesforceClient) -> None:
    made = make(client, "meeting", starts_at="2026-11-20T14:00:00Z", ends_at="2026-11-20T14:30:00Z")
    fields = client.read("activity", [made]).found[made].fields
    assert (fields["starts_at"], fields["ends_at"]) == ("2026-11-20T14:00:00Z", "2026-11-20T14:30:00Z")
    said = client.project("activity", {"kind": "meeting", "starts_at": None, "ends_at": None})
    assert said == {"kind": "meeting", "ends_at": None}
    change(client, made, ends_at=None)
    fields = client.read("activity", [made]).found[made].fields
    assert (fields["starts_at"], fields["ends_at"]) == ("2026-11-20T14:00:00Z", None)


def test_statuses_of_the_orgs_own_read_as_open_until_they_are_closed(org: Org, client: SalesforceClient) -> None:
    made = make(client, "task", status="open")
    org.act({"action": "update", "id": made.partition(":")[2], "fields": {"Status": "In Progress"}})
    assert client.read("activity", [made]).found[made].fields["status"] == "open"
    change(client, made, status="completed")
    assert held(org, made)["IsClosed"] is True
    assert client.project("activity", {"kind": "task", "status": "cancelled"}) == {"kind": "task"}


def test_a_task_about_a_deal_does_not_tell_that_it_has_no_company(client: SalesforceClient) -> None:
    ids = people(client)
    both = {"company": (ids["company"],), "deal": (ids["deal"],)}
    made = make(client, "task", refs=both)
    assert client.read("activity", [made]).found[made].refs == {"deal": (ids["deal"],)}


def test_changing_the_company_leaves_the_deal_in_its_place(org: Org, client: SalesforceClient) -> None:
    ids = people(client)
    made = make(client, "task", refs={"deal": (ids["deal"],)})
    change(client, made, refs={"company": (ids["company"],)})
    assert held(org, made)["WhatId"] == ids["deal"]
    change(client, made, refs={"company": (ids["company"],), "deal": ()})
    assert held(org, made)["WhatId"] == ids["company"]
    assert client.read("activity", [made]).found[made].refs == {"company": (ids["company"],), "deal": ()}


def test_nobody_is_lost_where_only_one_person_has_room(org: Org, client: SalesforceClient) -> None:
    """What a row of ours shows of its people is not told; a row of theirs becomes ours with its second person."""
    ids = people(client)
    ours = make(client, "task", op_id="act_2", refs={"contacts": (ids["ana"], ids["bo"])})
    assert held(org, ours)["WhoId"] == ids["ana"]
    assert "contacts" not in client.read("activity", [ours]).found[ours].refs
    (theirs,) = org.seed(Task=[{"Subject": "Call back", "WhoId": ids["ana"]}])["Task"]
    theirs = f"Task:{theirs}"
    assert client.read("activity", [theirs]).found[theirs].refs["contacts"] == (ids["ana"],)
    change(client, theirs, refs={"contacts": (ids["ana"], ids["bo"])})
    assert "contacts" not in client.read("activity", [theirs]).found[theirs].refs


def test_writing_a_task_again_changes_it_and_makes_no_second_one(org: Org, client: SalesforceClient) -> None:
    first = make(client, "task", subject="Offer")
    op = WriteOp("upsert", "act_1", fields={"kind": "task", "subject": "Second offer"})
    (again,) = client.write("activity", [op])
    assert (again.external_id, again.created, again.error) == (first, False, None)
    assert [row["Subject"] for row in org.state("Task").values()] == ["Second offer"]


def test_our_field_is_made_once_for_tasks_and_events_together(org: Org) -> None:
    assert org.client().provision("activity") == ("CrmBridge_Id__c",)
    assert org.client().provision("activity") == ()
    assert [row["FullName"] for row in org.state("CustomField").values()] == ["Activity.CrmBridge_Id__c"]

from __future__ import annotations

import json
from typing import Any

from sandbox import SandboxApp
from sandbox._webhook_post import Reply
from sandbox.salesforce.deliveries import Deliveries
from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient, Receiver


def _events(org: OrgClient, after: int = 0) -> list[dict[str, Any]]:
    return org.post("/_sandbox/events", json={"after_replay_id": after}).json()["events"]


def _header(event: dict[str, Any]) -> dict[str, Any]:
    return event["payload"]["ChangeEventHeader"]


def test_an_update_carries_what_changed_with_compound_names_nested(org: OrgClient):
    record_id = org.new("Contact", FirstName="A", LastName="B")
    org.later(5)
    changes = {"LastName": "C", "FirstName": None, "MailingCity": "Lyon", "MailingStreet": "1 Rue"}
    org.patch(f"{DATA}/sobjects/Contact/{record_id}", json=changes, headers={"Sforce-Call-Options": "client=hub"})
    created, updated = _events(org)
    assert created["payload"]["Name"] == {"FirstName": "A", "LastName": "B"}
    assert (_header(created)["changeType"], _header(created)["changedFields"]) == ("CREATE", [])
    header = _header(updated)
    assert set(header["changedFields"]) == {
        "Name.LastName",
        "Name.FirstName",
        "MailingAddress.City",
        "MailingAddress.Street",
        "LastModifiedDate",
    }
    assert updated["payload"]["Name"] == {"LastName": "C", "FirstName": None}
    assert updated["payload"]["MailingAddress"] == {"City": "Lyon", "Street": "1 Rue"}
    assert updated["payload"]["LastModifiedDate"] == "2026-03-02T12:00:05.000Z"
    assert header["changeOrigin"] == "com/salesforce/api/rest/67.0;client=hub"
    assert header["commitUser"] == org.row("Contact", record_id)["LastModifiedById"]
    assert header["commitNumber"] > 2**53
    assert updated["channel"] == "/data/ContactChangeEvent"


def test_records_changed_alike_in_one_call_share_an_event(org: OrgClient):
    ids = [org.new("Contact", LastName=name) for name in "abc"]
    last = _events(org)[-1]["replayId"]
    titles = ("same", "same", "other")
    rows = [
        {"attributes": {"type": "Contact"}, "id": each, "Title": title} for each, title in zip(ids, titles, strict=True)
    ]
    org.patch(f"{DATA}/composite/sobjects", json={"records": rows})
    shared, alone = _events(org, last)
    assert _header(shared)["recordIds"] == ids[:2]
    assert _header(alone)["recordIds"] == ids[2:]
    assert (_header(shared)["sequenceNumber"], _header(alone)["sequenceNumber"]) == (1, 2)
    org.delete(f"{DATA}/composite/sobjects", params={"ids": ",".join(ids)})
    (deleted,) = _events(org, alone["replayId"])
    assert (_header(deleted)["changeType"], _header(deleted)["recordIds"]) == ("DELETE", ids)
    assert set(deleted["payload"]) == {"ChangeEventHeader"}


def test_a_person_is_the_commit_user_and_undelete_has_a_type_of_its_own(org: OrgClient):
    record_id = org.person("create", object="Account", fields={"Name": "A"}, **{"as": "seller"})
    org.person("delete", id=record_id)
    org.person("undelete", id=record_id)
    events = _events(org)
    assert [_header(each)["changeType"] for each in events] == ["CREATE", "DELETE", "UNDELETE"]
    seller = org.rows("SELECT Id FROM User WHERE Name = 'Sven Seller'")[0]["Id"]
    assert _header(events[0])["commitUser"] == seller
    assert "SfdcInternalAPI" in _header(events[0])["changeOrigin"]


def test_events_are_kept_for_72_hours_and_only_for_captured_objects(org: OrgClient):
    org.new("Contact", LastName="a")
    org.new("Task", Subject="t")
    assert [_header(each)["entityName"] for each in _events(org)] == ["Contact"]
    org.later(72 * 3600 + 1)
    org.person("create", object="Contact", fields={"LastName": "b"})
    assert [each["payload"]["Name"]["LastName"] for each in _events(org)] == ["b"]


def test_events_are_relayed_in_the_shape_of_a_partner_bus(org: OrgClient, app: SandboxApp, receiver: Receiver):
    receiver.reply = Reply(status=202, body=b"")
    org.switch(change_event_url="http://127.0.0.1:9/bus")
    record_id = org.new("Contact", LastName="a")
    assert isinstance(app.crm.deliveries, Deliveries)
    app.crm.deliveries.relay.flush()
    (call,) = receiver.calls
    (event,) = json.loads(call.body)
    assert event["detail-type"] == "ContactChangeEvent"
    assert event["source"].startswith(f"aws.partner/salesforce.com/{app.credentials['organization_id']}/")
    assert event["detail"]["payload"]["ChangeEventHeader"]["recordIds"] == [record_id]


def test_a_rolled_back_write_leaves_no_event(org: OrgClient):
    rows = [{"attributes": {"type": "Contact"}, "LastName": "a"}, {"attributes": {"type": "Contact"}}]
    org.post(f"{DATA}/composite/sobjects", json={"allOrNone": True, "records": rows})
    assert _events(org) == []

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from sandbox import SandboxApp
from sandbox._webhook_post import Outgoing, Reply
from sandbox.salesforce.outbound import retry_delays_s
from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient, Receiver

NS = {
    "o": "http://soap.sforce.com/2005/09/outbound",
    "sf": "urn:sobject.enterprise.soap.sforce.com",
}
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
HOOK = "http://127.0.0.1:9/webhooks/salesforce/secret"


@pytest.fixture
def told(org: OrgClient) -> OrgClient:
    for name in ("Contact", "Lead"):
        org.post("/_sandbox/outbound", json={"object": name, "url": HOOK, "fields": ["LastName", "Email"]})
    return org


def _notifications(call: Outgoing) -> list[ElementTree.Element]:
    return ElementTree.fromstring(call.body).findall(".//o:Notification", NS)


def _value(notification: ElementTree.Element, name: str) -> str | None:
    return notification.findtext(f"o:sObject/sf:{name}", namespaces=NS)


def test_a_save_is_told_in_soap_with_the_defined_fields(told: OrgClient, app: SandboxApp, receiver: Receiver):
    record_id = told.new("Contact", LastName="O'Neil & <Co>", Phone="1")
    app.crm.deliveries.flush()
    (call,) = receiver.calls
    assert call.url == HOOK
    assert call.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert call.headers["SOAPAction"] == '""'
    root = ElementTree.fromstring(call.body)
    assert root.findtext(".//o:OrganizationId", namespaces=NS) == app.credentials["organization_id"]
    session = root.find(".//o:SessionId", NS)
    assert session is not None
    assert session.get(f"{XSI}nil") == "true"
    (notification,) = _notifications(call)
    sobject = notification.find("o:sObject", NS)
    assert sobject is not None
    assert sobject.get(f"{XSI}type") == "sf:Contact"
    assert (_value(notification, "Id"), _value(notification, "LastName")) == (record_id, "O'Neil & <Co>")
    assert _value(notification, "Email") is None
    assert _value(notification, "Phone") is None


def test_a_person_in_the_screens_is_told_of_too_and_deletes_are_not(
    told: OrgClient, app: SandboxApp, receiver: Receiver
):
    record_id = told.person("create", object="Contact", fields={"LastName": "a"})
    told.person("update", id=record_id, fields={"LastName": "b"})
    app.crm.deliveries.flush()
    assert [_value(each, "LastName") for call in receiver.calls for each in _notifications(call)] == ["b", "b"]
    receiver.calls.clear()
    told.delete(f"{DATA}/sobjects/Contact/{record_id}")
    app.crm.deliveries.flush()
    assert receiver.calls == []


def test_a_record_deleted_before_delivery_is_told_without_data(told: OrgClient, app: SandboxApp, receiver: Receiver):
    record_id = told.new("Contact", LastName="a")
    told.delete(f"{DATA}/sobjects/Contact/{record_id}")
    app.crm.deliveries.flush()
    (notification,) = _notifications(receiver.calls[0])
    sobject = notification.find("o:sObject", NS)
    assert sobject is not None
    assert list(sobject) == []


def test_a_message_holds_at_most_100_records_of_one_object(told: OrgClient, app: SandboxApp, receiver: Receiver):
    rows = [{"attributes": {"type": "Contact"}, "LastName": f"c{n}"} for n in range(150)]
    rows += [{"attributes": {"type": "Lead"}, "LastName": "l", "Company": "C"}]
    told.post(f"{DATA}/composite/sobjects", json={"records": rows})
    app.crm.deliveries.flush()
    assert sorted(len(_notifications(call)) for call in receiver.calls) == [1, 50, 100]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=200, body=b""),
        Reply(status=200, body=json.dumps({"Ack": True}).encode()),
        Reply(status=500, body=b""),
        Reply(
            status=200,
            body=b'<a><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>false</Ack>'
            b"</notificationsResponse></a>",
        ),
        Reply(status=200, body=b"<a><notificationsResponse><Ack>true</Ack></notificationsResponse></a>"),
    ],
)
def test_anything_but_an_ack_is_sent_again_with_the_same_id_and_the_latest_data(
    told: OrgClient, app: SandboxApp, receiver: Receiver, reply: Reply
):
    good, receiver.reply = receiver.reply, reply
    record_id = told.new("Contact", LastName="before")
    app.crm.deliveries.flush()
    app.crm.deliveries.flush()
    assert len(receiver.calls) == 1
    told.patch(f"{DATA}/sobjects/Contact/{record_id}", json={"LastName": "after"})
    receiver.reply = good
    told.later(15)
    app.crm.deliveries.flush()
    first = _notifications(receiver.calls[0])[0]
    again = [each for call in receiver.calls[1:] for each in _notifications(call)]
    ids = [each.findtext("o:Id", namespaces=NS) for each in again]
    assert first.findtext("o:Id", namespaces=NS) in ids
    assert {_value(each, "LastName") for each in again} == {"after"}


def test_retries_double_up_to_two_hours_and_end_within_a_day(told: OrgClient, app: SandboxApp, receiver: Receiver):
    delays = retry_delays_s()
    assert delays[:3] == (15, 30, 60)
    assert max(delays) == 7200
    assert 86_400 - 7200 < sum(delays) <= 86_400
    receiver.reply = Reply(status=503, body=b"")
    told.new("Contact", LastName="a")
    app.crm.deliveries.flush()
    for _ in delays:
        told.later(7200)
        app.crm.deliveries.flush()
    assert len(receiver.calls) == len(delays) + 1
    assert app.crm.deliveries.as_json()["counts"]["given_up"] == 1


def test_the_schedule_can_be_compressed(told: OrgClient, app: SandboxApp, receiver: Receiver):
    told.post("/_sandbox/webhooks", json={"retry_delays_s": [1]})
    receiver.reply = Reply(status=503, body=b"")
    told.new("Contact", LastName="a")
    app.crm.deliveries.flush()
    told.later(1)
    app.crm.deliveries.flush()
    assert app.crm.deliveries.as_json()["counts"]["given_up"] == 1


def test_a_refused_save_tells_nobody(told: OrgClient, app: SandboxApp, receiver: Receiver):
    body = {"allOrNone": True, "records": [{"attributes": {"type": "Contact"}, "LastName": "a"}, {}]}
    told.post(f"{DATA}/composite/sobjects", json=body)
    app.crm.deliveries.flush()
    assert receiver.calls == []


def test_webhook_urls_define_messages_for_the_usual_objects(org: OrgClient):
    org.post("/_sandbox/webhooks", json={"urls": [HOOK]})
    found = org.get("/_sandbox/outbound").json()["definitions"]
    assert {each["object_name"] for each in found} == {
        "Account",
        "Contact",
        "Event",
        "Lead",
        "Opportunity",
        "Task",
    }
    org.post("/_sandbox/reset")
    assert org.get("/_sandbox/outbound").json()["definitions"] == []


def test_a_definition_for_an_unknown_field_is_refused(org: OrgClient):
    body = {"object": "Contact", "url": HOOK, "fields": ["Nope"]}
    assert org.post("/_sandbox/outbound", json=body).status_code == 400

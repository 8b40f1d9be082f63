"""Salesforce's webhook door: the secret in the path, the organisation in the body, and the acknowledgement."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from crmbridge.domain.messages import ChangeHint
from tests.functional.rehearsal import PUBLIC, Context, Rehearsal
from tests.functional.watching import nothing_changes

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">{inside}</notifications></soapenv:Body>
</soapenv:Envelope>"""
NOTIFICATION = (
    '<Notification><Id>04l{number:012d}AAA</Id><sObject xsi:type="sf:{name}" '
    'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{record}</sf:Id></sObject></Notification>'
)
CONTACT = "003sb0000000001AAA"
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


class Salesforce:
    """Posts as Salesforce does, or a little differently."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.path = urlsplit(rehearsal.webhook_urls["salesforce"]).path
        self.organisation = rehearsal.credentials["salesforce"]["organization_id"]

    def message(self, *notifications: str, organisation: str | None = None) -> str:
        found = "".join(notifications or (self.notification(),))
        given = self.organisation if organisation is None else organisation
        return ENVELOPE.format(inside=f"<OrganizationId>{given}</OrganizationId>{found}")

    @staticmethod
    def notification(name: str = "Contact", record: str = CONTACT, number: int = 1) -> str:
        return NOTIFICATION.format(name=name, record=record, number=number)

    def send(self, body: str, *, secret: str | None = None, content_type: str = "text/xml; charset=UTF-8", **more: Any):
        self.rehearsal.crm_of_door = "salesforce"
        secret = self.path.rpartition("/")[2] if secret is None else secret
        headers = {"host": PUBLIC, "x-forwarded-proto": "https", "content-type": content_type}
        parameters = {"secret": secret} if secret else None
        path = f"/webhooks/salesforce/{secret}"
        event = self.rehearsal.event("POST", path, body, headers=headers, pathParameters=parameters)
        return self.rehearsal.handlers["receive_webhook"]({**event, **more}, Context())


@pytest.fixture(scope="module")
def deployment() -> Generator[Rehearsal]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        rehearsal = Rehearsal(monkeypatch)
        rehearsal.connect("salesforce")
        rehearsal.settle()
        yield rehearsal


@pytest.fixture
def salesforce(deployment) -> Generator[Salesforce]:
    yield Salesforce(deployment)
    for message in deployment.queues.messages:
        deployment.queues.acknowledge(message)


def hints(rehearsal: Rehearsal) -> list[ChangeHint]:
    return [each.content for each in rehearsal.queues.messages if isinstance(each.content, ChangeHint)]


def assert_refused(answer: dict[str, Any], status: int, words: str) -> None:
    """Check that the message is not acknowledged and the caller learns no secret."""
    assert answer["statusCode"] == status, answer
    assert words in answer["body"]
    assert "<Ack>true" not in answer["body"]
    assert "Traceback" not in answer["body"]


def test_a_message_is_queued_and_acknowledged_exactly_as_salesforce_wants(salesforce):
    answer = salesforce.send(salesforce.message())
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "text/xml; charset=utf-8")
    envelope = ElementTree.fromstring(answer["body"])
    soap, outbound = "{http://schemas.xmlsoap.org/soap/envelope/}", "{http://soap.sforce.com/2005/09/outbound}"
    assert envelope.tag == f"{soap}Envelope"
    (body,) = envelope
    (response,) = body
    (ack,) = response
    assert (body.tag, response.tag) == (f"{soap}Body", f"{outbound}notificationsResponse")
    assert (ack.tag, ack.text, list(ack)) == (f"{outbound}Ack", "true", [])
    (hint,) = hints(salesforce.rehearsal)
    assert (hint.workspace_id, hint.entity, hint.external_ids) == ("acme", "contact", (CONTACT,))


def test_a_hundred_notifications_become_one_hint(salesforce):
    rows = [salesforce.notification(record=f"003sb{number:010d}AAA", number=number) for number in range(100)]
    assert salesforce.send(salesforce.message(*rows))["statusCode"] == 200
    (hint,) = hints(salesforce.rehearsal)
    assert len(hint.external_ids) == 100


@pytest.mark.parametrize("secret", ["", "invented", "x" * 5000, "../salesforce", "%00", "sécret", "HOOK#salesforce"])
def test_an_unknown_secret_in_the_path_is_not_found(salesforce, secret):
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(salesforce.message(), secret=secret), 404, "there is no such webhook")


def test_a_secret_with_another_letter_is_not_found(salesforce):
    secret = salesforce.path.rpartition("/")[2]
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(salesforce.message(), secret=secret.swapcase()), 404, "no such webhook")
        assert_refused(salesforce.send(salesforce.message(), secret=secret[:-1]), 404, "no such webhook")


def test_a_message_of_another_organisation_is_refused(salesforce):
    with nothing_changes(salesforce.rehearsal):
        answer = salesforce.send(salesforce.message(organisation="00D000000000009EAA"))
        assert_refused(answer, 401, "another account")


def test_the_organisation_may_be_said_in_fifteen_characters(salesforce):
    assert salesforce.send(salesforce.message(organisation=salesforce.organisation[:15]))["statusCode"] == 200


DEEP = "<a>" * 5000 + "</a>" * 5000
WRONG = {
    "empty": "",
    "no XML": "nothing at all",
    "JSON": '[{"portalId": 1}]',
    "cut off": ENVELOPE.format(inside="<OrganizationId>00D")[:-40],
    "a bare envelope": '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>',
    "another envelope": "<Envelope><Body/></Envelope>",
    "no organisation": ENVELOPE.format(inside=NOTIFICATION.format(name="Contact", record=CONTACT, number=1)),
    "an organisation that is none": ENVELOPE.format(
        inside="<OrganizationId>acme</OrganizationId>" + NOTIFICATION.format(name="Contact", record=CONTACT, number=1)
    ),
    "no notification": ENVELOPE.format(inside="<OrganizationId>00Dsb0000000001EAA</OrganizationId>"),
    "a document type": ENVELOPE.format(inside="").replace("?>", "?><!DOCTYPE soapenv:Envelope>", 1),
    "an entity bomb": ENVELOPE.format(inside="&c;").replace("?>", f"?>{BOMB}", 1),
    "an outside entity": ENVELOPE.format(inside="&x;").replace(
        "?>", '?><!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1
    ),
    "an undefined entity": ENVELOPE.format(inside="&x;"),
    "nested without sense": ENVELOPE.format(inside=DEEP),
    "another encoding than it says": ENVELOPE.format(inside="").replace("UTF-8", "no-such-encoding"),
    "a null byte": ENVELOPE.format(inside="\x00"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_outbound_message_is_refused_and_not_acknowledged(salesforce, case):
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(WRONG[case]), 400, "Webhook rejected")


def test_a_message_of_a_hundred_thousand_elements_is_refused(salesforce):
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(salesforce.message("<a/>" * 120_000)), 400, "too many elements")


@pytest.mark.parametrize("content_type", ["application/json", "", "text/html", "multipart/form-data"])
def test_another_content_type_is_refused(salesforce, content_type):
    with nothing_changes(salesforce.rehearsal):
        answer = salesforce.send(salesforce.message(), content_type=content_type)
        assert_refused(answer, 400, "is not XML")


def test_a_body_that_is_too_large_is_refused_unread(salesforce):
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(salesforce.message() + " " * 1_000_000), 400, "larger than")


@pytest.mark.parametrize("text", ["%%%", "a"])
def test_a_body_that_is_not_the_base64_it_claims_to_be_is_refused(salesforce, text):
    with nothing_changes(salesforce.rehearsal):
        assert_refused(salesforce.send(text, isBase64Encoded=True), 400, "not Base64")


@pytest.mark.parametrize(("name", "record"), [("Invoice__c", CONTACT), ("Contact", "nonsense"), ("Contact", "")])
def test_what_we_do_not_synchronise_is_acknowledged_and_not_queued(salesforce, name, record):
    with nothing_changes(salesforce.rehearsal):
        answer = salesforce.send(salesforce.message(salesforce.notification(name, record)))
    assert answer["statusCode"] == 200
    assert "<Ack>true</Ack>" in answer["body"]


def test_an_old_secret_is_no_longer_good_after_connecting_again(rehearsal):
    integration_id = rehearsal.connect("salesforce")
    old = Salesforce(rehearsal)
    rehearsal.call("POST", "/auth/salesforce/logout", {"integrationId": integration_id})
    rehearsal.call("DELETE", f"/api/crm/integrations/{integration_id}")
    rehearsal.connect("salesforce")
    with nothing_changes(rehearsal):
        assert_refused(old.send(old.message()), 404, "there is no such webhook")
    assert Salesforce(rehearsal).send(old.message())["statusCode"] == 200

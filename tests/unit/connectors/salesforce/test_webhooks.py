from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.salesforce.webhooks import DOOR, MAX_BYTES, parse_change_event
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import WebhookRejectedError
from sandbox import Settings, create
from sandbox._webhook_post import Outgoing, Reply
from tests.unit.connectors.salesforce.conftest import BASE_URL, NOW, Org

FIXTURES = Path(__file__).parents[3] / "contract/fixtures/salesforce"
ORG = "00D7Q000000fictUAA"
ANA, FABRIKAM, CONTOSO, DEAL = "0037Q00000ANAprAAA", "0017Q00000FABRIAA2", "0017Q00000CONTOAA2", "0067Q00000DEALsQAE"
SOURCE = f"aws.partner/salesforce.com/{ORG}/0YL7Q00000000bCWAQ"


def _call(body: bytes, **changes: Any) -> WebhookCall:
    headers = {"content-type": "text/xml; charset=UTF-8", "soapaction": '""'}
    return replace(WebhookCall("POST", "https://bridge.example.test/x", headers, body), **changes)


def _message(name: str) -> bytes:
    return (FIXTURES / "outbound" / f"{name}.xml").read_bytes()


def _events(body: bytes) -> list[tuple[Any, ...]]:
    call = _call(body)
    DOOR.verify(call, secrets=(), now=NOW)
    return [(each.kind, each.entity, each.external_id, each.account_id) for each in DOOR.parse(call)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("contact_changed", [("changed", "contact", ANA)]),
        ("several_notifications", [("changed", "company", each) for each in (FABRIKAM, CONTOSO, FABRIKAM)]),
        ("opportunity_changed", [("changed", "deal", DEAL)]),
        ("lead_changed", [("changed", "lead", "00Q7Q00000LEADsUAF")]),
        ("other_prefixes", [("changed", "contact", "0037Q00000ANAprAAC")]),
        ("unknown_object", [("unknown", None, "")]),
        ("notification_without_data", [("unknown", None, "")]),
    ],
)
def test_an_outbound_message_says_which_records_to_read(name: str, told: list[tuple[Any, ...]]) -> None:
    seen = _events(_message(name))
    assert [each[:2] for each in seen] == [each[:2] for each in told]
    assert [each[2][:15] for each in seen] == [each[2][:15] for each in told]
    assert all(len(each[2]) in (0, 18) and each[3][:15] == ORG[:15] for each in seen)


def test_the_vendors_words_are_kept_but_never_its_session() -> None:
    event = DOOR.parse(_call(_message("contact_changed")))[0]
    assert event.name == "Contact.outbound"
    assert event.raw["sObject"]["LastName"] == "Prado"
    assert event.raw["NotificationId"].startswith("04l")
    assert "session" not in json.dumps(dict(event.raw)).lower()


def test_the_answer_is_an_acknowledgement_that_salesforce_understands() -> None:
    answer = DOOR.answer()
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    ack = ElementTree.fromstring(answer.body).find(".//{http://soap.sforce.com/2005/09/outbound}Ack")
    assert ack is not None
    assert ack.text == "true"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"headers": {}},
        {"headers": {"content-type": "application/json"}},
        {"body": b""},
        {"body": b"{}"},
        {"body": _message("contact_changed") + b" " * MAX_BYTES},
        {"body": _message("contact_changed").decode().encode("utf-16")},
    ],
)
def test_what_cannot_be_an_outbound_message_is_refused_before_parsing(changes: dict[str, Any]) -> None:
    with pytest.raises(WebhookRejectedError):
        DOOR.verify(_call(**{"body": _message("contact_changed"), **changes}), secrets=("s",), now=NOW)


def _bent(old: str, new: str) -> bytes:
    text = _message("contact_changed").decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    "body",
    [
        _bent("</notifications>", ""),
        _bent("<OrganizationId>00D7Q000000fictUAA</OrganizationId>", ""),
        _bent("00D7Q000000fictUAA", "nonsense"),
        _bent("soapenv:Body>", "soapenv:Header>"),
        _bent("http://schemas.xmlsoap.org/soap/envelope/", "urn:another"),
        _bent('<?xml version="1.0" encoding="UTF-8"?>', "<!DOCTYPE x>"),
        _bent('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'),
        _bent('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        _bent('encoding="UTF-8"', 'encoding="nonsense"'),
        _bent("<sf:LastName>Prado</sf:LastName>", "<a>" * 1000 + "</a>" * 1000),
        _bent("<sf:LastName>Prado</sf:LastName>", "<a/>" * 100_001),
        _bent("Prado", "\x00"),
        b"\xff\xfe",
        b"",
        b"<a/>",
    ],
)
def test_a_malformed_message_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRejectedError):
        DOOR.parse(_call(body))


def test_a_message_without_notifications_is_refused() -> None:
    text = _message("contact_changed").decode()
    start, end = text.index("<Notification>"), text.index("</Notification>") + len("</Notification>")
    with pytest.raises(WebhookRejectedError, match="no Notification"):
        DOOR.parse(_call((text[:start] + text[end:]).encode()))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_door(body: bytes) -> None:
    with pytest.raises(WebhookRejectedError):
        DOOR.parse(_call(body))


# ----------------------------------------------------------------------------------------- change events


def _change(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / "change_events" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("contact_update", [("changed", "contact", ANA)]),
        ("compound_address_update", [("changed", "contact", ANA)]),
        ("several_records", [("changed", "company", FABRIKAM), ("changed", "company", CONTOSO)]),
        ("account_create", [("changed", "company", FABRIKAM)]),
        ("contact_delete", [("gone", "contact", ANA)]),
        ("contact_undelete", [("changed", "contact", ANA)]),
        ("gap_update", [("changed", "contact", ANA)]),
        ("gap_delete", [("gone", "contact", ANA)]),
        ("gap_overflow", [("unknown", "contact", "")]),
        ("singular_record_id", [("changed", "contact", ANA)]),
        ("role_create", [("changed", "deal", DEAL)]),
        ("role_delete", [("unknown", "deal", "")]),
        ("unknown_object", [("unknown", None, "")]),
        ("unknown_change_type", [("unknown", "contact", ANA)]),
    ],
)
def test_a_change_event_says_which_records_to_read(name: str, told: list[tuple[Any, ...]]) -> None:
    events = parse_change_event(_change(name), source=SOURCE)
    assert [(each.kind, each.entity, each.external_id) for each in events] == told
    assert {each.account_id for each in events} == {ORG}


def test_a_whole_event_of_the_bus_names_its_organisation() -> None:
    (event,) = parse_change_event({"source": SOURCE, "detail": _change("contact_update")})
    assert (event.external_id, event.account_id) == (ANA, ORG)


def test_every_change_event_fixture_is_tested() -> None:
    held = {path.stem for path in (FIXTURES / "change_events").glob("*.json")}
    marks = test_a_change_event_says_which_records_to_read.pytestmark  # pyright: ignore[reportFunctionMemberAccess] - pytest's
    assert held == {case[0] for mark in marks for case in mark.args[1]}


def test_a_commit_number_beyond_floats_is_kept_to_the_digit() -> None:
    event = parse_change_event(_change("contact_update"))[0]
    assert event.raw["ChangeEventHeader"]["commitNumber"] == 1795170600683617281
    assert event.account_id == ""


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"detail": None},
        {"payload": None},
        {"payload": []},
        {"ChangeEventHeader": []},
        {"ChangeEventHeader": {"entityName": "Contact"}},
        {"ChangeEventHeader": {"entityName": ["Contact"], "changeType": "UPDATE"}},
    ],
)
def test_a_malformed_change_event_is_refused(detail: dict[str, Any]) -> None:
    with pytest.raises(WebhookRejectedError):
        parse_change_event(detail)


def test_an_event_without_records_is_counted() -> None:
    header = {"entityName": "Contact", "changeType": "UPDATE", "recordIds": []}
    assert [each.kind for each in parse_change_event({"ChangeEventHeader": header})] == ["unknown"]


# ------------------------------------------------------------------------------- from the simulated org


def test_the_orgs_own_change_events_are_understood(org: Org) -> None:
    ids = org.control("seed", {"records": {"Contact": [{"LastName": "Prado"}]}, "fire": True})["ids"]["Contact"]
    told = [parse_change_event(each) for each in org.control("events", {})["events"]]
    assert [(each.kind, each.external_id) for events in told for each in events] == [("changed", ids[0])]


def test_the_orgs_own_outbound_messages_are_understood_and_acknowledged() -> None:
    calls: list[Outgoing] = []

    def receive(call: Outgoing, _timeout_s: float) -> Reply:
        calls.append(call)
        return Reply(status=DOOR.answer().status, body=DOOR.answer().body.encode())

    url = "https://bridge.example.test/webhooks/salesforce/secret"
    settings = Settings(base_url=BASE_URL, webhook_urls=(url,), background=False, post=receive)
    sandbox = create("salesforce", settings)
    with httpx.Client(transport=httpx.WSGITransport(app=sandbox)) as http:
        org = Org(sandbox, http)
        ids = org.control("seed", {"records": {"Account": [{"Name": "A & B"}, {"Name": "C"}]}, "fire": True})["ids"]
        sandbox.crm.deliveries.flush()
        sandbox.crm.deliveries.flush()
    sandbox.stop()
    headers = {name.lower(): value for name, value in calls[0].headers.items()}
    told: list[str] = []
    for each in calls:
        call = WebhookCall(method="POST", url=each.url, headers=headers, body=each.body)
        DOOR.verify(call, secrets=(), now=NOW)
        told += [event.external_id for event in DOOR.parse(call)]
    assert sorted(told) == sorted(ids["Account"])

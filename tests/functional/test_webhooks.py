"""The webhook doors: what is refused, what is counted, what is queued, and what each vendor hears."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.tokens import AppSecret
from crmbridge.runtime import doors
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import PUBLIC, Context, Rehearsal
from tests.functional.watching import nothing_changes

HUBSPOT = "/webhooks/hubspot"
EVENT = {"eventId": 1, "subscriptionType": "contact.propertyChange", "objectId": 501, "occurredAt": 1}


@pytest.fixture(scope="module")
def deployment() -> Generator[Rehearsal]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        rehearsal = Rehearsal(monkeypatch)
        HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
        rehearsal.connect("hubspot")
        rehearsal.connect("salesforce")
        rehearsal.sync()
        yield rehearsal


@pytest.fixture
def door(deployment) -> Generator[Rehearsal]:
    """The deployment with empty queues."""
    yield deployment
    for message in deployment.queues.messages:
        deployment.queues.acknowledge(message)


def hints(rehearsal: Rehearsal) -> list[ChangeHint]:
    return [each.content for each in rehearsal.queues.messages if isinstance(each.content, ChangeHint)]


def post(rehearsal: Rehearsal, crm: str, path: str, body: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    rehearsal.crm_of_door = crm
    headers = {"host": PUBLIC, "x-forwarded-proto": "https", **headers}
    return rehearsal.handlers["receive_webhook"](
        rehearsal.event("POST", path, body, headers=headers, **more), Context()
    )


# ------------------------------------------------------------------------------------------------ HubSpot


class HubSpot:
    """Signs as HubSpot does, or a little differently."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.secret = rehearsal.credentials["hubspot"]["client_secret"]
        self.portal = rehearsal.credentials["hubspot"]["portal_id"]

    def body(self, *events: dict[str, Any]) -> str:
        return json.dumps([{"portalId": self.portal, **EVENT, **each} for each in events or ({},)])

    def v3(self, body: str, *, age_s: float = 0.0, secret: str = "", url: str = "") -> dict[str, str]:
        stamp = str(int((self.rehearsal.now().timestamp() - age_s) * 1000))
        message = f"POST{url or 'https://' + PUBLIC + HUBSPOT}{body}{stamp}".encode()
        digest = hmac.new((secret or self.secret).encode(), message, hashlib.sha256).digest()
        return {"x-hubspot-signature-v3": base64.b64encode(digest).decode(), "x-hubspot-request-timestamp": stamp}

    def v1(self, body: str, *, secret: str = "") -> dict[str, str]:
        digest = hashlib.sha256((secret or self.secret).encode() + body.encode()).hexdigest()
        return {"x-hubspot-signature": digest, "x-hubspot-signature-version": "v1"}

    def send(self, body: str, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        headers = self.v3(body) if headers is None else headers
        return post(self.rehearsal, "hubspot", more.pop("path", HUBSPOT), body, headers, **more)


@pytest.fixture
def hubspot(door) -> HubSpot:
    return HubSpot(door)


def assert_refused(answer: dict[str, Any], status: int, words: str = "") -> None:
    assert answer["statusCode"] == status, answer
    assert words in answer["body"]
    assert answer["body"]
    assert answer["headers"]["content-type"].startswith("text/plain")
    assert "Traceback" not in answer["body"]


@pytest.mark.parametrize("version", ["v1", "v3", "both"])
def test_a_signed_call_is_queued_and_acknowledged(hubspot, version):
    body = hubspot.body({}, {"objectId": 502}, {"objectId": 501})
    signed = {"v1": hubspot.v1(body), "v3": hubspot.v3(body)}
    answer = hubspot.send(body, signed["v1"] | signed["v3"] if version == "both" else signed[version])
    assert answer["statusCode"] == 200
    (hint,) = hints(hubspot.rehearsal)
    assert (hint.workspace_id, hint.entity, hint.external_ids) == ("acme", "contact", ("501", "502"))


def _v3_cases(hubspot: HubSpot, body: str) -> dict[str, dict[str, str]]:
    good = hubspot.v3(body)
    signature, stamp = good["x-hubspot-signature-v3"], good["x-hubspot-request-timestamp"]
    flipped = base64.b64encode(bytes([base64.b64decode(signature)[0] ^ 1]) + base64.b64decode(signature)[1:]).decode()
    return {
        "no signature": {},
        "no timestamp": {"x-hubspot-signature-v3": signature},
        "no v3 signature": {"x-hubspot-request-timestamp": stamp},
        "empty signature": {**good, "x-hubspot-signature-v3": ""},
        "sent twice": {**good, "x-hubspot-signature-v3": f"{signature},{signature}"},
        "cut off": {**good, "x-hubspot-signature-v3": signature[:-4]},
        "one bit flipped": {**good, "x-hubspot-signature-v3": flipped},
        "not ASCII": {**good, "x-hubspot-signature-v3": "ü" + signature[1:]},
        "another secret": hubspot.v3(body, secret="not-ours"),
        "another address": hubspot.v3(body, url="https://evil.test/webhooks/hubspot"),
        "plain HTTP": hubspot.v3(body, url=f"http://{PUBLIC}{HUBSPOT}"),
        "another body": hubspot.v3(body.replace("501", "502")),
        "another timestamp": {**good, "x-hubspot-request-timestamp": str(int(stamp) + 1)},
        "timestamp sent twice": {**good, "x-hubspot-request-timestamp": f"{stamp},{stamp}"},
        "timestamp in words": {**good, "x-hubspot-request-timestamp": "now"},
        "timestamp below zero": {**good, "x-hubspot-request-timestamp": f"-{stamp}"},
        "timestamp without end": {**good, "x-hubspot-request-timestamp": "9" * 400},
        "timestamp in seconds": {**good, "x-hubspot-request-timestamp": stamp[:-3]},
        "301 seconds old": hubspot.v3(body, age_s=301),
        "301 seconds ahead": hubspot.v3(body, age_s=-302),
        "wrong v3 beside a right v1": {**hubspot.v3(body, secret="not-ours"), **hubspot.v1(body)},
        "old v3 beside a right v1": {**hubspot.v3(body, age_s=301), **hubspot.v1(body)},
        "v1 of another secret": hubspot.v1(body, secret="not-ours"),
        "v1 of another body": hubspot.v1(body + " "),
        "v1 cut off": {**hubspot.v1(body), "x-hubspot-signature": hubspot.v1(body)["x-hubspot-signature"][:-1]},
        "v2": {**hubspot.v1(body), "x-hubspot-signature-version": "v2"},
    }


CASES = (
    "no signature", "no timestamp", "no v3 signature", "empty signature", "sent twice", "cut off", "one bit flipped",
    "not ASCII", "another secret", "another address", "plain HTTP", "another body", "another timestamp",
    "timestamp sent twice", "timestamp in words", "timestamp below zero", "timestamp without end",
    "timestamp in seconds", "301 seconds old", "301 seconds ahead", "wrong v3 beside a right v1",
    "old v3 beside a right v1", "v1 of another secret", "v1 of another body", "v1 cut off", "v2",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_call_that_is_not_proven_to_be_hubspots_is_refused(hubspot, case):
    body = hubspot.body()
    cases = _v3_cases(hubspot, body)
    assert set(CASES) == set(cases)
    with nothing_changes(hubspot.rehearsal):
        assert_refused(hubspot.send(body, cases[case]), 401, "Signature refused")


@pytest.mark.parametrize("age_s", [295, -295])
def test_a_call_within_five_minutes_is_taken(hubspot, age_s):
    body = hubspot.body()
    assert hubspot.send(body, hubspot.v3(body, age_s=age_s))["statusCode"] == 200


def test_the_signature_is_over_the_raw_bytes(hubspot):
    body = hubspot.body({"propertyValue": "Zoë"}).replace(": ", " :   ")
    raw = body.encode().decode()
    coded = base64.b64encode(raw.encode()).decode()
    assert hubspot.send(raw)["statusCode"] == 200
    assert hubspot.send(coded, hubspot.v3(raw), isBase64Encoded=True)["statusCode"] == 200


def test_while_a_secret_is_rotated_both_are_good(hubspot, monkeypatch):
    body = hubspot.body()
    app = AppSecret("id", "the-new-one", previous_client_secret=hubspot.secret)
    monkeypatch.setitem(hubspot.rehearsal.hub.secrets._secrets, "hubspot", app)
    for secret in ("the-new-one", hubspot.secret):
        assert hubspot.send(body, hubspot.v3(body, secret=secret))["statusCode"] == 200
    assert_refused(hubspot.send(body, hubspot.v3(body, secret="the-one-before")), 401)


WRONG_BODIES = {
    "empty": "",
    "no JSON": "nothing",
    "cut off": '[{"portalId": 1',
    "an object": "{}",
    "a text": '"hello"',
    "null": "null",
    "not a number": "[NaN]",
    "a list of lists": "[[]]",
    "an event without type": '[{"portalId": 1, "objectId": 2}]',
    "an empty type": '[{"portalId": 1, "objectId": 2, "subscriptionType": ""}]',
    "an endless type": json.dumps([{"portalId": 1, "objectId": 2, "subscriptionType": "x" * 300}]),
    "no portal": '[{"objectId": 2, "subscriptionType": "contact.creation"}]',
    "no object": '[{"portalId": 1, "subscriptionType": "contact.creation"}]',
    "an object id in words": '[{"portalId": 1, "objectId": "x", "subscriptionType": "contact.creation"}]',
    "an object id that is true": '[{"portalId": 1, "objectId": true, "subscriptionType": "contact.creation"}]',
    "an object id with a path": '[{"portalId": 1, "objectId": "1/../2", "subscriptionType": "contact.creation"}]',
    "an endless object id": json.dumps([{"portalId": 1, "objectId": "9" * 30, "subscriptionType": "contact.creation"}]),
    "a number too long to read": '[{"portalId": ' + "9" * 5000 + "}]",
    "a merge without losers": '[{"portalId": 1, "subscriptionType": "contact.merge", "primaryObjectId": 2}]',
    "nested without end": "[" * 100_000,
    "nested, with an end": "[" * 20_000 + "]" * 20_000,
    "ten thousand events": json.dumps(
        [{"portalId": 1, "objectId": 2, "subscriptionType": "contact.creation"}] * 10_000
    ),
    "one good, one bad": json.dumps([{"portalId": 148201733, **EVENT}, {"portalId": 148201733}]),
}


@pytest.mark.parametrize("case", WRONG_BODIES)
@pytest.mark.parametrize("version", ["v1", "v3"])
def test_a_signed_body_that_hubspot_would_not_send_is_refused_whole(hubspot, case, version):
    body = WRONG_BODIES[case]
    headers = hubspot.v3(body) if version == "v3" else hubspot.v1(body)
    with nothing_changes(hubspot.rehearsal):
        assert_refused(hubspot.send(body, headers), 400, "Webhook rejected")


def test_a_body_that_is_too_large_is_refused_unread(hubspot):
    body = " " * doors.BODY_MAX + hubspot.body()
    with nothing_changes(hubspot.rehearsal):
        assert_refused(hubspot.send(body), 400, "larger than")


@pytest.mark.parametrize("text", ["%%%", "a", "ü", "YQ==YQ=="])
def test_a_body_that_is_not_the_base64_it_claims_to_be_is_refused(hubspot, text):
    with nothing_changes(hubspot.rehearsal):
        assert_refused(hubspot.send(text, hubspot.v3(text), isBase64Encoded=True), 400, "not Base64")


@pytest.mark.parametrize("missing", ["body", "pathParameters"])
def test_a_call_without_a_body_is_refused(hubspot, missing):
    event = hubspot.rehearsal.event("POST", HUBSPOT, headers={"host": PUBLIC, **hubspot.v3("")})
    event.pop(missing, None)
    hubspot.rehearsal.crm_of_door = "hubspot"
    with nothing_changes(hubspot.rehearsal):
        assert_refused(hubspot.rehearsal.handlers["receive_webhook"](event, Context()), 400, "not JSON")


def metrics(capsys) -> dict[str, float]:
    """Return the metrics written so far, by name."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    named = [
        (line, each["Name"]) for line in lines for part in line["_aws"]["CloudWatchMetrics"] for each in part["Metrics"]
    ]
    return {name: line[name][0] for line, name in named}


def test_events_of_a_portal_that_nobody_connected_are_acknowledged_and_counted(hubspot, capsys):
    with nothing_changes(hubspot.rehearsal):
        answer = hubspot.send(hubspot.body({"portalId": 1}, {"portalId": 1}))
    assert answer["statusCode"] == 200
    assert metrics(capsys) == {"EventsOwnerless": 2}


@pytest.mark.parametrize("name", ["contact.somethingNew", "invoice.creation", "conversation.newMessage", "nonsense"])
def test_events_of_an_unknown_type_are_acknowledged_and_counted(hubspot, capsys, name):
    with nothing_changes(hubspot.rehearsal):
        assert hubspot.send(hubspot.body({"subscriptionType": name}))["statusCode"] == 200
    assert metrics(capsys) == {"EventsUnknown": 1}


def test_known_events_are_queued_beside_unknown_ones(hubspot, capsys):
    body = hubspot.body({"subscriptionType": "contact.somethingNew"}, {}, {"portalId": 7, "objectId": 9})
    assert hubspot.send(body)["statusCode"] == 200
    assert [hint.external_ids for hint in hints(hubspot.rehearsal)] == [("501",)]
    assert metrics(capsys) == {"EventsQueued": 1, "EventsUnknown": 1, "EventsOwnerless": 1}


def test_a_call_with_no_events_is_acknowledged(hubspot):
    with nothing_changes(hubspot.rehearsal):
        assert hubspot.send("[]")["statusCode"] == 200


def test_refusals_are_counted(hubspot, capsys):
    hubspot.send(hubspot.body(), {})
    assert metrics(capsys) == {"SignaturesRefused": 1}
    hubspot.send("{}")
    assert metrics(capsys) == {"WebhooksRejected": 1}


def test_values_in_a_webhook_are_never_believed(hubspot):
    hubspot.send(hubspot.body({"propertyName": "jobtitle", "propertyValue": "Intruder"}))
    assert "Intruder" not in str(hints(hubspot.rehearsal))


def test_five_identical_deliveries_at_once_do_no_harm(rehearsal):
    people = HubSpotPerson(rehearsal)
    people.fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    hubspot = HubSpot(rehearsal)
    contact = people.contact("ana.prado@example.com")["id"]
    people.act("update", "contacts", contact, properties={"jobtitle": "CFO"})
    body = hubspot.body({"objectId": int(contact), "propertyName": "jobtitle"})
    headers = hubspot.v3(body)
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _: hubspot.send(body, headers)["statusCode"], range(5)))
    assert answers == [200] * 5
    rehearsal.settle()
    (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert record.fields["job_title"] == "CFO"
    assert record.due_for == {}
    (there,) = [row for row in rehearsal.control("salesforce", "state")["Contact"] if not row.get("IsDeleted")]
    assert there["Title"] == "CFO"

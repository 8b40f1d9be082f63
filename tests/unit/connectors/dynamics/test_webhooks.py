from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.connectors.dynamics.mapping.hook_keys import HEADER, hook_key
from crmbridge.connectors.dynamics.webhooks import BODY_MAX_BYTES, DOOR
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import SignatureError, WebhookRejectedError
from tests.unit.connectors.dynamics.conftest import SHARED, fixture_json, fixture_names

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACCOUNT = "2f5afa68-ddb4-5c36-ad38-9d8040478a9e"
URL = "https://hub.example.com/webhooks/dynamics/s3cret"


def call(name: str, **changes: Any) -> WebhookCall:
    told = fixture_json("webhooks", name)
    body = json.dumps({**told["body"], **changes}).replace("/", "\\/")
    return WebhookCall("POST", URL, told["headers"], body.encode())


def kinds(name: str, **changes: Any) -> list[tuple[str, str | None]]:
    return [(each.kind, each.entity) for each in DOOR.parse(call(name, **changes))]


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_every_fixture_is_accepted_and_names_its_organization(name):
    DOOR.verify(call(name), secrets=["s3cret"], now=NOW)
    events = DOOR.parse(call(name))
    assert {each.account_id for each in events} == {ACCOUNT}
    assert all(each.raw and each.name for each in events)
    assert ("unknown" in name) == (events[0].kind == "unknown")


@pytest.mark.parametrize(
    ("name", "kind", "entity"),
    [
        ("account.create", "changed", "company"),
        ("contact.create", "changed", "contact"),
        ("contact.update", "changed", "contact"),
        ("contact.delete", "gone", "contact"),
        ("opportunity.create", "changed", "deal"),
        ("opportunity.win", "changed", "deal"),
        ("lead.qualifylead", "changed", "lead"),
    ],
)
def test_a_message_says_what_to_do(name, kind, entity):
    (event,) = DOOR.parse(call(name))
    assert (event.kind, event.entity) == (kind, entity)
    assert len(event.external_id) == 36


def test_closing_names_the_opportunity_in_its_input_only():
    told = fixture_json("webhooks", "opportunity.win")["body"]
    assert set(told["PrimaryEntityId"]) == {"0", "-"}
    created = fixture_json("webhooks", "opportunity.create")["body"]["PrimaryEntityId"]
    assert DOOR.parse(call("opportunity.win"))[0].external_id == created
    assert kinds("opportunity.win", InputParameters=[]) == [("unknown", "deal")]


def test_a_merge_is_told_of_both_ends():
    lost, kept = DOOR.parse(call("contact.merge"))
    assert (lost.kind, lost.merged_into) == ("merged", kept.external_id)
    assert (kept.kind, kept.merged_into) == ("changed", "")
    assert lost.external_id != kept.external_id


def test_a_merge_without_its_input_still_names_the_winner():
    assert kinds("contact.merge", InputParameters=None) == [("changed", "contact")]


def test_a_body_without_values_still_names_the_row():
    (event,) = DOOR.parse(call("annotation.create.oversize"))
    assert event.kind == "changed"
    assert event.external_id.startswith("annotation:")
    assert event.modified_ms == 0


def test_the_rows_own_time_and_author_are_told_whatever_the_offset():
    (plain,), (offset,) = DOOR.parse(call("contact.update")), DOOR.parse(call("contact.update.offset"))
    assert plain.modified_ms == offset.modified_ms == 1_772_442_900_000
    assert plain.modified_by == "d69789ee-2fae-5aa2-8eb5-9552eed7d7a9"


def test_a_call_with_another_addresss_key_is_refused_and_one_without_is_judged_by_its_path():
    told = call("contact.update")

    def keyed(value: str) -> WebhookCall:
        return WebhookCall("POST", URL, {**told.headers, HEADER: value}, told.body)

    DOOR.verify(told, secrets=["s3cret"], now=NOW)
    DOOR.verify(keyed(hook_key(URL)), secrets=["older", "s3cret"], now=NOW)
    for value in ("", "s3cret", hook_key("another"), "é\udc80"):
        with pytest.raises(SignatureError):
            DOOR.verify(keyed(value), secrets=["s3cret"], now=NOW)
    with pytest.raises(SignatureError):
        DOOR.verify(keyed(hook_key(URL)), secrets=[], now=NOW)


@pytest.mark.parametrize(
    ("method", "content_type", "size"),
    [("GET", "application/json", 2), ("POST", "text/xml", 2), ("POST", "", 2), ("POST", "application/json", 10**6 + 1)],
)
def test_what_cannot_be_a_webhook_is_rejected(method, content_type, size):
    with pytest.raises(WebhookRejectedError):
        DOOR.verify(WebhookCall(method, URL, {"content-type": content_type}, b"x" * size), secrets=["s"], now=NOW)
    assert BODY_MAX_BYTES == 10**6


@pytest.mark.parametrize(
    "changes",
    [
        {"OrganizationId": None},
        {"OrganizationId": "contoso"},
        {"MessageName": 7},
        {"MessageName": ""},
        {"PrimaryEntityName": None},
        {"PrimaryEntityName": "x" * 201},
    ],
    ids=str,
)
def test_a_body_without_its_names_is_rejected_with_the_place(changes):
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(call("contact.update", **changes))
    assert caught.value.field in changes


@pytest.mark.parametrize("inputs", [None, {}, "x", [None], [{"key": 1}], [{"key": "Target", "value": [1]}]], ids=str)
def test_odd_inputs_cost_the_time_and_not_the_event(inputs):
    (event,) = DOOR.parse(call("contact.update", InputParameters=inputs))
    assert (event.kind, event.modified_ms) == ("changed", 0)


def test_the_vendors_own_sample_is_understood():
    path = SHARED / "webhook-update-contact.json"
    if not path.is_file():
        pytest.skip("the vendor's samples do not lie beside this repository")
    body = path.read_bytes()
    (event,) = DOOR.parse(WebhookCall("POST", URL, {"content-type": "application/json"}, body))
    assert (event.kind, event.entity, event.name) == ("changed", "contact", "contact.Update")
    assert event.external_id == json.loads(body)["PrimaryEntityId"]
    assert event.modified_ms == 1_506_384_247_000
    assert event.modified_by == json.loads(body)["UserId"]

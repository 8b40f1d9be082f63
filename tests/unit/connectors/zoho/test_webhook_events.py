from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.zoho.webhooks import BODY_MAX_BYTES, DOOR, IDS_MAX, token_for
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import SignatureError, WebhookRejectedError
from tests.unit.connectors.zoho.conftest import fixture_json, fixture_names

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CALL: dict[str, Any] = {"module": "Contacts", "operation": "insert", "ids": ["7"], "token": token_for("42", "door")}


def call(body: Any) -> WebhookCall:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookCall("POST", "https://hooks.example.com/webhooks/zoho/door", {}, raw)


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_every_documented_notification_is_read(name: str):
    told = fixture_json("webhooks", name)
    events = [asdict(each) for each in DOOR.parse(call(told["body"]))]
    assert [{key: each[key] for key in wanted} for each, wanted in zip(events, told["events"], strict=True)] == (
        told["events"]
    )


def test_the_token_names_the_organisation_and_fits():
    assert len(token_for("9" * 20, "s")) <= 50
    (event,) = DOOR.parse(call(CALL))
    assert event.account_id == "42"


def test_a_call_with_our_token_is_accepted_by_any_of_several_secrets():
    DOOR.verify(call(CALL), secrets=["older", "door"], now=NOW)


@pytest.mark.parametrize(
    ("body", "secrets"),
    [
        (CALL, ["another"]),
        (CALL, [""]),
        (CALL, []),
        ({**CALL, "token": None}, ["door"]),
        ({**CALL, "token": ""}, ["door"]),
        ({**CALL, "token": token_for("42", "door") + "x"}, ["door"]),
        ({**CALL, "token": "43." + token_for("42", "other").partition(".")[2]}, ["door"]),
        (b"not json", ["door"]),
        ([CALL], ["door"]),
    ],
)
def test_any_other_call_is_refused(body: Any, secrets: list[str]):
    with pytest.raises(SignatureError):
        DOOR.verify(call(body), secrets=secrets, now=NOW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**CALL, "ids": "7"}, "ids"),
        ({**CALL, "ids": ["7", "x"]}, "ids[1]"),
        ({**CALL, "ids": ["7"] * (IDS_MAX + 1)}, "ids"),
        ({**CALL, "module": ""}, "module"),
        ({"module": "Contacts", "ids": []}, "operation"),
        (b"[" * 100_000, "body"),
        (b" " * (BODY_MAX_BYTES + 1), "body"),
    ],
)
def test_a_malformed_body_names_the_place(body: Any, field: str):
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(call(body))
    assert caught.value.field == field


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_body_brings_the_door_down(body: bytes | str):
    raw = body if isinstance(body, bytes) else body.encode()
    with pytest.raises((WebhookRejectedError, SignatureError)):
        DOOR.verify(call(raw), secrets=["door"], now=NOW)
    with pytest.raises(WebhookRejectedError):
        DOOR.parse(call(raw))

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.freshsales.webhooks import DOOR, MAX_BYTES
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import WebhookRejectedError
from tests.unit.connectors.freshsales.fixtures import fixture_json, fixture_names

URL = "https://hooks.example.com/webhooks/freshsales/a-secret"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def call(body: Any, *, content_type: str = "application/json", method: str = "POST") -> WebhookCall:
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return WebhookCall(method, URL, {"content-type": content_type}, raw)


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_every_recorded_webhook_is_read(name: str):
    told = fixture_json("webhooks", name)
    events = DOOR.parse(call(told["body"], content_type=told["content_type"]))
    seen = [{key: value for key, value in asdict(each).items() if key in told["events"][0]} for each in events]
    assert seen == told["events"]
    assert all(each.raw for each in events)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"null",
        {"entity": "contact", "id": "7"},
        {"domain": "acme.myfreshworks.com", "id": "7"},
        {"event": "onContactUpdate", "data": []},
        {"event": "onContactUpdate", "data": {"contact": {"id": 7}}},
        b"[" * 100_000,
    ],
)
def test_a_body_nobody_designed_is_rejected_with_a_reason(body: Any):
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(call(body))
    assert str(caught.value)


@given(st.binary(max_size=200))
def test_no_body_brings_the_door_down(body: bytes):
    for content_type in ("application/json", "application/x-www-form-urlencoded", "text/xml"):
        try:
            events = DOOR.parse(call(body, content_type=content_type))
        except WebhookRejectedError:
            continue
        assert len(events) == 1


def test_only_posts_and_puts_of_a_sane_size_are_taken():
    DOOR.verify(call({}), secrets=[], now=NOW)
    DOOR.verify(call({}, method="PUT"), secrets=[], now=NOW)
    for bad in (call({}, method="GET"), call(b"x" * (MAX_BYTES + 1))):
        with pytest.raises(WebhookRejectedError):
            DOOR.verify(bad, secrets=[], now=NOW)


def test_a_time_without_an_offset_tells_nothing():
    body = {"domain": "acme.myfreshworks.com", "entity": "deal", "id": "7", "updated_at": "2026-11-21T11:14:41"}
    assert DOOR.parse(call(body))[0].modified_ms == 0


def test_a_workflow_hears_success():
    assert DOOR.answer().status == 200

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.pipedrive.webhooks import DOOR
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import WebhookRejectedError
from tests.unit.connectors.pipedrive.conftest import fixture_json, fixture_names


def call(body: Any) -> WebhookCall:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookCall("POST", "https://hooks.example.com/webhooks/pipedrive/s", {}, raw)


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_every_documented_webhook_is_read(name: str):
    told = fixture_json("webhooks", name)
    (event,) = DOOR.parse(call(told["body"]))
    (wanted,) = told["events"]
    assert {key: value for key, value in asdict(event).items() if key != "raw"} == wanted
    assert event.raw == told["body"]


def test_every_action_on_every_object_has_a_fixture():
    told = {(each["meta"]["action"], each["meta"]["entity"]) for each in _bodies()}
    things = ("organization", "person", "deal", "lead", "activity", "note")
    assert {(action, thing) for action in ("create", "change", "delete") for thing in things} <= told


def _bodies() -> list[dict[str, Any]]:
    return [fixture_json("webhooks", name)["body"] for name in fixture_names("webhooks")]


def test_a_time_that_is_none_is_not_believed():
    body = fixture_json("webhooks", "change.person")["body"]
    for told in (None, 5, "yesterday", "2026-11-21 12:00:00"):
        (event,) = DOOR.parse(call({**body, "data": {**body["data"], "update_time": told}}))
        assert event.modified_ms == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"company_id": None}, "meta.company_id"),
        ({"company_id": "acme"}, "meta.company_id"),
        ({"entity_id": None}, "meta.entity_id"),
        ({"entity_id": "../1"}, "meta.entity_id"),
        ({"entity_id": True}, "meta.entity_id"),
        ({"action": ""}, "meta.action"),
    ],
)
def test_a_malformed_event_names_the_place(change: dict[str, Any], field: str):
    body = fixture_json("webhooks", "change.person")["body"]
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(call({**body, "meta": {**body["meta"], **change}}))
    assert caught.value.field == field


@given(st.binary(max_size=200))
def test_no_body_is_an_accident(raw: bytes):
    with pytest.raises(WebhookRejectedError, match=r".+"):
        DOOR.parse(call(raw))

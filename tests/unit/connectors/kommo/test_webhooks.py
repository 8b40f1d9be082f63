"""Kommo's webhooks: forms with nested keys become the records to read, and nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from crmbridge.connectors.kommo.webhooks import DOOR, unfold
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import WebhookRejectedError
from tests.unit.connectors.kommo.conftest import fixture_json, fixture_names

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}
SHARED = Path(__file__).resolve().parents[5] / "shared/data/vendors/kommo/kommo-webhook-samples-official-docs.json"


def _call(body: str | bytes) -> WebhookCall:
    raw = body.encode() if isinstance(body, str) else body
    return WebhookCall("POST", "https://bridge.example.com/webhooks/kommo/secret", FORM, raw)


def _form(**values: str) -> str:
    return urlencode({key.replace("__", "]["): value for key, value in values.items()})


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_each_documented_call_names_the_records_to_read(name):
    told = fixture_json("webhooks", name)
    events = DOOR.parse(_call(told["body"]))
    read = [
        {
            "kind": each.kind,
            "name": each.name,
            "entity": each.entity,
            "external_id": each.external_id,
            "modified_ms": each.modified_ms,
            "modified_by": each.modified_by,
        }
        for each in events
    ]
    assert read == told["events"]
    assert {each.account_id for each in events} == {"32901744"}


def test_values_are_read_as_php_writes_them():
    body = "leads[add][0][custom_fields][0][values][0]=1729717200&leads[add][0][name]=&leads[add][0][tags][]=a"
    assert unfold(body.encode()) == {
        "leads": {
            "add": {"0": {"custom_fields": {"0": {"values": {"0": "1729717200"}}}, "name": "", "tags": {"0": "a"}}}
        }
    }


def test_a_call_without_its_account_falls_back_on_the_records_own():
    (event,) = DOOR.parse(_call("leads[add][0][id]=7&leads[add][0][account_id]=66"))
    assert (event.account_id, event.external_id) == ("66", "7")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "account[id]=66",
        "leads[add][0][id]=7",
        "leads[add][0][id]=seven&account[id]=66",
        "leads[add][0]=7&account[id]=66",
        "leads[add]=7&account[id]=66",
        "leads[add][0][id]=7&leads[add]=8&account[id]=66",
        "leads[add][0][id][" + "a][" * 40 + "b]=7&account[id]=66",
        "leads[add[0]=7&account[id]=66",
        "no form at all",
        b"\xff\xfe\x00",
        '{"leads": {"add": []}}',
    ],
)
def test_what_kommo_does_not_document_is_rejected_with_a_reason(body):
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(_call(body))
    assert str(caught.value)
    assert caught.value.field


def test_only_posted_forms_of_a_sensible_size_are_taken():
    good = _call("leads[add][0][id]=7&account[id]=66")
    DOOR.verify(good, secrets=["x"], now=NOW)
    DOOR.verify(replace(good, headers={"content-type": f"{FORM['content-type']}; charset=UTF-8"}), secrets=[], now=NOW)
    bad = (
        replace(good, method="GET"),
        replace(good, headers={"content-type": "application/json"}),
        replace(good, headers={}),
        replace(good, body=b"a" * (6 * 1024 * 1024 + 1)),
    )
    for each in bad:
        with pytest.raises(WebhookRejectedError):
            DOOR.verify(each, secrets=["x"], now=NOW)


def test_a_change_by_a_robot_names_nobody():
    body = "leads[update][0][id]=7&leads[update][0][modified_user_id]=0&account[id]=66"
    (event,) = DOOR.parse(_call(body))
    assert event.modified_by == ""


def test_every_sample_of_the_vendors_page_is_understood():
    if not SHARED.exists():
        pytest.skip("the vendor's own samples are not part of the product")
    samples = json.loads(SHARED.read_text(encoding="utf-8"))["samples"]
    for sample in samples:
        kinds = {each.kind for each in DOOR.parse(_call(sample["derived_form_body"]))}
        foreign = {"catalogs", "message", "talk"} & sample["body"].keys() or "note_type 5" in str(sample["label"])
        assert kinds == {"unknown"} if foreign else "unknown" not in kinds, sample["label"]

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.hubspot.webhooks import BODY_MAX_BYTES, DOOR, EVENTS_MAX
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import WebhookRejectedError
from tests.unit.connectors.hubspot.conftest import fixture_json, fixture_names

EVENT: dict[str, Any] = {"subscriptionType": "contact.creation", "portalId": 4, "objectId": 7}


def call(body: Any) -> WebhookCall:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookCall("POST", "https://hooks.example.com/webhooks/hubspot", {}, raw)


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_every_documented_webhook_is_read(name: str):
    told = fixture_json("webhooks", name)
    events = DOOR.parse(call(told["body"]))
    named = {"kind", "name", "account_id", "entity", "external_id", "merged_into"}
    seen = [{key: value for key, value in asdict(each).items() if key in named} for each in events]
    assert seen == [{key: value for key, value in each.items() if key in named} for each in told["events"]]
    assert all(each.raw in told["body"] for each in events)


@pytest.mark.parametrize("name", fixture_names("webhooks"))
def test_only_a_change_of_the_record_itself_tells_its_modified_time(name: str):
    for event in DOOR.parse(call(fixture_json("webhooks", name)["body"])):
        tells = event.name.endswith((".propertyChange", ".creation"))
        assert event.modified_ms == (event.raw["occurredAt"] if tells else 0)


def test_every_type_of_the_table_has_a_fixture():
    told = {each["subscriptionType"] for name in fixture_names("webhooks") for each in _typed(name)}
    verbs = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange")
    assert {f"{subject}.{verb}" for subject in ("contact", "company", "deal") for verb in verbs} <= told
    assert {"contact.privacyDeletion", "object.creation", "object.deletion", "object.merge"} <= told


def _typed(name: str) -> list[dict[str, Any]]:
    return [each for each in fixture_json("webhooks", name)["body"] if "subscriptionType" in each]


def test_a_hundred_events_in_one_body_are_all_read_in_order():
    events = DOOR.parse(call([{**EVENT, "objectId": number} for number in range(1, 151)]))
    assert [each.external_id for each in events] == [str(number) for number in range(1, 151)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"not json", "body"),
        (b"\xff\xfe", "body"),
        (b"{}", "body"),
        (b'"text"', "body"),
        (b"[NaN]", "body"),
        (b"[" * 200_000, "body"),
        (b"[" + b"9" * 5000 + b"]", "body"),
        (b" " * (BODY_MAX_BYTES + 1), "body"),
        ([EVENT] * (EVENTS_MAX + 1), "body"),
        ([EVENT, 7], "[1]"),
        ([EVENT, None], "[1]"),
        ([{**EVENT, "subscriptionType": None}], "[0].subscriptionType"),
        ([{**EVENT, "subscriptionType": ""}], "[0].subscriptionType"),
        ([{**EVENT, "subscriptionType": ["contact.creation"]}], "[0].subscriptionType"),
        ([{**EVENT, "subscriptionType": "x" * 300}], "[0].subscriptionType"),
        ([{"portalId": 4, "objectId": 7}], "[0].subscriptionType"),
        ([{**EVENT, "portalId": None}], "[0].portalId"),
        ([{**EVENT, "portalId": True}], "[0].portalId"),
        ([{**EVENT, "portalId": -4}], "[0].portalId"),
        ([{**EVENT, "portalId": 4.5}], "[0].portalId"),
        ([{**EVENT, "portalId": {"id": 4}}], "[0].portalId"),
        ([EVENT, {**EVENT, "objectId": "7/../8"}], "[1].objectId"),
        ([{**EVENT, "objectId": None}], "[0].objectId"),
        ([{**EVENT, "objectId": "9" * 21}], "[0].objectId"),
        ([{**EVENT, "objectId": "٣"}], "[0].objectId"),
        ([{**EVENT, "subscriptionType": "contact.merge"}], "[0].primaryObjectId"),
        ([{**EVENT, "subscriptionType": "contact.merge", "primaryObjectId": 1}], "[0].mergedObjectIds"),
        (
            [{**EVENT, "subscriptionType": "contact.merge", "primaryObjectId": 1, "mergedObjectIds": [2, "x"]}],
            "[0].mergedObjectIds[1]",
        ),
        ([{**EVENT, "subscriptionType": "deal.associationChange"}], "[0].fromObjectId"),
        ([{**EVENT, "subscriptionType": "deal.associationChange", "fromObjectId": 1}], "[0].toObjectId"),
    ],
)
def test_what_is_not_documented_is_rejected_by_the_name_of_its_field(body: Any, field: str):
    with pytest.raises(WebhookRejectedError) as caught:
        DOOR.parse(call(body))
    assert caught.value.field == field
    assert field in str(caught.value)


def test_ids_may_come_as_numbers_or_as_text():
    (event,) = DOOR.parse(call([{**EVENT, "portalId": "40111222333", "objectId": "180584432881"}]))
    assert (event.account_id, event.external_id) == ("40111222333", "180584432881")


def test_an_unknown_type_needs_no_record():
    (event,) = DOOR.parse(call([{"subscriptionType": "conversation.newMessage", "portalId": 4}]))
    assert (event.kind, event.entity, event.external_id) == ("unknown", None, "")


def test_an_association_without_a_readable_type_still_names_its_own_side():
    row = {**EVENT, "fromObjectId": 1, "toObjectId": 2}
    (event,) = DOOR.parse(call([{**row, "subscriptionType": "deal.associationChange"}]))
    assert (event.entity, event.external_id) == ("deal", "1")
    (event,) = DOOR.parse(call([{**row, "subscriptionType": "object.associationChange", "objectTypeId": "0-2"}]))
    assert (event.entity, event.external_id) == ("company", "1")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["subscriptionType", "portalId", "objectId", "mergedObjectIds", "primaryObjectId", "x"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    )
)
def test_nothing_that_is_json_breaks_the_door(body: Any):
    field: str | None = "body"
    try:
        DOOR.parse(call(body))
    except WebhookRejectedError as error:
        field = error.field
    assert field


def test_the_answer_is_a_plain_success():
    answer = DOOR.answer()
    assert (answer.status, json.loads(answer.body)) == (200, {})


@pytest.mark.parametrize("at", [None, "1763721000000", -1, 1.5, [], {}])
def test_a_time_that_is_none_is_not_told(at: Any):
    (event,) = DOOR.parse(call([{**EVENT, "occurredAt": at}]))
    assert event.modified_ms == 0


@pytest.mark.parametrize("verb", ["creation", "propertyChange", "deletion"])
def test_generic_events_of_the_lead_object_name_leads(verb: str):
    told = {"subscriptionType": f"object.{verb}", "objectTypeId": "0-136", "objectId": 77, "portalId": 1}
    (event,) = DOOR.parse(call([told]))
    kind = "gone" if verb == "deletion" else "changed"
    assert (event.kind, event.entity, event.external_id) == (kind, "lead", "77")

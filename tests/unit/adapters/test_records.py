from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from crmbridge.adapters._listing import cursor_after, place_of
from crmbridge.adapters.aws._record_items import external_key, record_item
from crmbridge.adapters.aws.records import DynamoRecords, from_stream_image
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.domain.codec import to_text
from crmbridge.domain.keys import shard_of
from crmbridge.domain.records import LastChange, Link, Record
from crmbridge.ports import Save
from tests.unit.adapters.fake_aws import FakeClient, Waits, failure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA = Record(
    "acme",
    "con_01JD3K5T8Q2M4N6P8R0S2T4V6X",
    "contact",
    fields={"email": "ana@example.com"},
    due_for={"int_sf": 0, "int_b": 7},
    rev=1,
    last=LastChange("imported", "int_hub", NOON),
)


def a_store(client: FakeClient, **more: Any) -> DynamoRecords:
    dynamodb: Any = client
    return DynamoRecords(dynamodb, "records", backoff=Waits().backoff(), **more)


def touched(*records: Record) -> list[Save]:
    """Saves that change no look-up."""
    return [Save(each, replace(each, rev=each.rev + 1)) for each in records]


def test_a_record_is_the_item_that_the_key_schema_publishes():
    item = record_item(ANA)
    shard = shard_of(ANA.record_id)
    body = item.pop("body")
    assert item == {
        "pk": {"S": f"acme#R#contact#{shard:x}"},
        "sk": {"S": ANA.record_id},
        "rev": {"N": "1"},
        "due_pk": {"S": f"acme#contact#{shard % 4}"},
        "due_at": {"N": "1772366400000"},
        "due_for": {"S": '{"int_b":7,"int_sf":0}'},
    }
    assert body["S"].startswith("{")
    assert set(record_item(replace(ANA, due_for={}))) == {"pk", "sk", "rev", "body"}


def test_a_long_record_is_stored_compressed_and_read_as_it_was():
    street = replace(ANA, fields={"description": "Third floor, rear building, ring twice. " * 40})
    item = record_item(street)
    assert list(item["body"]) == ["B"]
    assert len(item["body"]["B"]) < 400
    assert from_stream_image(item) == street
    told_by_lambda = {**item, "body": {"B": b64encode(item["body"]["B"]).decode()}}
    assert from_stream_image(told_by_lambda) == street


def test_records_written_before_there_was_compression_are_read():
    plain = {**record_item(ANA), "body": {"S": to_text(replace(ANA, fields={"description": "long " * 400}))}}
    read = from_stream_image(plain)
    assert read is not None
    assert read.fields == {"description": "long " * 400}


def test_a_save_soon_after_leaves_due_work_at_its_place_in_the_index():
    later = LastChange("intended", "int_sf", NOON + timedelta(seconds=299))
    assert record_item(replace(ANA, last=later))["due_at"] == record_item(ANA)["due_at"]
    later = replace(later, at=NOON + timedelta(seconds=300))
    assert record_item(replace(ANA, last=later))["due_at"] != record_item(ANA)["due_at"]


def test_a_save_that_changes_no_look_up_is_one_conditional_put():
    client = FakeClient({})
    assert a_store(client).save_many(touched(ANA)) == (True,)
    [(operation, call)] = client.calls
    assert operation == "put_item"
    assert call["ConditionExpression"] == "rev = :read"
    assert call["ExpressionAttributeValues"] == {":read": {"N": "1"}}


def test_a_save_that_changes_look_ups_is_a_transaction():
    client = FakeClient({})
    assert a_store(client).save_many([Save(None, ANA)]) == (True,)
    [(operation, call)] = client.calls
    assert operation == "transact_write_items"
    assert [next(iter(action)) for action in call["TransactItems"]] == ["Put", "Put"]
    assert call["TransactItems"][0]["Put"]["ConditionExpression"] == "attribute_not_exists(pk)"


@pytest.mark.parametrize("code", ["ConditionalCheckFailedException", "TransactionConflictException"])
def test_a_put_that_somebody_else_forestalls_is_refused(code):
    assert a_store(FakeClient(failure(code))).save_many(touched(ANA)) == (False,)


def test_other_errors_of_a_put_are_not_taken_for_a_refusal():
    with pytest.raises(ClientError, match="ValidationException"):
        a_store(FakeClient(failure("ValidationException"))).save_many(touched(ANA))


def test_calls_that_do_not_depend_on_one_another_may_run_side_by_side():
    many = [replace(ANA, record_id=f"con_{n:026d}") for n in range(20)]

    def odd_ones_conflict(**call: Any) -> dict[str, Any]:
        if int(call["Item"]["sk"]["S"][-2:]) % 2:
            raise failure("ConditionalCheckFailedException")
        return {}

    with ThreadPoolExecutor(4) as pool:
        stored = a_store(FakeClient(odd_ones_conflict), pool=pool).save_many(touched(*many))
    assert stored == tuple(n % 2 == 0 for n in range(20))


@pytest.mark.parametrize("workspace_id", ["", "acme#R", "#"])
def test_a_workspace_id_that_could_name_anothers_keys_is_refused(workspace_id):
    store = a_store(FakeClient({}))
    with pytest.raises(ValueError, match="workspace"):
        store.get_many(workspace_id, [ANA.record_id])
    with pytest.raises(ValueError, match="workspace"):
        store.find_external(workspace_id, "int_hub", "contact", ["1"])


def test_a_stream_image_of_a_record_is_read_and_one_of_a_look_up_is_passed_over():
    assert from_stream_image(record_item(ANA)) == ANA
    look_up = {**external_key("acme", "int_hub", "contact", "9#R#9"), "record_id": {"S": ANA.record_id}}
    assert from_stream_image(look_up) is None
    assert from_stream_image({"pk": {"S": "acme#K#contact#email#abc"}, "sk": {"S": ANA.record_id}}) is None


def test_a_record_of_a_newer_format_is_refused():
    image = {**record_item(ANA), "body": {"S": '{"v":99,"workspace_id":"acme","record_id":"con_1"}'}}
    with pytest.raises(ValueError, match="newer"):
        from_stream_image(image)


def test_a_cursor_names_a_place_and_survives_a_url():
    cursor = cursor_after(ANA.record_id)
    assert place_of(cursor) == (shard_of(ANA.record_id), ANA.record_id)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert place_of(None) == (0, "")


def test_the_memory_store_tells_of_each_stored_save_in_order():
    heard: list[tuple[Record | None, Record]] = []
    store = MemoryRecords(on_change=lambda before, after: heard.append((before, after)))
    other = replace(ANA, record_id="con_2")
    store.save_many([Save(None, ANA), Save(None, other)])
    [late] = touched(ANA)
    store.save_many([late])
    assert store.save_many([late]) == (False,)
    assert heard == [(None, ANA), (None, other), (ANA, late.after)]


def test_the_memory_store_gives_out_the_very_records_it_was_given():
    store = MemoryRecords()
    linked = replace(ANA, links={"int_hub": Link("int_hub", "1801")})
    store.save_many([Save(None, linked)])
    assert store.get_many("acme", [linked.record_id])[linked.record_id] is linked

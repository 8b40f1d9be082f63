from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.adapters.aws.documents import DynamoDocuments
from crmbridge.errors import ConfigurationError, ConflictError
from crmbridge.ports import Document
from tests.unit.adapters.fake_aws import FakeClient, Waits, failure

NOON = datetime(2026, 3, 1, 12, 0, 0, 900_000, tzinfo=UTC)
NOON_S = "1772366400"
LEASE = Document("acme#LEASE", "int_1", {"holder": "ü"}, version=3, expires_at=1772366460)


def some_documents(client: FakeClient) -> DynamoDocuments:
    dynamodb: Any = client
    return DynamoDocuments(dynamodb, "control", now=lambda: NOON, backoff=Waits().backoff())


def test_a_put_is_one_conditional_update_in_the_published_shape():
    client = FakeClient({"Attributes": {"version": {"N": "4"}}})
    assert some_documents(client).put(LEASE) == replace(LEASE, version=4)
    [(operation, call)] = client.calls
    values = call["ExpressionAttributeValues"]
    assert operation == "update_item"
    assert call["Key"] == {"pk": {"S": "acme#LEASE"}, "sk": {"S": "int_1"}}
    assert values[":body"] == {"S": '{"holder":"ü"}'}
    assert values[":end"] == {"N": "1772366460"}
    assert (values[":read"], values[":now"]) == ({"N": "3"}, {"N": NOON_S})


def test_a_put_without_condition_compares_nothing():
    client = FakeClient({"Attributes": {"version": {"N": "9"}}})
    assert some_documents(client).put(LEASE, unconditionally=True).version == 9
    assert "ConditionExpression" not in client.calls[0][1]
    assert ":now" not in client.calls[0][1]["ExpressionAttributeValues"]


def test_only_a_failed_condition_is_a_conflict():
    refused, missing = failure("ConditionalCheckFailedException"), failure("ResourceNotFoundException")
    for act in ("put", "delete"):
        with pytest.raises(ConflictError, match="acme#LEASE int_1 has moved on from version 3"):
            getattr(some_documents(FakeClient(refused)), act)(LEASE)
        with pytest.raises(ConfigurationError, match="table control"):
            getattr(some_documents(FakeClient(missing)), act)(LEASE)


def test_a_document_ends_with_the_second_it_names():
    item = {"pk": {"S": "a"}, "sk": {"S": "b"}, "body": {"S": "{}"}, "version": {"N": "1"}}
    ends_now = {**item, "expires_at": {"N": NOON_S}}
    ends_next = {**item, "expires_at": {"N": str(int(NOON_S) + 1)}}
    assert some_documents(FakeClient({"Item": ends_now})).get("a", "b") is None
    assert some_documents(FakeClient({"Item": ends_next})).get("a", "b") is not None
    assert [each.expires_at for each in some_documents(FakeClient({"Items": [ends_now, ends_next]})).query("a")] == [
        int(NOON_S) + 1
    ]


def test_a_long_document_is_stored_compressed_and_read_as_it_was():
    client = FakeClient({})
    line = Document("acme#JOURNAL#con_1", "0000000001", {"changes": [["city", None, "Recife"]] * 60})
    some_documents(client).append([line])
    [(_, call)] = client.calls
    [request] = call["RequestItems"]["control"]
    item = request["PutRequest"]["Item"]
    assert list(item["body"]) == ["B"]
    [read] = some_documents(FakeClient({"Items": [item]})).query("acme#JOURNAL#con_1")
    assert read.body == line.body

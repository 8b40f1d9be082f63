from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from crmbridge.adapters.aws._table import Table
from crmbridge.errors import ConfigurationError
from tests.unit.adapters.fake_aws import FakeClient, Waits, failure


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "x"}}


def a_table(client: FakeClient, waits: Waits, **more: Any) -> Table:
    dynamodb: Any = client
    return Table(dynamodb, "records", backoff=waits.backoff(), **more)


def asked(client: FakeClient) -> list[list[str]]:
    return [[each["pk"]["S"] for each in call["RequestItems"]["records"]["Keys"]] for _, call in client.calls]


def batch(*names: str, left: tuple[str, ...] = ()) -> dict[str, Any]:
    unprocessed = {"records": {"Keys": [key(name) for name in left], "ConsistentRead": True}} if left else {}
    return {"Responses": {"records": [key(name) for name in names]}, "UnprocessedKeys": unprocessed}


def test_throttling_is_waited_for_longer_each_time():
    client, waits = FakeClient(failure("ThrottlingException"), failure("TransactionConflictException"), {}), Waits()
    a_table(client, waits).put({"Item": key("a")})
    assert waits.slept == [0.05, 0.1]
    assert client.calls[-1] == ("put_item", {"TableName": "records", "Item": key("a")})


def test_lasting_throttling_is_botocores_own_error():
    client = FakeClient(failure("ProvisionedThroughputExceededException"))
    with pytest.raises(ClientError):
        a_table(client, Waits()).get(key("a"))
    assert len(client.calls) == 4


def test_no_wait_is_longer_than_a_second():
    waits = Waits()
    assert sum(waits.backoff(attempts=12).waits()) == 11
    assert max(waits.slept) == 1.0


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_a_person_must_repair_is_named_and_not_tried_again(code):
    client, waits = FakeClient(failure(code)), Waits()
    with pytest.raises(ConfigurationError, match=f"table records .*{code}"):
        a_table(client, waits).get(key("a"))
    assert waits.slept == []


def test_a_hundred_keys_are_read_in_one_call():
    client = FakeClient(batch())
    assert list(a_table(client, Waits()).get_many([key(str(n)) for n in range(250)])) == []
    assert [len(each) for each in asked(client)] == [100, 100, 50]
    assert all(call["RequestItems"]["records"]["ConsistentRead"] for _, call in client.calls)


def test_unprocessed_keys_are_asked_for_again_at_once_while_there_is_progress():
    client, waits = FakeClient(batch("a", left=("b", "c")), batch("b", left=("c",)), batch("c")), Waits()
    found = a_table(client, waits).get_many([key(name) for name in "abc"])
    assert [item["pk"]["S"] for item in found] == ["a", "b", "c"]
    assert asked(client) == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert waits.slept == []


def test_keys_that_stay_unprocessed_are_waited_for_and_then_an_error():
    client, waits = FakeClient(batch(left=("a",)), batch(left=("a",)), batch("a")), Waits()
    assert len(list(a_table(client, waits).get_many([key("a")]))) == 1
    assert waits.slept == [0.05, 0.1]
    with pytest.raises(ClientError, match="unprocessed"):
        list(a_table(FakeClient(batch(left=("a",))), Waits()).get_many([key("a")]))


def test_a_key_longer_than_dynamodb_holds_is_not_asked_for():
    client = FakeClient(batch())
    assert list(a_table(client, Waits()).get_many([key("ü" * 1025), key("")])) == []
    assert client.calls == []


def test_a_query_reads_page_after_page_only_when_asked():
    client = FakeClient({"Items": [key("a")], "LastEvaluatedKey": key("a")}, {"Items": [key("b")]})
    items = a_table(client, Waits()).query({"Limit": 1})
    next(items)
    assert len(client.calls) == 1
    assert [item["pk"]["S"] for item in items] == ["b"]
    assert client.calls[1][1] == {"TableName": "records", "Limit": 1, "ExclusiveStartKey": key("a")}


def test_consumed_units_are_reported_by_kind():
    account = {"TableName": "records", "CapacityUnits": 2.5}
    client = FakeClient({"ConsumedCapacity": account}, {"ConsumedCapacity": [account, account]}, {})
    units: list[tuple[str, float]] = []
    counted = a_table(client, Waits(), on_capacity=lambda kind, spent: units.append((kind, spent)))
    counted.put({"Item": key("a")})
    counted.transact([])
    counted.get(key("a"))
    assert units == [("write", 2.5), ("write", 5.0), ("read", 0.0)]
    assert all(call["ReturnConsumedCapacity"] == "TOTAL" for _, call in client.calls)


def test_units_are_not_asked_for_when_nobody_counts():
    client = FakeClient({})
    a_table(client, Waits()).put({"Item": key("a")})
    assert "ReturnConsumedCapacity" not in client.calls[0][1]

"""One DynamoDB table: calls with retries, translated errors and counted capacity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from botocore.exceptions import ClientError

from crmbridge.adapters.aws._faults import BUSY, Backoff, code_of, repairable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item: TypeAlias = dict[str, Any]
"""An item in DynamoDB's own form: ``{"pk": {"S": "..."}, "rev": {"N": "7"}}``."""

Parameters: TypeAlias = Mapping[str, Any]
"""Named parameters of a DynamoDB call, the table's name excepted."""

OnCapacity: TypeAlias = Callable[[Literal["read", "write"], float], None]
"""Hears after each call how many read or write units it cost."""

_UNPROCESSED: Any = {"Error": {"Code": "ThrottlingException", "Message": "keys stayed unprocessed"}}
_BATCH_GET = 100
_BATCH_PUT = 25
_KEY_BYTES = {"pk": 2048, "sk": 1024}


class Table:
    """Calls DynamoDB in its low-level form.

    Throttling and conflicts with a transaction are waited for; what outlasts that is botocore's ``ClientError``.

    Args:
        on_capacity: asks DynamoDB to account for every call when given.
    """

    def __init__(
        self, client: DynamoDBClient, name: str, *, backoff: Backoff, on_capacity: OnCapacity | None = None
    ) -> None:
        self._client = client
        self._backoff = backoff
        self._on_capacity = on_capacity
        self.name = name

    def put(self, parameters: Parameters) -> None:
        """Put one item."""
        self._call("write", self._client.put_item, {**parameters, "TableName": self.name})

    def update(self, parameters: Parameters) -> Item:
        """Update one item and return the attributes asked for."""
        return self._call("write", self._client.update_item, {**parameters, "TableName": self.name})["Attributes"]

    def delete(self, parameters: Parameters) -> None:
        """Delete one item."""
        self._call("write", self._client.delete_item, {**parameters, "TableName": self.name})

    def transact(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Write several items or none; a cancellation is not tried again here."""
        self._call("write", self._client.transact_write_items, {"TransactItems": actions})

    def get(self, key: Item) -> Item | None:
        """Read one item, strongly consistent."""
        answer = self._call("read", self._client.get_item, {"TableName": self.name, "Key": key, "ConsistentRead": True})
        return answer.get("Item")

    def query(self, parameters: Parameters) -> Iterator[Item]:
        """Yield every item of a query, page by page as they are asked for."""
        while True:
            answer = self._call("read", self._client.query, {**parameters, "TableName": self.name})
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            parameters = {**parameters, "ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def get_many(self, keys: Sequence[Item]) -> Iterator[Item]:
        """Yield the items that exist, strongly consistent, in no order; keys must not repeat.

        A key that is longer than DynamoDB can hold names nothing, so it is not asked for.
        """
        fitting = [key for key in keys if _fits(key)]
        for start in range(0, len(fitting), _BATCH_GET):
            yield from self._get_batch(fitting[start : start + _BATCH_GET])

    def put_many(self, items: Sequence[Item]) -> None:
        """Put items without any condition; keys must not repeat."""
        for start in range(0, len(items), _BATCH_PUT):
            chunk = items[start : start + _BATCH_PUT]
            wanted: Mapping[str, Any] = {self.name: [{"PutRequest": {"Item": item}} for item in chunk]}
            waits = self._backoff.waits()
            while wanted:
                answer = self._call("write", self._client.batch_write_item, {"RequestItems": wanted})
                wanted = answer.get("UnprocessedItems") or {}
                if wanted and not next(waits, False):
                    raise ClientError(_UNPROCESSED, "BatchWriteItem")

    def _get_batch(self, keys: Sequence[Item]) -> Iterator[Item]:
        wanted: Mapping[str, Any] = {self.name: {"Keys": keys, "ConsistentRead": True}}
        waits = self._backoff.waits()
        while wanted:
            answer = self._call("read", self._client.batch_get_item, {"RequestItems": wanted})
            items: list[Item] = answer["Responses"].get(self.name, [])
            yield from items
            wanted = answer.get("UnprocessedKeys") or {}
            if items:
                waits = self._backoff.waits()
            elif wanted and not next(waits, False):
                raise ClientError(_UNPROCESSED, "BatchGetItem")

    def _call(
        self, kind: Literal["read", "write"], operation: Callable[..., Any], parameters: Parameters
    ) -> dict[str, Any]:
        if self._on_capacity is None:
            return self._patiently(operation, parameters)
        answer = self._patiently(operation, {**parameters, "ReturnConsumedCapacity": "TOTAL"})
        self._on_capacity(kind, _units(answer))
        return answer

    def _patiently(self, operation: Callable[..., Any], parameters: Parameters) -> dict[str, Any]:
        waits = self._backoff.waits()
        while True:
            try:
                with repairable(f"table {self.name}"):
                    return operation(**parameters)
            except ClientError as error:
                if code_of(error) not in BUSY or not next(waits, False):
                    raise


def _units(answer: Mapping[str, Any]) -> float:
    """Add up the units of an answer: one account for a table's own calls, a list for those over several."""
    consumed: Any = answer.get("ConsumedCapacity", [])
    accounts: list[Mapping[str, float]] = [consumed] if "CapacityUnits" in consumed else consumed
    return sum(account.get("CapacityUnits", 0.0) for account in accounts)


def _fits(key: Item) -> bool:
    return all(0 < len(value["S"].encode()) <= _KEY_BYTES[name] for name, value in key.items())

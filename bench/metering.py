# ruff: noqa: ANN401 - boto3 makes the classes of its clients and answers at run time
"""Counts DynamoDB's read and write units from the sizes of items, as AWS documents the arithmetic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bench.unit_names import INDEX, name_of

Item = Mapping[str, Any]
INDEX_KEYS = ("due_pk", "due_at")
INDEXED = ("pk", "sk", "due_pk", "due_at", "due_for")


def size_of(item: Item) -> int:
    """Return an item's size in bytes: names and values, numbers at half a byte a digit.

    Example:
        >>> size_of({"pk": {"S": "ab"}, "rev": {"N": "123"}})
        10
        >>> size_of({"body": {"B": bytes(100)}})
        104
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    kind, held = next(iter(value.items()))
    if kind == "N":
        return math.ceil(len(held) / 2) + 1
    return len(held) if isinstance(held, bytes) else len(str(held).encode())


def write_units(*items: Item | None) -> int:
    """Return the units of one write: a kilobyte each of the largest of the item before and after."""
    return max(1, *(math.ceil(size_of(each) / 1024) for each in items if each))


def index_units(before: Item | None, after: Item | None) -> int:
    """Return the units that one write costs in the index of due work.

    Example:
        >>> index_units(None, {"pk": {"S": "a"}, "due_pk": {"S": "b"}, "due_at": {"N": "1"}})
        1
    """
    old, new = _entry(before), _entry(after)
    if old == new:
        return 0
    if old and new and any(old[name] != new[name] for name in INDEX_KEYS):
        return write_units(old) + write_units(new)  # a changed key is a removal and an addition
    return write_units(old, new)


def _entry(item: Item | None) -> dict[str, Any]:
    if item is None or "due_pk" not in item:
        return {}
    return {name: item[name] for name in INDEXED if name in item}


class MeteredDynamo:
    """A DynamoDB client that counts what its calls would cost on demand; everything else passes through.

    Attributes:
        units: by table and kind: ``read``, ``write`` and ``index``.
        spent: by kind (``read`` or ``write``) and what the items are.
        calls: by operation.
        largest: bytes of the largest item written, by table.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.units: Counter[tuple[str, str]] = Counter()
        self.spent: Counter[tuple[str, str]] = Counter()
        self.calls: Counter[str] = Counter()
        self.largest: Counter[str] = Counter()
        self._stored: dict[tuple[str, str, str], Item | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    # ---------------------------------------------------------------------------------- writing

    def put_item(self, **call: Any) -> Any:
        """Put one item."""
        return self._write("PutItem", [(call["TableName"], call["Item"])], lambda: self._client.put_item(**call))

    def update_item(self, **call: Any) -> Any:
        """Update one item."""
        return self._write("UpdateItem", [(call["TableName"], call["Key"])], lambda: self._client.update_item(**call))

    def delete_item(self, **call: Any) -> Any:
        """Delete one item."""
        return self._write("DeleteItem", [(call["TableName"], call["Key"])], lambda: self._client.delete_item(**call))

    def batch_write_item(self, **call: Any) -> Any:
        """Write up to 25 items that do not depend on one another."""
        places = [
            (table, action.get("Item") or action["Key"])
            for table, requests in call["RequestItems"].items()
            for request in requests
            for action in request.values()
        ]
        return self._write("BatchWriteItem", places, lambda: self._client.batch_write_item(**call))

    def transact_write_items(self, **call: Any) -> Any:
        """Write several items or none, at twice the price."""
        actions = [action for each in call["TransactItems"] for action in each.values()]
        places = [(action["TableName"], action.get("Item") or action["Key"]) for action in actions]
        return self._write("Transact", places, lambda: self._client.transact_write_items(**call), times=2)

    def _write(self, name: str, places: list[tuple[str, Item]], call: Callable[[], Any], *, times: int = 1) -> Any:
        self.calls[name] += 1
        try:
            return call()
        finally:  # a failed condition costs as much
            for table, item in places:
                place = (table, item["pk"]["S"], item["sk"]["S"])
                old, new = self._stored.get(place), self._peek(table, item)
                self._stored[place] = new
                written, moved = times * write_units(old, new), times * index_units(old, new)
                self.units[table, "write"] += written
                self.units[table, "index"] += moved
                self.spent["write", name_of(new or item)] += written
                self.spent["write", INDEX] += moved
                self.largest[table] = max(self.largest[table], size_of(new or {}))

    def _peek(self, table: str, item: Item) -> Item | None:
        key = {"pk": item["pk"], "sk": item["sk"]}
        return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    # ---------------------------------------------------------------------------------- reading

    def get_item(self, **call: Any) -> Any:
        """Read one item."""
        answer = self._client.get_item(**call)
        found: list[Item] = [answer["Item"]] if "Item" in answer else []
        self._read("GetItem", call["TableName"], [(call["Key"], found)], call)
        return answer

    def batch_get_item(self, **call: Any) -> Any:
        """Read up to a hundred items, each billed alone, those that do not exist included."""
        answer = self._client.batch_get_item(**call)
        for table, wanted in call["RequestItems"].items():
            found = {(each["pk"]["S"], each["sk"]["S"]): each for each in answer["Responses"].get(table, [])}
            places = ((key, found.get((key["pk"]["S"], key["sk"]["S"]))) for key in wanted["Keys"])
            groups: list[tuple[Item, list[Item]]] = [(key, [item] if item else []) for key, item in places]
            self._read("BatchGetItem", table, groups, wanted)
        return answer

    def query(self, **call: Any) -> Any:
        """Read one page of a query, billed by the bytes it looks at."""
        answer = self._client.query(**call)
        looked_at: list[Item] = answer["Items"]
        if "FilterExpression" in call:  # what the filter leaves out is billed as well
            plain = {name: value for name, value in call.items() if name != "FilterExpression"}
            values = {name: value for name, value in call["ExpressionAttributeValues"].items() if name == ":pk"}
            looked_at = self._client.query(**{**plain, "ExpressionAttributeValues": values})["Items"]
        partition = {"pk": call.get("ExpressionAttributeValues", {}).get(":pk", {"S": "scan"})}
        self._read("Query", call["TableName"], [(partition, looked_at)], call)
        return answer

    def _read(self, name: str, table: str, groups: Iterable[tuple[Item, list[Item]]], call: Mapping[str, Any]) -> None:
        self.calls[name] += 1
        share = 1.0 if call.get("ConsistentRead") else 0.5
        for key, group in groups:
            units = share * max(1, math.ceil(sum(size_of(item) for item in group) / 4096))
            what = INDEX if "IndexName" in call else name_of(key)
            self.units[table, "read"] += units  # pyright: ignore[reportArgumentType] - counts of halves
            self.spent["read", what] += units  # pyright: ignore[reportArgumentType] - likewise

    def forget(self) -> None:
        """Begin to count anew; what is stored stays known."""
        self.units.clear()
        self.spent.clear()
        self.calls.clear()

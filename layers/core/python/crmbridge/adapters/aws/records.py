"""The records with their look-ups and the index of due work, in one DynamoDB table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore.exceptions import ClientError

from crmbridge.adapters._listing import SHARDS, cursor_after, place_of
from crmbridge.adapters._look_ups import NONE, check_saves, look_ups
from crmbridge.adapters.aws._faults import Backoff, code_of
from crmbridge.adapters.aws._record_items import (
    DUE_SHARDS,
    due_partition,
    external_key,
    is_record,
    natural_partition,
    record_key,
    record_of,
    record_partition,
    record_put,
)
from crmbridge.adapters.aws._table import Item, OnCapacity, Table
from crmbridge.adapters.aws._transactions import packs, plan, run, together
from crmbridge.domain.records import Entity, Record
from crmbridge.ports import Page, Save

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
R = TypeVar("R")

_REFUSED = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})


class DynamoRecords:
    """Keeps each record in one item; a save that changes look-ups is a transaction, any other a single put.

    Args:
        backoff: how to wait for throttling and for others' transactions.
        pool: runs calls that do not depend on one another side by side; one after the other without.
        on_capacity: hears of the read and write units of every call, when given.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        backoff: Backoff,
        pool: Executor | None = None,
        on_capacity: OnCapacity | None = None,
    ) -> None:
        self._table = Table(client, table, backoff=backoff, on_capacity=on_capacity)
        self._backoff = backoff
        self._pool = pool

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records by id; see ``RecordStore``.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """
        keys = (record_key(workspace_id, each) for each in dict.fromkeys(record_ids))
        items = self._table.get_many([key for key in keys if key is not None])
        return {item["sk"]["S"]: record_of(item) for item in items}

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id; see ``RecordStore``.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """
        keys = {each: external_key(workspace_id, integration_id, entity, each) for each in external_ids}
        found = {item["pk"]["S"]: item["record_id"]["S"] for item in self._table.get_many(list(keys.values()))}
        by_id = ((external_id, found.get(key["pk"]["S"])) for external_id, key in keys.items())
        return {external_id: record_id for external_id, record_id in by_id if record_id is not None}

    def find_key(
        self, workspace_id: str, entity: Entity, key: Literal["email", "phone", "domain"], values: Sequence[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of live records by a key value; values nobody holds are left out.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """
        distinct = list(dict.fromkeys(values))

        def holders(value: str) -> tuple[str, ...]:
            items = self._query(natural_partition(workspace_id, entity, key, value))
            return tuple(item["sk"]["S"] for item in items)

        found = zip(distinct, self._side_by_side(holders, distinct), strict=True)
        return {value: record_ids for value, record_ids in found if record_ids}

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records; see ``RecordStore``.

        A save whose answer was lost on the way may be refused although it was stored: read again, as after
        any refusal, and find it there.

        Raises:
            ValueError: the saves break the port's own rules; nothing was stored.
            ConfigurationError: the table does not exist or may not be written to.
        """
        check_saves(saves)
        changes = [look_ups(save) for save in saves]
        plans = (
            plan(number, save, changed, table=self._table.name)
            for number, (save, changed) in enumerate(zip(saves, changes, strict=True))
            if changed is not NONE
        )
        stored = {number for pack in packs(plans) for number in run(self._table, pack, backoff=self._backoff)}
        single = [number for number, changed in enumerate(changes) if changed is NONE]
        kept = self._side_by_side(self._put, [saves[number] for number in single])
        stored.update(number for number, is_kept in zip(single, kept, strict=True) if is_kept)
        return tuple(number in stored for number in range(len(saves)))

    def save_together(self, saves: Sequence[Save]) -> bool:
        """Store a few records as one, in one transaction; see ``RecordStore``.

        Raises:
            ValueError: the saves break the port's own rules; nothing was stored.
            ConfigurationError: the table does not exist or may not be written to.
        """
        check_saves(saves)
        plans = together(saves, table=self._table.name)
        return len(run(self._table, [plans], backoff=self._backoff)) == 1

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due, longest due first; see ``RecordStore``.

        The index follows the table by some moments: a record may be listed that is no longer due, or not yet be
        listed. Read it again before acting on it.

        Raises:
            ConfigurationError: the index does not exist or may not be read.
        """
        shards = (
            self._due_in(due_partition(workspace_id, entity, shard), integration_id, now=now)
            for shard in range(DUE_SHARDS)
        )
        return tuple(record_id for _, record_id in islice(merge(*shards), limit))

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of an entity's records, by shard and id; see ``RecordStore``.

        Raises:
            RequestRejectedError: the cursor was not given out by a listing.
            ConfigurationError: the table does not exist or may not be read.
        """
        first, after = place_of(cursor)
        items: list[Item] = []
        for shard in range(first, SHARDS):
            wanted = limit - len(items)
            pk = record_partition(workspace_id, entity, shard)
            found = self._query(pk, after=after if shard == first else "", limit=wanted)
            items.extend(islice(found, wanted))
            if len(items) == limit:
                return Page(tuple(map(record_of, items)), cursor_after(items[-1]["sk"]["S"]))
        return Page(tuple(map(record_of, items)))

    def list_new(self, workspace_id: str, entity: Entity, *, after: str, limit: int) -> tuple[Record, ...]:
        """Return the oldest records that are newer than one; see ``RecordStore``.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """

        def newer(shard: int) -> list[Item]:
            return list(
                islice(self._query(record_partition(workspace_id, entity, shard), after=after, limit=limit), limit)
            )

        found = [item for items in self._side_by_side(newer, range(SHARDS)) for item in items]
        return tuple(map(record_of, sorted(found, key=lambda item: item["sk"]["S"])[:limit]))

    def _put(self, save: Save) -> bool:
        try:
            self._table.put(record_put(save, table=self._table.name))
        except ClientError as error:
            if code_of(error) in _REFUSED:
                return False
            raise
        return True

    def _query(self, pk: str, *, after: str = "", limit: int | None = None) -> Iterator[Item]:
        parameters: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": True,
        }
        if after:
            parameters["ExclusiveStartKey"] = {"pk": {"S": pk}, "sk": {"S": after}}
        if limit is not None:
            parameters["Limit"] = limit
        return self._table.query(parameters)

    def _due_in(self, due_pk: str, integration_id: str, *, now: datetime) -> Iterator[tuple[int, str]]:
        items = self._table.query(
            {
                "IndexName": "due",
                "KeyConditionExpression": "due_pk = :pk",
                "FilterExpression": "contains(due_for, :name)",
                "ExpressionAttributeValues": {":pk": {"S": due_pk}, ":name": {"S": json.dumps(integration_id)}},
            }
        )
        epoch_s = now.timestamp()
        for item in items:
            not_before = json.loads(item["due_for"]["S"]).get(integration_id)
            if not_before is not None and not_before <= epoch_s:
                yield int(item["due_at"]["N"]), item["sk"]["S"]

    def _side_by_side(self, call: Callable[[T], R], arguments: Sequence[T]) -> Iterable[R]:
        if self._pool is None or len(arguments) < 2:
            return [call(argument) for argument in arguments]
        return list(self._pool.map(call, arguments))


def from_stream_image(image: Mapping[str, Any]) -> Record | None:
    """Read the record out of a stream event's ``NewImage`` or ``OldImage``.

    Args:
        image: in DynamoDB's own form, as the Lambda event holds it.

    Returns:
        The record, or ``None`` when the image is one of a look-up.

    Raises:
        ValueError: the record was written by a newer format.
    """
    return record_of(image) if is_record(image) else None

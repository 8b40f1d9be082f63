"""Looks into the records table and its stream: what is still due, and which values lost a conflict."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import boto3

from local.cloud import ACCOUNT, REGION, STACK, Cloud
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Outbox:
    """The records table of the deployed stack, as an operator would look at it."""

    def __init__(self, cloud: Cloud) -> None:
        """Find the table.

        Raises:
            LocalError: the stack has no table that is called records and has a stream.
        """
        session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name=REGION)
        self._tables: DynamoDBClient = cast("Any", session).client("dynamodb", endpoint_url=cloud.endpoint)
        # untyped: there are no stubs for this service among the requirements
        self._streams: Any = cast("Any", session).client("dynamodbstreams", endpoint_url=cloud.endpoint)
        names = [name for name in self._tables.list_tables()["TableNames"] if name.startswith(STACK)]
        self._table = next((name for name in names if "record" in name.lower()), "")
        self._stream = ""
        if self._table:
            self._stream = self._tables.describe_table(TableName=self._table)["Table"].get("LatestStreamArn", "")
        if not self._stream:
            message = f"no table for records with a stream among {names}"
            raise LocalError(message)
        self._iterators: list[str] = []

    def due(self) -> int:
        """Count the records of which something is still to be written somewhere."""
        count = 0
        for page in self._tables.get_paginator("scan").paginate(TableName=self._table, IndexName="due", Select="COUNT"):
            count += page.get("Count", 0)
        return count

    def mark(self) -> None:
        """Begin to watch the stream here; ``losses`` tells what came after."""
        shards = self._streams.describe_stream(StreamArn=self._stream)["StreamDescription"]["Shards"]
        self._iterators = [
            self._streams.get_shard_iterator(
                StreamArn=self._stream, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in shards
        ]

    def losses(self) -> list[dict[str, Any]]:
        """Return the values that lost a conflict since ``mark``, each with its record, field and policy."""
        found: list[dict[str, Any]] = []
        for iterator in self._iterators:
            for item in self._streams.get_records(ShardIterator=iterator)["Records"]:
                found.extend(_losses(item.get("dynamodb", {}).get("NewImage", {})))
        return found


def _losses(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    body = _body(image.get("body", {"S": "{}"}))
    return [
        {"record_id": body["record_id"], "field": field, "value": value, "policy": policy}
        for field, value, _, _, policy in body.get("last", {}).get("lost", ())
    ]


def _body(attribute: Mapping[str, Any]) -> dict[str, Any]:
    """Read a record's JSON, which is compressed when it is long; see docs/key-schema.md."""
    return json.loads(zlib.decompress(attribute["B"]) if "B" in attribute else attribute["S"])

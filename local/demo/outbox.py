"""Looks into the records table: what is still due."""

from __future__ import annotations

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
            LocalError: the stack has no table that is called records.
        """
        session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name=REGION)
        self._tables: DynamoDBClient = cast("Any", session).client("dynamodb", endpoint_url=cloud.endpoint)
        names = [name for name in self._tables.list_tables()["TableNames"] if name.startswith(STACK)]
        self._table = next((name for name in names if "record" in name.lower()), "")
        if not self._table:
            message = f"no table for records among {names}"
            raise LocalError(message)

    def due(self) -> int:
        """Count the records of which something is still to be written somewhere."""
        count = 0
        for page in self._tables.get_paginator("scan").paginate(TableName=self._table, IndexName="due", Select="COUNT"):
            count += page.get("Count", 0)
        return count

"""Control state in one DynamoDB table."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from crmbridge.adapters._bodies import plain
from crmbridge.adapters.aws._faults import Backoff, code_of
from crmbridge.adapters.aws._table import Item, OnCapacity, Table
from crmbridge.adapters.aws._texts import packed, unpacked
from crmbridge.errors import ConflictError
from crmbridge.ports.storage import Document

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from crmbridge.ports import Now

_IS_LIVE = "(attribute_not_exists(expires_at) OR expires_at > :now)"
_IS_ABSENT = "attribute_not_exists(pk) OR expires_at <= :now"


class DynamoDocuments:
    """Keeps one item per document.

    A document counts as absent from its ``expires_at`` on, whether DynamoDB has removed it already or not: it can
    be replaced with version 0, but neither renewed nor deleted.

    Args:
        now: the clock that ends documents.
        backoff: how to wait for throttling.
        on_capacity: hears of the read and write units of every call, when given.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        now: Now,
        backoff: Backoff,
        on_capacity: OnCapacity | None = None,
    ) -> None:
        self._table = Table(client, table, backoff=backoff, on_capacity=on_capacity)
        self._now = now

    def get(self, pk: str, sk: str) -> Document | None:
        """Read one document; see ``Documents``.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """
        item = self._table.get(_key(pk, sk))
        return None if item is None else self._live(item)

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        """Store a document; see ``Documents``. Versions count on where an expired document is replaced.

        Raises:
            ConflictError: the stored version is another one (not with ``unconditionally``).
            ConfigurationError: the table does not exist or may not be written to.
        """
        values: dict[str, Any] = {":body": packed(_text(document)), ":none": {"N": "0"}, ":one": {"N": "1"}}
        change = "SET body = :body, version = if_not_exists(version, :none) + :one"
        if document.expires_at is None:
            change += " REMOVE expires_at"
        else:
            change += ", expires_at = :end"
            values[":end"] = {"N": str(document.expires_at)}
        condition: dict[str, str] = {}
        if not unconditionally:
            condition["ConditionExpression"], compared = self._unmoved(document)
            values |= compared
        with _conflicts(document):
            saved = self._table.update(
                {
                    "Key": _key(document.pk, document.sk),
                    "UpdateExpression": change,
                    "ExpressionAttributeValues": values,
                    "ReturnValues": "UPDATED_NEW",
                    **condition,
                }
            )
        return replace(document, version=int(saved["version"]["N"]))

    def append(self, documents: Sequence[Document]) -> None:
        """Write documents that never change again, 25 in a call; see ``Documents``.

        Raises:
            ConfigurationError: the table does not exist or may not be written to.
        """
        items: dict[tuple[str, str], Item] = {}
        for document in documents:
            item: Item = {**_key(document.pk, document.sk), "body": packed(_text(document)), "version": {"N": "1"}}
            item["line"] = {"BOOL": True}  # by this the archive's stream mapping knows it
            if document.expires_at is not None:
                item["expires_at"] = {"N": str(document.expires_at)}
            items[document.pk, document.sk] = item
        self._table.put_many(list(items.values()))

    def delete(self, document: Document) -> None:
        """Remove a document; see ``Documents``.

        Raises:
            ConflictError: it has moved or is gone already.
            ConfigurationError: the table does not exist or may not be written to.
        """
        if document.version == 0:
            raise _moved(document)
        condition, values = self._unmoved(document)
        with _conflicts(document):
            self._table.delete(
                {
                    "Key": _key(document.pk, document.sk),
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": values,
                }
            )

    def query(self, pk: str, prefix: str = "") -> tuple[Document, ...]:
        """Return a partition's live documents by prefix, ascending; see ``Documents``.

        Raises:
            ConfigurationError: the table does not exist or may not be read.
        """
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        items = self._table.query(
            {
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ConsistentRead": True,
            }
        )
        found = (self._live(item) for item in items)
        return tuple(document for document in found if document is not None)

    def _live(self, item: Item) -> Document | None:
        expires_at = int(item["expires_at"]["N"]) if "expires_at" in item else None
        if expires_at is not None and expires_at <= self._now().timestamp():
            return None
        return Document(
            pk=item["pk"]["S"],
            sk=item["sk"]["S"],
            body=json.loads(unpacked(item["body"])),
            version=int(item["version"]["N"]),
            expires_at=expires_at,
        )

    def _unmoved(self, document: Document) -> tuple[str, dict[str, Any]]:
        """Return the condition that what is stored is what was read, with its values."""
        now = {":now": {"N": str(int(self._now().timestamp()))}}
        if document.version == 0:
            return _IS_ABSENT, now
        return f"version = :read AND {_IS_LIVE}", {**now, ":read": {"N": str(document.version)}}


def document_of(item: Item) -> Document:
    """Return the document that an item, or an image of it in a stream event, holds; whether it has ended or not."""
    ends = int(item["expires_at"]["N"]) if "expires_at" in item else None
    body = json.loads(unpacked(item["body"]))
    return Document(item["pk"]["S"], item["sk"]["S"], body, int(item["version"]["N"]), ends)


def _key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@contextmanager
def _conflicts(document: Document) -> Generator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) == "ConditionalCheckFailedException":
            raise _moved(document) from error
        raise


def _moved(document: Document) -> ConflictError:
    return ConflictError(f"{document.pk} {document.sk} has moved on from version {document.version}")


def _text(document: Document) -> str:
    return json.dumps(plain(document.body), ensure_ascii=False, separators=(",", ":"), sort_keys=True)

"""Records and look-ups as items of the records table; the form is published in docs/key-schema.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crmbridge.adapters._look_ups import LookUps, due_at
from crmbridge.adapters.aws._table import Item
from crmbridge.adapters.aws._texts import packed, unpacked
from crmbridge.domain.codec import from_text, to_text
from crmbridge.domain.keys import digest, shard_of
from crmbridge.domain.records import PREFIXES, Entity, Record, entity_of
from crmbridge.ports import Save

DUE_SHARDS = 4
"""How many partitions of the index one entity's due work is spread over."""

EXTERNAL_SK = "x"

_IS_ABSENT = "attribute_not_exists(pk)"
_IS_MINE = "attribute_not_exists(pk) OR record_id = :me"


def partition(workspace_id: str, *parts: str) -> str:
    """Join a partition key.

    Raises:
        ValueError: the workspace id holds the separator, and could name another workspace's keys.
    """
    if "#" in workspace_id or not workspace_id:
        raise ValueError("a workspace id is not empty and holds no #")
    return "#".join((workspace_id, *parts))


def record_partition(workspace_id: str, entity: Entity, shard: int) -> str:
    """Return the partition key of one shard of an entity's records."""
    return partition(workspace_id, "R", entity, f"{shard:x}")


def record_key(workspace_id: str, record_id: str) -> Item | None:
    """Return a record's key, ``None`` for an id that is none of ours."""
    if record_id[:3] not in PREFIXES.values():
        return None
    pk = record_partition(workspace_id, entity_of(record_id), shard_of(record_id))
    return {"pk": {"S": pk}, "sk": {"S": record_id}}


def external_key(workspace_id: str, integration_id: str, entity: Entity, external_id: str) -> Item:
    """Return the key of an external id's look-up."""
    pk = partition(workspace_id, "X", integration_id, entity, external_id)
    return {"pk": {"S": pk}, "sk": {"S": EXTERNAL_SK}}


def natural_partition(workspace_id: str, entity: Entity, key: str, value: str) -> str:
    """Return the partition key under which the holders of a key value stand."""
    return partition(workspace_id, "K", entity, key, digest(value))


def due_partition(workspace_id: str, entity: Entity, shard: int) -> str:
    """Return the partition key of one shard of an entity's due work."""
    return partition(workspace_id, entity, str(shard % DUE_SHARDS))


def record_item(record: Record) -> Item:
    """Return a record as its item."""
    shard = shard_of(record.record_id)
    item: Item = {
        "pk": {"S": record_partition(record.workspace_id, record.entity, shard)},
        "sk": {"S": record.record_id},
        "body": packed(to_text(record)),
        "rev": {"N": str(record.rev)},
    }
    if record.due_for:
        item["due_pk"] = {"S": due_partition(record.workspace_id, record.entity, shard)}
        item["due_at"] = {"N": str(due_at(record))}
        item["due_for"] = {"S": json.dumps(dict(record.due_for), separators=(",", ":"), sort_keys=True)}
    return item


def record_of(item: Mapping[str, Any]) -> Record:
    """Read a record out of its item.

    Raises:
        ValueError: the item was written by a newer format.
    """
    return from_text(unpacked(item["body"]))


def is_record(item: Mapping[str, Any]) -> bool:
    """Tell a record's item from those of look-ups."""
    parts = item["pk"]["S"].split("#", 2)
    return len(parts) == 3 and parts[1] == "R"


def record_put(save: Save, *, table: str) -> dict[str, Any]:
    """Return the put of a save's record, on the condition that it has not moved since it was read."""
    put: dict[str, Any] = {"TableName": table, "Item": record_item(save.after)}
    if save.before is None:
        return {**put, "ConditionExpression": _IS_ABSENT}
    return {
        **put,
        "ConditionExpression": "rev = :read",
        "ExpressionAttributeValues": {":read": {"N": str(save.before.rev)}},
    }


def look_up_actions(record: Record, changes: LookUps, *, table: str) -> list[dict[str, Any]]:
    """Return a transaction's actions for the look-ups that appear and vanish with a record's save."""
    workspace_id, entity, record_id = record.workspace_id, record.entity, record.record_id
    mine = {
        "TableName": table,
        "ConditionExpression": _IS_MINE,
        "ExpressionAttributeValues": {":me": {"S": record_id}},
    }
    external = [external_key(workspace_id, crm, entity, theirs) for crm, theirs in changes.new_external]
    gone_external = [external_key(workspace_id, crm, entity, theirs) for crm, theirs in changes.gone_external]
    natural = [natural_partition(workspace_id, entity, *pair) for pair in changes.new_natural]
    gone_natural = [natural_partition(workspace_id, entity, *pair) for pair in changes.gone_natural]
    named = {"record_id": {"S": record_id}}
    return [
        *({"Put": {**mine, "Item": {**key, **named}}} for key in external),
        *({"Delete": {**mine, "Key": key}} for key in gone_external),
        *({"Put": {"TableName": table, "Item": {"pk": {"S": pk}, "sk": named["record_id"]}}} for pk in natural),
        *({"Delete": {"TableName": table, "Key": {"pk": {"S": pk}, "sk": named["record_id"]}}} for pk in gone_natural),
    ]


def pass_on(taker: Record, giver: Record, key: tuple[str, str], *, table: str) -> dict[str, Any]:
    """Return the action by which an external id passes from one record to another of the same entity."""
    place = external_key(taker.workspace_id, key[0], taker.entity, key[1])
    values = {":me": {"S": giver.record_id}}
    item = {**place, "record_id": {"S": taker.record_id}}
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "record_id = :me",
            "ExpressionAttributeValues": values,
        }
    }

"""One item of a webhook's body."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.kommo.records import Account
from sandbox.kommo.setup import ACCOUNT_ID
from sandbox.kommo.values import in_webhooks

JsonObject = dict[str, Any]

_ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3}


def item_of(account: Account, table: str, action: str, row: JsonObject) -> JsonObject:
    """Return one changed thing as its webhook shows it; everything becomes text when it is sent."""
    if table == "tasks":
        return _task(action, row)
    if table == "notes":
        return _note(row)
    if table == "unsorted":
        return row
    kind = {"type": "company" if table == "companies" else "contact"} if table != "leads" else {}
    if action == "delete":
        place = {name: row[name] for name in ("status_id", "pipeline_id") if table == "leads"}
        return {"id": row["id"], **place, **kind}
    item: JsonObject = {
        "id": row["id"],
        "name": row["name"],
        "responsible_user_id": row["responsible_user_id"],
        "date_create": row["created_at"],
        "last_modified": row["updated_at"],
        "created_user_id": row["created_by"],
        "modified_user_id": row["updated_by"],
        "account_id": ACCOUNT_ID,
    }
    if table == "leads":
        item |= {name: row[name] for name in ("status_id", "price", "pipeline_id")}
    item |= {name: row[name] for name in row if name.startswith("old_")}
    item["custom_fields"] = in_webhooks(account.fields.of(table), row["custom"])
    if row["tags"]:
        item["tags"] = [{"id": account.tag_id(table, name), "name": name} for name in row["tags"]]
    return item | {"created_at": row["created_at"], "updated_at": row["updated_at"]} | kind


def _task(action: str, row: JsonObject) -> JsonObject:
    if action == "delete":
        return {"id": row["id"]}
    item: JsonObject = {
        "id": row["id"],
        "element_id": row["entity_id"] or 0,
        "element_type": _ELEMENT_TYPES.get(row["entity_type"] or "", 0),
        "task_type": row["task_type_id"],
        "date_create": _stamp(row["created_at"]),
        "text": row["text"],
        "status": row["is_completed"],
        "account_id": ACCOUNT_ID,
        "created_user_id": row["created_by"],
        "last_modified": _stamp(row["updated_at"]),
        "responsible_user_id": row["responsible_user_id"],
        "complete_till": _stamp(row["complete_till"]),
    }
    item |= {name: row[name] for name in ("action_close", "old_text") if name in row}
    times = {"created_at": row["created_at"], "updated_at": row["updated_at"], "complete_before": row["complete_till"]}
    return item | times


def _note(row: JsonObject) -> JsonObject:
    source = {"event_source": {"id": row["created_by"], "author_name": "Marina Lagoa", "type": 1}}
    note: JsonObject = {
        "text": row["params"].get("text", ""),
        "attachement": "",  # codespell:ignore attachement
        "date_create": _stamp(row["created_at"]),
        "note_type": 4,
        "element_type": _ELEMENT_TYPES[row["entity_type"]],
        "element_id": row["entity_id"],
        "catalog_id": 0,
        "group_id": 0,
        "timestamp_x": _stamp(row["updated_at"]),
        "account_id": ACCOUNT_ID,
        "metadata": json.dumps(source),
        "created_by": row["created_by"],
        "modified_by": row["updated_by"],
        "main_user_id": row["responsible_user_id"],
        "id": row["id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    if row["entity_type"] == "leads":
        return {"note": note}
    return {"note": note, "type": "company" if row["entity_type"] == "companies" else "contact"}


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""Records as webhooks v2 show them, which is not how v2 of the API shows them.

Source: Pipedrive, webhooks v2 migration guide (samples).
"""

from __future__ import annotations

from typing import Any

from sandbox.pipedrive.company import Company
from sandbox.pipedrive.custom_values import hooked
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.times import lead_time, v2_time

JsonObject = dict[str, Any]


def hook_row(company: Company, name: str, record: Record) -> JsonObject:
    """Return a record as an event's ``data`` holds it."""
    row: JsonObject = {"id": record.record_id, **record.values}
    stamp = lead_time if name == "lead" else v2_time
    row |= {"add_time": stamp(record.add_ms), "update_time": stamp(record.update_ms)}
    if name in _SHAPES:
        _SHAPES[name](row, record)
    if "visible_to" in row:
        row["visible_to"] = str(row["visible_to"])
    book = company.fields.get("deal" if name == "lead" else name)
    if book is not None:
        fields = book.custom()
        row["custom_fields"] = {code: hooked(fields[code], value) for code, value in record.custom.items()}
    elif name == "activity":
        row["custom_fields"] = {}
    return row


def _labelled(row: JsonObject, _record: Record) -> None:
    labels: list[int] = row.pop("label_ids", None) or []
    row["label"] = labels[0] if labels else None


def _deal(row: JsonObject, record: Record) -> None:
    row["creator_user_id"] = record.creator_id


def _activity(row: JsonObject, record: Record) -> None:
    row["active_flag"] = record.deleted_ms is None
    row["busy_flag"] = row.pop("busy", None)
    for key in ("due_time", "duration"):
        row[key] = {"timezone_id": None, "value": row.get(key) or ""}
    location: JsonObject = row.get("location") or {}
    row["location"] = location.get("value")


def _note(row: JsonObject, record: Record) -> None:
    row["active_flag"] = record.deleted_ms is None


_SHAPES = {"person": _labelled, "organization": _labelled, "deal": _deal, "activity": _activity, "note": _note}

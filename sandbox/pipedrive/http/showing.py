"""Records as API v2 shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.pipedrive.company import Company
from sandbox.pipedrive.deal_rules import participants_of
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.schema import ObjectSpec
from sandbox.pipedrive.times import v2_time

JsonObject = dict[str, Any]


def v2_row(
    company: Company, spec: ObjectSpec, record: Record, *, codes: Sequence[str] | None = None, counted: bool = False
) -> JsonObject:
    """Return a record of v2.

    Args:
        codes: custom fields to show; ``None`` for all.
        counted: show how many persons take part in a deal.
    """
    hidden = {name for name, field in spec.fields.items() if field.contact_sync and not company.options.contact_sync}
    row: JsonObject = {
        "id": record.record_id,
        **{name: value for name, value in record.values.items() if name not in hidden},
        "add_time": v2_time(record.add_ms),
        "update_time": v2_time(record.update_ms),
        "is_deleted": record.deleted_ms is not None,
    }
    if spec.name == "deal":
        row |= _deal(record)
    if spec.name == "activity":
        row |= {"creator_user_id": record.creator_id, "project_id": None}
        row.setdefault("marked_as_done_time", None)
        row.pop("visible_to", None)
    if counted:
        row["participants_count"] = len(participants_of(company, record.record_id))
    book = company.book(spec)
    if book is not None:
        shown = [code for code in book.custom() if codes is None or code in codes]
        row["custom_fields"] = {code: record.custom.get(code) for code in shown} or None
    return row


def _deal(record: Record) -> JsonObject:
    values = record.values
    return {
        "creator_user_id": record.creator_id,
        "stage_change_time": values.get("stage_change_time"),
        "archive_time": None,
        "local_won_date": (values.get("won_time") or "")[:10] or None,
        "local_lost_date": (values.get("lost_time") or "")[:10] or None,
        "local_close_date": (values.get("close_time") or "")[:10] or None,
        "origin": "API",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "source_lead_id": None,
        "acv": None,
        "arr": None,
        "mrr": None,
    }


def setup_row(record: Record) -> JsonObject:
    """Return a pipeline or a stage."""
    return {
        "id": record.record_id,
        **record.values,
        "is_deleted": record.deleted_ms is not None,
        "add_time": v2_time(record.add_ms),
        "update_time": None,
    }

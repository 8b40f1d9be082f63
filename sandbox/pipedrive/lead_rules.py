"""Leads of API v1: UUIDs, milliseconds, and the custom fields of deals flat at the root.

Source: Pipedrive, OpenAPI file of v1 (leads) and recorded answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, cast

from sandbox.pipedrive import custom_values, values
from sandbox.pipedrive.company import Company
from sandbox.pipedrive.errors import error, invalid
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.times import lead_time

JsonObject = dict[str, Any]
COLORS = ("blue", "brown", "dark-gray", "gray", "green", "orange", "pink", "purple", "red", "yellow")
_CREATED = {
    "title", "owner_id", "label_ids", "person_id", "organization_id", "value", "expected_close_date", "visible_to",
    "was_seen", "origin_id", "channel", "channel_id",
}  # fmt: skip
_CHANGED = (_CREATED - {"origin_id"}) | {"is_archived"}


def new_uuid(rng: Random) -> str:
    """Return an id as leads and their labels have."""
    word = f"{rng.getrandbits(128):032x}"
    return f"{word[:8]}-{word[8:12]}-11{word[14:16]}-a{word[17:20]}-{word[20:]}"


def empty_lead(owner_id: int) -> JsonObject:
    """Return what a lead holds of which nothing was said."""
    return {
        "value": None,
        "expected_close_date": None,
        "person_id": None,
        "organization_id": None,
        "is_archived": False,
        "label_ids": list[str](),
        "was_seen": False,
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "owner_id": owner_id,
    }


def checked_lead(company: Company, body: JsonObject, *, is_new: bool) -> tuple[JsonObject, JsonObject]:
    """Return the values and custom fields to store.

    Raises:
        VendorError: 400.
    """
    fields = company.fields["deal"].custom()
    stored: JsonObject = {}
    custom: JsonObject = {}
    for name, value in body.items():
        if name in fields:
            custom[name] = custom_values.check(fields[name], value)
        elif name in (_CREATED if is_new else _CHANGED):
            stored[name] = _taken(company, name, value)
        else:
            raise invalid(f'"{name}" is not allowed')
    if is_new and not stored.get("title"):
        raise invalid('"title" is required')
    return stored, custom


def _taken(company: Company, name: str, value: Any) -> object:
    if value is None and name not in ("title", "owner_id", "label_ids"):
        return None
    if name in _REFERRING:
        if not company.exists(_REFERRING[name], values.integer(name, value)):
            raise error(404, f"{_REFERRING[name]} {value} not found")
        return value
    if name == "label_ids":
        labels = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(each in company.lead_labels for each in labels):
            raise invalid('"label_ids" must hold ids of lead labels')
        return labels
    check = _CHECKS.get(name)
    return value if check is None else check(name, value)


def _amount(name: str, value: object) -> JsonObject:
    taken = values.known(name, value, {"amount": values.number, "currency": values.currency})
    if set(taken) != {"amount", "currency"}:
        raise invalid('"value" needs amount and currency')
    return taken


_REFERRING = {"person_id": "person", "organization_id": "organization", "owner_id": "user"}
_CHECKS: Mapping[str, Callable[[str, object], object]] = {
    "title": values.text,
    "value": _amount,
    "was_seen": values.boolean,
    "is_archived": values.boolean,
    "expected_close_date": values.day,
}


def lead_row(company: Company, lead: Record) -> JsonObject:
    """Return a lead as v1 shows it; custom fields that hold nothing are left out."""
    row: JsonObject = {
        "id": lead.record_id,
        **lead.values,
        "creator_id": lead.creator_id,
        "archive_time": None,
        "source_name": "API",
        "source_deal_id": None,
        "origin": "API",
        "next_activity_id": None,
        "add_time": lead_time(lead.add_ms),
        "update_time": lead_time(lead.update_ms),
        "visible_to": str(lead.values.get("visible_to") or "3"),
        "cc_email": f"harbourlane+lead{str(lead.record_id)[:8]}@pipedrivemail.example",
    }
    del company
    return {**row, **lead.custom}

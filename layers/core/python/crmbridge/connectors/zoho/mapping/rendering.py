"""Canonical values as the API takes them, and as it would say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping import columns as tables
from crmbridge.connectors.zoho.mapping import notes
from crmbridge.connectors.zoho.mapping.columns import Column, Place
from crmbridge.connectors.zoho.mapping.kind import UNSAID
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.measures import UNTIMED, theirs
from crmbridge.connectors.zoho.mapping.schema import Shape
from crmbridge.domain.records import REFERENCES, Fields, Value
from crmbridge.ports import WriteOp

_MEETING = timedelta(hours=1)
"""How long a meeting is that nobody has said the end of: Zoho wants one."""


def project(place: Place, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Zoho would say them after storing them; those it cannot hold are left out."""
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[place.entity] if name in fields}
    if place.activity and "kind" in fields:
        said["kind"] = place.activity
    country: str | None = None
    for column in tables.columns(place, lexicon):
        if column.name not in fields:
            continue
        value = _projected(column, fields[column.name], country, lexicon)
        if value is UNSAID:
            continue
        said[column.name] = value
        if column.name == "country":
            country = cast("str | None", value)
    return said


def _projected(column: Column, value: Value, country: str | None, lexicon: Lexicon) -> object:
    """Return one value after storing; an owner who has left stays where they are, though none can be given to them."""
    if column.name == "owner" and value in lexicon.owner_emails.values():
        return value
    written = _written(column, value, lexicon)
    if written is UNSAID:
        return UNSAID
    shape = lexicon.schema.shapes[column.field]
    return column.kind.read(written, country, shape, lexicon)


def _written(column: Column, value: Value, lexicon: Lexicon) -> object:
    shape = _writable(column, lexicon)
    if shape is None:
        return UNSAID
    try:
        return column.kind.write(value, shape, lexicon)
    except ValueError:
        return UNSAID


def _writable(column: Column, lexicon: Lexicon) -> Shape | None:
    """Return a column's field; tags are read-only in the metadata and have a call of their own."""
    return lexicon.schema.shapes.get("Tag") if column.name == "tags" else lexicon.schema.writable(column.field)


@dataclass(frozen=True, slots=True)
class Payload:
    """One row to send.

    Attributes:
        tags: all the tags the record shall have, ``None`` to leave them.
        has_values: the row says something beyond which record it is.
    """

    row: dict[str, Any]
    tags: tuple[str, ...] | None = None
    has_values: bool = False


def payload(place: Place, op: WriteOp, lexicon: Lexicon, record_id: str = "", *, mark: str = "") -> Payload:
    """Turn one write into a row, its references included, a deal's contacts excepted.

    New records get what Zoho requires and the hub does not know.

    Args:
        mark: our id in the text of a note that is there already.
    """
    row: dict[str, Any] = {}
    tags: tuple[str, ...] | None = None
    for column in tables.columns(place, lexicon):
        if column.name not in op.fields:
            continue
        written = _written(column, op.fields[column.name], lexicon)
        if written is UNSAID:
            continue
        if column.name == "tags":
            tags = tuple(each["name"] for each in cast("list[dict[str, str]]", written))
        else:
            row[column.field] = written
    is_new = op.kind != "update"
    row |= _links(place, op.refs, is_new=is_new)
    if is_new:
        row = {name: value for name, value in row.items() if value is not None and value != []}
        row = _required(place, row, lexicon)
    row = _with_mark(place, row, op, mark)
    has_values = bool(row)
    our_id = lexicon.schema.our_id
    if not is_new:
        row["id"] = record_id
    elif our_id is not None:
        row[our_id.name] = op.op_id
    return Payload(row, tags, has_values)


def _with_mark(place: Place, row: dict[str, Any], op: WriteOp, mark: str) -> dict[str, Any]:
    """Put our id into the text of a note, or leave it there."""
    is_new = op.kind != "update"
    if not place.is_bare or not (is_new or notes.CONTENT in row):
        return row
    return {**row, notes.CONTENT: notes.marked(row.get(notes.CONTENT), op.op_id if is_new else mark)}


def _links(place: Place, refs: Mapping[str, tuple[str, ...]], *, is_new: bool) -> dict[str, Any]:
    if place.is_bare:
        return notes.parent_link(refs) if is_new else {}
    if place.activity:
        return _activity_links(refs)
    if "company" not in refs or place.module not in ("Contacts", "Deals"):
        return {}
    return {"Account_Name": _lookup(refs["company"])}


def _activity_links(refs: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return what an activity is about: the deal where there is one, else the company; one contact."""
    found: dict[str, Any] = {}
    if "contacts" in refs:
        found["Who_Id"] = _lookup(refs["contacts"])
    about = {name: module for name, module in (("deal", "Deals"), ("company", "Accounts")) if name in refs}
    chosen = next((name for name in about if refs[name]), "")
    if chosen:
        found |= {"What_Id": _lookup(refs[chosen]), "$se_module": about[chosen]}
    elif about:
        found["What_Id"] = None
    return found


def _lookup(ids: tuple[str, ...]) -> dict[str, str] | None:
    return {"id": ids[0]} if ids else None


def _required(place: Place, row: dict[str, Any], lexicon: Lexicon) -> dict[str, Any]:
    """Add what a new record must have."""
    for column in place.columns:
        shape = lexicon.schema.shapes.get(column.field)
        if shape is not None and shape.is_required and column.field not in row:
            written = column.kind.write(None, shape, lexicon)
            if written is not UNSAID and written is not None:
                row[column.field] = written
    return _ADDED.get(place.module, _as_it_is)(row, lexicon)


def _as_it_is(row: dict[str, Any], _lexicon: Lexicon) -> dict[str, Any]:
    return row


def _deal(row: dict[str, Any], lexicon: Lexicon) -> dict[str, Any]:
    """Give a deal a stage, and the pipeline that has it."""
    first = lexicon.stages.first
    stage = row.get("Stage") or (first.stored if first else None)
    target = next((each for each in lexicon.stages.targets.values() if each.stored == stage), first)
    added = {"Stage": stage} if stage else {}
    if lexicon.has_pipelines and target is not None:
        added["Pipeline"] = target.pipeline
    return {**row, **added}


def _event(row: dict[str, Any], _lexicon: Lexicon) -> dict[str, Any]:
    """Give a meeting an end."""
    starts_at = values.moment(row.get("Start_DateTime"))
    if starts_at is None or "End_DateTime" in row:
        return row
    return {**row, "End_DateTime": theirs(starts_at + _MEETING)}


def _call(row: dict[str, Any], _lexicon: Lexicon) -> dict[str, Any]:
    """Give a call a direction, and a duration where it was made and nobody knows it."""
    row = {"Call_Type": "Outbound", **row}
    if row.get("Outbound_Call_Status") in ("Scheduled", "Cancelled"):
        return {name: value for name, value in row.items() if (name, value) != ("Call_Duration", UNTIMED)}
    return {"Call_Duration": UNTIMED, **row}


_ADDED = {"Deals": _deal, "Events": _event, "Calls": _call}

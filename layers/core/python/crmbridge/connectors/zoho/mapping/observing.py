"""Rows as the API says them, turned into observations."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping import columns as tables
from crmbridge.connectors.zoho.mapping import notes
from crmbridge.connectors.zoho.mapping.columns import Column, Place
from crmbridge.connectors.zoho.mapping.kind import UNSAID
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape
from crmbridge.domain.records import Gone, Observation, Unreadable, Value

Row = Mapping[str, Any]

WITH_ACCOUNT = ("Contacts", "Deals")
"""Modules whose ``Account_Name`` is a lookup; an account's own name is called so, too."""


def observe(place: Place, row: Row, lexicon: Lexicon, *, contacts: tuple[str, ...] | None = None) -> Observation:
    """Turn a row into an observation.

    Values that cannot be told (an owner nobody knows, a stage not in use any more) are left out.

    Args:
        contacts: of a deal, where its roles were read.

    Raises:
        ValueError: a value is of a kind its field never has; the row belongs in quarantine.
    """
    record_id = str(row.get("id") or "")
    if not record_id.isdigit():
        raise ValueError(f"id: {record_id[:40]!r} is no record's id")
    fields: dict[str, Value] = {"kind": place.activity} if place.activity else {}
    country: str | None = None
    for column in tables.columns(place, lexicon):
        if column.field not in row:
            continue
        value = _read(column, row[column.field], country, lexicon)
        if value is UNSAID:
            continue
        fields[column.name] = cast("Value", value)
        if column.name == "country":
            country = cast("str | None", value)
    modified_at = values.moment(row.get("Modified_Time"))
    seen = Observation(
        external_id=place.external_id(record_id),
        fields=fields,
        refs=_refs(place, row),
        version="" if modified_at is None else modified_at.astimezone(UTC).isoformat(timespec="seconds"),
        modified_at=modified_at,
        correlation_id=_correlation_id(place, row, lexicon),
    )
    return _marked(seen, contacts)


def _read(column: Column, value: object, country: str | None, lexicon: Lexicon) -> object:
    shape = lexicon.schema.shapes.get(column.field) or Shape(name=column.field)
    try:
        return column.kind.read(value, country, shape, lexicon)
    except ValueError as error:
        raise ValueError(f"{column.field}: {error}") from error


def _correlation_id(place: Place, row: Row, lexicon: Lexicon) -> str:
    if place.is_bare:
        return notes.unmarked(row.get(notes.CONTENT))[1]
    our_id = lexicon.schema.our_id
    return str((row.get(our_id.name) if our_id else "") or "")


def _refs(place: Place, row: Row) -> dict[str, tuple[str, ...]]:
    if place.is_bare:
        return notes.refs_in(row)
    if place.activity:
        return _activity_refs(row)
    if place.module not in WITH_ACCOUNT or "Account_Name" not in row:
        return {}
    return {"company": link(row["Account_Name"])}


def _activity_refs(row: Row) -> dict[str, tuple[str, ...]]:
    """Return what an activity is about: its ``What_Id`` is one record, of one module.

    What it cannot say while it points to the other kind of record is not told, so that nothing is wiped.
    """
    refs: dict[str, tuple[str, ...]] = {}
    if "Who_Id" in row:
        refs["contacts"] = link(row["Who_Id"])
    if "What_Id" in row:
        about, module = link(row["What_Id"]), _module_of(row)
        if module == "Deals":
            refs["deal"] = about
        elif module == "Accounts":
            refs |= {"company": about, "deal": ()}
        elif not about:
            refs |= {"company": (), "deal": ()}
    return refs


def _module_of(row: Row) -> str:
    told, what = row.get("$se_module"), row.get("What_Id")
    module = cast("Row", what).get("module") if isinstance(what, dict) else None
    if isinstance(module, dict):
        module = cast("Row", module).get("api_name")
    return str(told or module or "")


def link(value: object) -> tuple[str, ...]:
    """Return the id a lookup holds, as a tuple; an empty one for none."""
    found = cast("Row", value).get("id") if isinstance(value, dict) else value
    return (str(found),) if found else ()


def _marked(seen: Observation, contacts: tuple[str, ...] | None) -> Observation:
    """Add a deal's contacts, and put what moves no modified time into the version."""
    tags = seen.fields.get("tags")
    said: list[str] = [*tags] if isinstance(tags, tuple) else []
    if contacts is not None:
        seen = replace(seen, refs={**seen.refs, "contacts": contacts})
        said += contacts
    mark = f"{zlib.crc32(' '.join(said).encode()):08x}"
    return replace(seen, version=f"{seen.version}#{mark}")


def converted(row: Row) -> Gone | None:
    """Return the evidence that a lead was converted, and the contact it has become."""
    if not row.get("Converted__s"):
        return None
    contact = link(row.get("Converted_Contact"))
    return Gone(str(row["id"]), contact[0] if contact else "", values.moment(row.get("Modified_Time")))


def unreadable(place: Place, row: Row, error: ValueError) -> Unreadable:
    """Keep a row that could not be understood, as it came."""
    record_id = str(row.get("id") or "")
    external_id = place.external_id(record_id) if record_id else ""
    return Unreadable(external_id, str(error), json.dumps(row, ensure_ascii=False))

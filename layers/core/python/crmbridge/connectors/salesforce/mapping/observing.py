"""Rows as the REST API says them, turned into observations."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.mapping import activities
from crmbridge.connectors.salesforce.mapping import columns as tables
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept, id18, id_of
from crmbridge.connectors.salesforce.mapping.kinds import UNSAID
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.domain.records import Observation, Unreadable, Value

ROLES = "OpportunityContactRoles"
"""Child relationship of an opportunity that holds its contacts."""


def observe(row: Mapping[str, Any], org: OrgFacts) -> Observation:
    """Turn a row into an observation.

    Values that cannot be told (an owner that is a queue, a stage that the org no longer has) are left out.

    Raises:
        ValueError: a value is of a kind its field never has; the row belongs in quarantine.

    Example:
        >>> from crmbridge.connectors.salesforce.mapping.schema import schema_of
        >>> org = OrgFacts("contact", schema_of({"fields": [{"name": "LastName", "length": 80}]}))
        >>> observe({"Id": "003000000000001AAA", "LastName": " Prado "}, org).fields
        {'last_name': 'Prado'}
    """
    external_id = id_of(org.entity, str(row.get("Id") or ""))
    if not external_id:
        raise ValueError(f"Id: {str(row.get('Id'))[:40]!r} is no id of {OBJECTS[org.entity]}")
    kind = activities.kind_of(org.entity, row)
    fields: dict[str, Value] = {"kind": kind} if kind else {}
    country: str | None = None
    for column in tables.columns(org.entity, org.schema):
        if column.field not in row or not activities.has(kind, column.name):
            continue
        value = _read(column, row[column.field], country, org)
        if value is UNSAID:
            continue
        fields[column.name] = cast("Value", value)
        if column.name == "country":
            country = cast("str | None", value)
    if kind and activities.has_no_length(row):
        fields["ends_at"] = None
    modified_at = values.moment(row.get("SystemModstamp"))
    return _with_roles(
        row,
        Observation(
            external_id=external_id,
            fields=fields,
            refs=_refs(row, org.entity) | activities.refs_of(org.entity, row),
            version=str(row.get("SystemModstamp") or ""),
            modified_at=modified_at,
            correlation_id=str(row.get(EXTERNAL_ID_FIELD) or ""),
        ),
    )


def _read(column: tables.Column, value: object, country: str | None, org: OrgFacts) -> object:
    try:
        return column.kind.read(value, country, org)
    except ValueError as error:
        raise ValueError(f"{column.field}: {error}") from error


def _refs(row: Mapping[str, Any], entity: Kept) -> dict[str, tuple[str, ...]]:
    refs: dict[str, tuple[str, ...]] = {}
    for name, field in tables.REFERENCES[entity].items():
        if field in row:
            target = id18(str(row[field] or ""))
            refs[name] = (target,) if target else ()
    return refs


def _with_roles(row: Mapping[str, Any], seen: Observation) -> Observation:
    """Add an opportunity's contacts; they change without its own modified time moving, so the version holds them."""
    if ROLES not in row:
        return seen
    roles: list[Mapping[str, Any]] = row[ROLES]["records"] if row[ROLES] else []
    contacts = tuple(sorted({id18(str(each.get("ContactId") or "")) for each in roles} - {""}))
    times = [time for each in roles if (time := values.moment(each.get("SystemModstamp"))) is not None]
    mark = f"{zlib.crc32(' '.join(contacts).encode()):08x}"
    field_times: dict[str, datetime] = {"contacts": max(times)} if times else {}
    return Observation(
        external_id=seen.external_id,
        fields=seen.fields,
        refs={**seen.refs, "contacts": contacts},
        version=f"{seen.version}#{mark}",
        modified_at=seen.modified_at,
        field_times=field_times,
        correlation_id=seen.correlation_id,
    )


def unreadable(row: Mapping[str, Any], error: ValueError) -> Unreadable:
    """Keep a row that could not be understood, as it came."""
    external_id = id18(str(row.get("Id") or ""))
    return Unreadable(external_id, str(error), json.dumps(row, ensure_ascii=False))

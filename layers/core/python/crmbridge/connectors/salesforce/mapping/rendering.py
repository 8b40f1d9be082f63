"""Canonical values as the REST API takes them, and as it would say them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from crmbridge.connectors.salesforce.mapping import activities
from crmbridge.connectors.salesforce.mapping import columns as tables
from crmbridge.connectors.salesforce.mapping.ids import ENTITY_OF, OBJECTS, PLACES, id_of
from crmbridge.connectors.salesforce.mapping.kinds import UNSAID
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.domain.custom_fields import PREFIX
from crmbridge.domain.records import REFERENCES, Fields, Value
from crmbridge.ports import WriteOp


def project(fields: Fields, org: OrgFacts) -> dict[str, Any]:
    """Return canonical values as Salesforce would say them after storing them.

    A required text or day that the hub knows to be empty stays ``None``: a placeholder is stored in its stead and
    read back as ``None``. An inactive owner stays: records keep theirs, although none can be given to them.

    Example:
        >>> from crmbridge.connectors.salesforce.mapping.schema import schema_of
        >>> org = OrgFacts("contact", schema_of({"fields": [{"name": "LastName", "length": 5}]}))
        >>> project({"last_name": "Albuquerque", "phone": "+12125550123"}, org)
        {'last_name': 'Albuq'}
    """
    kind = str(fields.get("kind") or "") if org.entity in PLACES else ""
    references = REFERENCES[ENTITY_OF[org.entity]]
    projected: dict[str, Any] = {name: fields[name] for name in references if name in fields}
    if kind in activities.KINDS:
        projected["kind"] = kind
    country: str | None = None
    for column in tables.columns(org.entity, org.schema):
        if column.name not in fields or not activities.has(kind, column.name):
            continue
        value = _projected(column, fields[column.name], country, org)
        if value is UNSAID:
            continue
        projected[column.name] = value
        if column.name == "country":
            country = cast("str | None", value)
    return projected


def _projected(column: tables.Column, value: Value, country: str | None, org: OrgFacts) -> object:
    if column.name == "owner" and value in org.people.ids:
        return value
    written = _written(column, value, org)
    return UNSAID if written is UNSAID else column.kind.read(written, country, org)


def _written(column: tables.Column, value: Value, org: OrgFacts) -> object:
    shape = org.schema.writable(column.field)
    if shape is None or (isinstance(value, tuple) and not column.name.startswith(PREFIX)):
        return UNSAID
    try:
        return column.kind.write(value, shape, org)
    except ValueError:
        return UNSAID


@dataclass(frozen=True, slots=True)
class Payload:
    """One row of a Collections call, and whether it says anything beyond which record it is."""

    row: dict[str, Any]
    has_values: bool


def payload(op: WriteOp, org: OrgFacts, *, what_now: str = "") -> Payload:
    """Turn one write into a row of a Collections call.

    Args:
        what_now: the record that a task or event to update is about.

    New records get what Salesforce requires. Values it cannot hold are left out; an opportunity's contacts are rows
    of their own and not part of it.
    """
    row: dict[str, Any] = {"attributes": {"type": OBJECTS[org.entity]}}
    values_of = _values_of(op, org)
    if org.entity in PLACES:
        values_of = activities.without_length({**values_of, **activities.links(op.refs, what_now)})
    if op.kind == "update":
        row["id"] = id_of(org.entity, op.external_id)
        if org.entity in PLACES and activities.needs_mark(op.refs) and org.schema.holds_our_id:
            row[EXTERNAL_ID_FIELD] = op.op_id
    elif org.schema.holds_our_id:
        row[EXTERNAL_ID_FIELD] = op.op_id
    if op.kind != "update":
        values_of = {**_required(org), **values_of}
        if org.entity in PLACES:
            values_of = activities.completed(org.entity, str(op.fields.get("kind") or ""), values_of)
    return Payload({**row, **values_of}, bool(values_of))


def _values_of(op: WriteOp, org: OrgFacts) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in tables.columns(org.entity, org.schema):
        if column.name in op.fields:
            written = _written(column, op.fields[column.name], org)
            if written is not UNSAID:
                row[column.field] = written
    for name, field in tables.REFERENCES[org.entity].items():
        if name in op.refs and org.schema.writable(field) is not None:
            row[field] = op.refs[name][0] if op.refs[name] else None
    return row


def _required(org: OrgFacts) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in tables.columns(org.entity, org.schema):
        if column.is_required:
            written = _written(column, None, org) or UNSAID
            first = org.stages.first if written is UNSAID else written
            if first:
                row[column.field] = first
    return row

"""Records as answers show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.hubspot.account import PORTAL_ID
from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.object_types import OBJECT_TYPES
from sandbox.hubspot.records import ObjectTable, Record
from sandbox.hubspot.state import AccountState
from sandbox.hubspot.times import iso

JsonObject = dict[str, Any]
_SINGULAR = {kind.name: kind.singular for kind in OBJECT_TYPES}


def show_record(table: ObjectTable, record: Record, names: Sequence[str]) -> JsonObject:
    """Return a record with the properties asked for, ``null`` where it has none.

    Names that are no properties of the type are left out. Without names the type's
    default properties are shown.
    """
    kind = table.kind
    wanted = dict.fromkeys((*names, "createdate", "hs_object_id", kind.modified) if names else kind.defaults)
    stored = record.properties
    properties = {name: stored.get(name) for name in sorted(wanted) if name in table.definitions}
    return _envelope(table, record, properties)


def show_written(table: ObjectTable, record: Record, names: Iterable[str] | None) -> JsonObject:
    """Return a record as a write answers it: what was written and the system's own values.

    ``names`` ``None`` (a new record) shows every value it has.
    """
    stored = record.properties
    if names is None:
        return _envelope(table, record, dict(sorted(stored.items())))
    kind = table.kind
    system = ("createdate", "hs_object_id", kind.modified, "hs_object_source", "hs_object_source_label")
    properties = {name: stored[name] for name in sorted({*names, *system}) if name in stored}
    return _envelope(table, record, properties)


def show_associations(
    state: AccountState, table: ObjectTable, record: Record, target_names: Iterable[str]
) -> JsonObject:
    """Return the ``associations`` part of a record for the target types asked for.

    Raises:
        VendorError: 400 for an unknown type.
    """
    shown: JsonObject = {}
    for spelling in target_names:
        target = state.table(spelling).kind.name
        linked = state.associations.targets((table.kind.name, record.record_id), target)
        results = [
            {"id": record_id, "type": _association_name(kind)} for record_id, kinds in linked.items() for kind in kinds
        ]
        if results:
            shown[target] = {"results": results}
    return shown


def _association_name(kind: AssociationType) -> str:
    pair = f"{_SINGULAR[kind.source]}_to_{_SINGULAR[kind.target]}"
    if kind.label is None:
        return f"{pair}_unlabeled" if kind.target == "companies" else pair
    return pair if kind.is_primary else kind.label.lower().replace(" ", "_")


def _envelope(table: ObjectTable, record: Record, properties: Mapping[str, str | None]) -> JsonObject:
    shown: JsonObject = {
        "id": record.record_id,
        "properties": properties,
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "archived": record.archived_ms is not None,
        "url": f"https://app.hubspot.com/contacts/{PORTAL_ID}/record/{table.kind.type_id}/{record.record_id}",
    }
    if record.archived_ms is not None:
        shown["archivedAt"] = iso(record.archived_ms)
    return shown

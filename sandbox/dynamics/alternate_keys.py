"""Alternate keys, and the switch of change tracking.

Source: Dataverse developer guide, define alternate keys for a table; change tracking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sandbox.dynamics.errors import DataverseError, bad_payload
from sandbox.dynamics.keys import look_at
from sandbox.dynamics.metadata import metadata_id
from sandbox.dynamics.new_columns import SCHEMA_NAME
from sandbox.dynamics.org import Org
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.schema.columns import KeyDef

_KEYS_MAX = 10


def make_key(org: Org, table: TableDef, body: Mapping[str, Any]) -> str:
    """Add an alternate key whose index is built later; returns its MetadataId.

    Raises:
        DataverseError: too many keys, no such column, or a name that is taken.
    """
    schema_name, names = str(body.get("SchemaName", "")), cast("list[str]", body.get("KeyAttributes") or [])
    name = schema_name.lower()
    if not SCHEMA_NAME.fullmatch(schema_name) or name in table.keys:
        raise DataverseError("0x80060893", f"The key {schema_name} exists already or has no valid name.")
    if len(table.keys) >= _KEYS_MAX:
        raise DataverseError("0x80060894", f"No more than {_KEYS_MAX} keys can be defined for an entity.")
    kinds = {table.columns[each].kind for each in names if each in table.columns}
    if not names or set(names) - table.columns.keys() or kinds - {"decimal", "integer", "string", "datetime", "lookup"}:
        raise DataverseError("0x80060895", "The key's attributes do not exist or cannot be part of a key.")
    key = KeyDef(
        key_id=metadata_id(table.name, "key", name),
        name=name,
        schema_name=schema_name,
        columns=tuple(names),
        made_at=org.seconds(),
    )
    table.keys[name] = key
    org.index(table.name, name)
    return key.key_id


def key_bodies(org: Org, table: TableDef, *, build_s: float) -> list[dict[str, Any]]:
    """Return a table's alternate keys; asking lets their indexes grow."""
    found: list[dict[str, Any]] = []
    for key in table.keys.values():
        look_at(key, now_s=org.seconds(), build_s=build_s)
        found.append(
            {
                "MetadataId": key.key_id,
                "LogicalName": key.name,
                "SchemaName": key.schema_name,
                "EntityLogicalName": table.name,
                "KeyAttributes": list(key.columns),
                "EntityKeyIndexStatus": key.status,
            }
        )
    return found


def change_table(table: TableDef, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Replace a table's definition; only change tracking can be switched, and only on.

    Raises:
        DataverseError: not the whole definition, or labels would be lost.
    """
    missing = {"MetadataId", "LogicalName", "SchemaName", "DisplayName"} - body.keys()
    if missing or headers.get("mscrm.mergelabels", "").lower() != "true":
        raise bad_payload(f"PUT takes the whole definition and MSCRM.MergeLabels: true; missing: {sorted(missing)}.")
    if table.tracked and not body.get("ChangeTrackingEnabled"):
        raise DataverseError("0x800609a1", "You can not disable change tracking for this entity.")
    table.tracked = bool(body.get("ChangeTrackingEnabled"))

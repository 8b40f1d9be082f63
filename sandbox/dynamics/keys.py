"""Rows named in a path: by id, or by the columns of an alternate key.

Source: Dataverse developer guide, use an alternate key to reference a record.
"""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.errors import DataverseError, no_such_key_value
from sandbox.dynamics.key_pairs import key_pairs
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.schema.columns import KeyDef
from sandbox.dynamics.values import guid

_LOOKS = 2
"""How often an index is asked about before it is ready."""


def find_row(org: Org, table: TableDef, key: str) -> Row:
    """Return the row that the text in a path's brackets names.

    Raises:
        DataverseError: no such row, no such key, or nothing that could be one.
    """
    record_id = as_guid(key)
    if record_id is not None:
        return org.row(table.name, record_id)
    pairs = key_pairs(table, key)
    found = find_by_key(org, table, pairs)
    if found is None:
        raise no_such_key_value(table.name)
    return found


def as_guid(key: str) -> str | None:
    """Return the id in a path's brackets, ``None`` when they hold something else."""
    try:
        return guid(key.strip())
    except ValueError:
        return None


def key_of(table: TableDef, names: set[str]) -> KeyDef:
    """Return the key that is made of these columns.

    Raises:
        DataverseError: there is none, or its index is not built.
    """
    for key in table.keys.values():
        if set(key.columns) == names and key.status == "Active":
            return key
    message = f"The specified key attributes are not a defined key for the {table.name} entity"
    raise DataverseError("0x80060890", message)


def find_by_key(org: Org, table: TableDef, pairs: dict[str, Any]) -> Row | None:
    """Return the row with an alternate key's value, ``None`` when there is none.

    Raises:
        DataverseError: there is no such key, or its index is not built.
    """
    key = key_of(table, set(pairs))
    row_id = org.id_by_key(table.name, key.name, pairs)
    return None if row_id is None else org.rows[table.name][row_id]


def look_at(key: KeyDef, *, now_s: float, build_s: float) -> None:
    """Let an index grow: pending, in progress, active; asked twice and after its time at the soonest."""
    key.looks += 1
    if key.looks >= _LOOKS and now_s - key.made_at >= build_s:
        key.status = "Active"
    elif key.status == "Pending":
        key.status = "InProgress"

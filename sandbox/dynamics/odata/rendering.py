"""Rows as the Web API shows them.

Source: Dataverse developer guide, query data using the Web API; recorded answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.dynamics.errors import bad_query
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.rules import title_of
from sandbox.dynamics.schema import Column, TableDef

_FORMATTED = "OData.Community.Display.V1.FormattedValue"
_LOGICAL = "Microsoft.Dynamics.CRM.lookuplogicalname"


def selected(table: TableDef, text: str | None) -> list[Column]:
    """Return the columns of a ``$select``, all without one; the primary key always.

    Raises:
        DataverseError: one of them does not exist.
    """
    if not text:
        return list(table.columns.values())
    found: dict[str, Column] = {}
    for name in (part.strip() for part in text.split(",")):
        column = table.by_shown(name)
        if column is None:
            raise bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.")
        found[column.name] = column
    found.setdefault(table.primary, table.columns[table.primary])
    return list(found.values())


def shown(org: Org, row: Row, columns: Iterable[Column], *, annotates: bool) -> dict[str, Any]:
    """Return a row as JSON."""
    body: dict[str, Any] = {"@odata.etag": f'W/"{row["versionnumber"]}"'}
    for column in columns:
        value = None if column.is_secret else row.get(column.name)
        if annotates and value is not None:
            body |= _annotations(org, column, value)
        body[column.shown] = value[1] if column.kind == "lookup" and value is not None else value
    return body


def _annotations(org: Org, column: Column, value: Any) -> dict[str, Any]:
    name = column.shown
    if column.kind == "lookup":
        notes = {f"{name}@{_LOGICAL}": value[0]}
        title = title_of(org, value)
        return notes | ({f"{name}@{_FORMATTED}": title} if title else {})
    text = formatted(column, value)
    return {} if text is None else {f"{name}@{_FORMATTED}": text}


def formatted(column: Column, value: Any) -> str | None:
    """Return what people read, ``None`` where the value is that itself."""
    if column.kind in ("picklist", "state", "status"):
        return next((each.label for each in column.options if each.value == value), None)
    if column.kind == "multiselect":
        labels = {str(each.value): each.label for each in column.options}
        return "; ".join(labels[each] for each in str(value).split(","))
    if column.kind == "boolean":
        return "Yes" if value else "No"
    if column.kind == "money":
        return f"${value:,.2f}"
    if column.kind in ("integer", "bigint", "decimal"):
        return f"{value:,}"
    return str(value) if column.kind in ("date", "datetime") else None


def context(base: str, table: TableDef, columns: Iterable[Column], text: str | None, *, tail: str = "") -> str:
    """Return the ``@odata.context`` of an answer."""
    part = f"({','.join(each.shown for each in columns)})" if text else ""
    return f"{base}$metadata#{table.set_name}{part}{tail}"

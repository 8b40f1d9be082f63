"""Values in the data contract form of the execution context."""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.org import Row
from sandbox.dynamics.schema import Column, TableDef
from sandbox.dynamics.times import wire_date

_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"


def entity(table: TableDef, row: Row, columns: list[Column]) -> dict[str, Any]:
    """Return a row with some of its columns."""
    return {
        "__type": f"Entity:{_CONTRACTS}",
        "Attributes": [{"key": each.name, "value": _value(each, row.get(each.name))} for each in columns],
        "EntityState": None,
        "FormattedValues": [],
        "Id": row[table.primary],
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def reference(table: str, row_id: str) -> dict[str, Any]:
    """Return a reference to a row."""
    return {
        "__type": f"EntityReference:{_CONTRACTS}",
        "Id": row_id,
        "KeyAttributes": [],
        "LogicalName": table,
        "Name": None,
        "RowVersion": None,
    }


def _value(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "lookup":
        return reference(value[0], value[1])
    if column.kind in ("picklist", "state", "status"):
        return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value}
    if column.kind == "money":
        return {"__type": f"Money:{_CONTRACTS}", "Value": value}
    if column.kind == "datetime":
        return wire_date(str(value))
    return wire_date(f"{value}T00:00:00Z") if column.kind == "date" else value

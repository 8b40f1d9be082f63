"""RemoteExecutionContext: the body of a webhook.

Source: Dataverse developer guide, use webhooks (sample body).
"""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.account import ORGANIZATION_ID, constant_id
from sandbox.dynamics.org import EMPTY_ID, Change, Org, Row
from sandbox.dynamics.schema import Column, TableDef
from sandbox.dynamics.times import wire_date

_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"


def context_of(org: Org, change: Change, step: Row) -> dict[str, Any]:
    """Return what a step is told of a change."""
    shared: dict[str, Any] = {
        "BusinessUnitId": constant_id("business unit"),
        "CorrelationId": org.new_id(),
        "Depth": 1,
        "InitiatingUserAzureActiveDirectoryObjectId": EMPTY_ID,
        "InitiatingUserId": change.by,
        "InputParameters": _inputs(org, change),
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": change.message,
        "Mode": 1,
        "OperationCreatedOn": wire_date(org.now),
        "OperationId": org.new_id(),
        "OrganizationId": ORGANIZATION_ID,
        "OrganizationName": "contoso",
        "OutputParameters": [],
        "OwningExtension": reference("sdkmessageprocessingstep", step["sdkmessageprocessingstepid"]),
        "PostEntityImages": [],
        "PreEntityImages": [],
        "PrimaryEntityId": change.row_id,
        "PrimaryEntityName": change.table,
        "RequestId": None,
        "SecondaryEntityName": "none",
        "SharedVariables": [],
        "UserId": change.by,
    }
    parent = {**shared, "ParentContext": None, "OwningExtension": None, "Stage": 30}
    return {**shared, "ParentContext": parent, "Stage": 40}


def _inputs(org: Org, change: Change) -> list[dict[str, Any]]:
    table = org.tables[change.table]
    if change.message in ("Win", "Lose"):
        close = org.tables["opportunityclose"]
        row = change.extra["OpportunityClose"]
        value = entity(close, row, [each for each in close.columns.values() if row.get(each.name) is not None])
        return [{"key": "OpportunityClose", "value": value}, {"key": "Status", "value": {"Value": -1}}]
    if change.message in ("Delete", "Merge", "QualifyLead") or change.after is None:
        name = "LeadId" if change.message == "QualifyLead" else "Target"
        found = [{"key": name, "value": reference(change.table, change.row_id)}]
        return found + [{"key": key, "value": value} for key, value in change.extra.items()]
    row = change.after
    names = {*change.sent, table.primary, "modifiedon", "modifiedby"} if change.message == "Update" else set(row)
    columns = [
        each
        for each in table.columns.values()
        if each.name in names and not (change.message == "Create" and row.get(each.name) is None)
    ]
    return [{"key": "Target", "value": entity(table, row, columns)}]


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

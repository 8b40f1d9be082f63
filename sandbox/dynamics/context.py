"""RemoteExecutionContext: the body of a webhook.

Source: Dataverse developer guide, use webhooks (sample body).
"""

from __future__ import annotations

from typing import Any

from sandbox.dynamics.account import ORGANIZATION_ID, constant_id
from sandbox.dynamics.contracts import entity, reference
from sandbox.dynamics.org import EMPTY_ID, Change, Org, Row
from sandbox.dynamics.times import wire_date


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

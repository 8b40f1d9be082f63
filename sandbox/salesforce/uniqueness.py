"""Unique fields and duplicate rules."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import Row, Table, folded

_MATCHED_BY = {"Contact": "Email", "Lead": "Email", "Account": "Name"}


def check_unique(table: Table, row: Row) -> None:
    """Refuse a value that a unique field holds in another live record.

    Raises:
        SalesforceError: DUPLICATE_VALUE, naming the other record.
    """
    for made in table.sobject.fields.values():
        value = row.get(made.name) if made.unique else None
        if value is None:
            continue
        for other in _others(table, made.name, row):
            if not made.case_sensitive or other[made.name] == value:
                message = f"duplicate value found: {made.name} duplicates value on record with id: {other['Id'][:15]}"
                raise SalesforceError("DUPLICATE_VALUE", message, fields=[])
    for names in table.sobject.unique_together:
        for other in _others(table, names[0], row):
            if all(folded(other.get(name)) == folded(row.get(name)) for name in names):
                message = f"duplicate value found: <unknown> duplicates value on record with id: {other['Id'][:15]}"
                raise SalesforceError("DUPLICATE_VALUE", message, fields=[])


def check_assignment(table: Table, row: Row) -> None:
    """Refuse to give a user the same permission set twice.

    Raises:
        SalesforceError: DUPLICATE_VALUE in the words recorded for it.
    """
    for other in _others(table, "AssigneeId", row):
        if other["PermissionSetId"] == row["PermissionSetId"]:
            assignee, granted = row["AssigneeId"][:15], row["PermissionSetId"][:15]
            message = f"Duplicate PermissionSetAssignment.  Assignee: {assignee}; Permission Set: {granted}"
            raise SalesforceError("DUPLICATE_VALUE", message, fields=["AssigneeId", "PermissionSetId"])


def check_duplicate_rules(org: Org, sobject: SObject, row: Row, *, before: Row | None, actor: Actor) -> None:
    """Refuse what an active duplicate rule matches, unless an alert is overridden.

    Raises:
        SalesforceError: DUPLICATES_DETECTED with the records found.
    """
    action = org.switches.duplicate_rules.get(sobject.name)
    name = _MATCHED_BY.get(sobject.name)
    if action is None or name is None or row.get(name) is None or not actor.by_api:
        return
    if before is not None and before.get(name) == row.get(name):
        return
    if action == "alert" and actor.allow_duplicates:
        return
    others = _others(org.tables[sobject.name], name, row)
    if others:
        raise _detected(sobject.name, [other["Id"] for other in others], allow_save=action == "alert")


def _others(table: Table, name: str, row: Row) -> list[Row]:
    found = (table.get(record_id) for record_id in table.ids_by(name, row.get(name)))
    return [other for other in found if other and other["Id"] != row.get("Id") and not other.get("IsDeleted")]


def _detected(name: str, ids: list[str], *, allow_save: bool) -> SalesforceError:
    sentence = "Use one of these records?"
    records: list[dict[str, Any]] = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {"type": name, "url": f"/services/data/v67.0/sobjects/{name}/{record_id}"},
                "Id": record_id,
            },
        }
        for record_id in ids
    ]
    match: dict[str, Any] = {
        "entityType": name,
        "errors": [],
        "matchEngine": "FuzzyMatchEngine",
        "matchRecords": records,
        "rule": f"Standard_{name}_Match_Rule_v1_1",
        "size": len(records),
        "success": True,
    }
    result: dict[str, Any] = {
        "allowSave": allow_save,
        "duplicateRule": f"Standard_{name}_Duplicate_Rule",
        "duplicateRuleEntityType": name,
        "errorMessage": sentence,
        "matchResults": [match],
    }
    return SalesforceError("DUPLICATES_DETECTED", sentence, extra={"duplicateResult": result})

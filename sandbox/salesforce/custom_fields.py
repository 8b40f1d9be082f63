"""Custom fields: created through the tooling API, invisible until granted.

Source: Salesforce tooling API guide (CustomField), metadata API guide (CustomField).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.custom_field_types import custom_field, unfit
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Row

MAX_EXTERNAL_IDS = 25
_NAME = re.compile(r"(?=.{4,43}\Z)[A-Za-z](?:_?[A-Za-z0-9])*__c\Z")
_ACTIVITIES = ("Task", "Event")
_CUSTOMIZABLE = ("Account", "Contact", "Lead", "Opportunity", "User", "OpportunityContactRole")


def create_custom_field(org: Org, full_name: str, metadata: Mapping[str, Any]) -> Row:
    """Add a field to an object, or to Task and Event for ``Activity``.

    Returns:
        The tooling row.

    Raises:
        SalesforceError: malformed name, unknown type, a property that does not fit.
    """
    object_name, _, name = full_name.partition(".")
    targets = _targets(org, object_name, full_name)
    if not _NAME.match(name):
        message = (
            f"The field API Name can only contain underscores and alphanumeric characters: {name}. It must "
            "begin with a letter, end with __c and not contain two consecutive underscores before that"
        )
        raise unfit(message)
    made = custom_field(org, name, metadata)
    for target in targets:
        _check_free(target, made)
    for target in targets:
        target.add(made)
        org.tables[target.name].index(made)
    developer_name = name.removesuffix("__c")
    row = {"DeveloperName": developer_name, "TableEnumOrId": object_name, "FullName": full_name}
    return org.store_quietly("CustomField", {**row, "Metadata": dict(metadata)})


def change_custom_field(org: Org, row: Row, metadata: Mapping[str, Any]) -> None:
    """Put other metadata in a field's place; values that are left out are active no longer.

    Raises:
        SalesforceError: another type, or a property that does not fit.
    """
    object_name, _, name = str(row["FullName"]).partition(".")
    if metadata.get("type") != row["Metadata"]["type"]:
        raise unfit("Cannot change the type of a field that is in use")
    made = custom_field(org, name, metadata)
    for target in _targets(org, object_name, row["FullName"]):
        target.add(made)
    org.tables["CustomField"].put({**row, "Metadata": dict(metadata)})


def delete_custom_field(org: Org, row: Row) -> None:
    """Remove a field, its values and the grants on it."""
    object_name, _, name = str(row["FullName"]).partition(".")
    for target in _targets(org, object_name, row["FullName"]):
        table = org.tables[target.name]
        target.remove(name)
        table.forget(name)
        for each in list(table):
            if name in each:
                table.put({key: value for key, value in each.items() if key != name})
        grants = org.tables["FieldPermissions"]
        for grant in list(grants):
            if grant["Field"] == f"{target.name}.{name}":
                grants.drop(grant["Id"])
    org.tables["CustomField"].drop(row["Id"])


def _targets(org: Org, object_name: str, full_name: str) -> list[SObject]:
    if object_name == "Activity":
        return [org.objects[name] for name in _ACTIVITIES]
    if object_name not in _CUSTOMIZABLE:
        raise unfit(f"Entity Enumeration Or ID: bad value for restricted picklist field: {full_name}")
    return [org.objects[object_name]]


def _check_free(target: SObject, made: Field) -> None:
    if target.find(made.name) is not None:
        shown = made.name.removesuffix("__c")
        message = f"There is already a field named {shown} on {target.name}."
        raise SalesforceError("DUPLICATE_DEVELOPER_NAME", message, fields=["DeveloperName"])
    keys = sum(1 for each in target.fields.values() if each.custom and each.external_id)
    if made.external_id and keys >= MAX_EXTERNAL_IDS:
        message = f"You have reached the maximum number of {MAX_EXTERNAL_IDS} external ID fields on {target.name}"
        raise SalesforceError("LIMIT_EXCEEDED", message, fields=[])

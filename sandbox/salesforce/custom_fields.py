"""Custom fields: created through the tooling API, invisible until granted.

Source: Salesforce tooling API guide (CustomField), metadata API guide (CustomField).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce.calls import listing, mapping
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Row

MAX_EXTERNAL_IDS = 25
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c\Z")
_ACTIVITIES = ("Task", "Event")
_CUSTOMIZABLE = ("Account", "Contact", "Lead", "Opportunity", "User", "OpportunityContactRole")
_MOST_DIGITS = 18
_TYPES: dict[str, str] = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Lookup": "reference",
}
_LENGTHS = {"Email": 80, "Phone": 40, "Url": 255, "TextArea": 255, "Picklist": 255, "MultiselectPicklist": 4099}


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
        raise _integrity(message)
    made = _field(org, name, metadata)
    for target in targets:
        _check_free(target, made)
    for target in targets:
        target.add(made)
        org.tables[target.name].index(made)
    developer_name = name.removesuffix("__c")
    row = {"DeveloperName": developer_name, "TableEnumOrId": object_name, "FullName": full_name}
    return org.store_quietly("CustomField", row)


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
        raise _integrity(f"Entity Enumeration Or ID: bad value for restricted picklist field: {full_name}")
    return [org.objects[object_name]]


def _field(org: Org, name: str, metadata: Mapping[str, Any]) -> Field:
    kind, label = metadata.get("type"), metadata.get("label")
    missing = [key for key, value in (("type", kind), ("label", label)) if not value]
    if missing:
        raise required_missing(missing)
    if kind not in _TYPES:
        raise _integrity(f"Data Type: bad value for restricted picklist field: {kind}")
    options: dict[str, Any] = {"name": name, "type": _TYPES[kind], "label": str(label), "custom": True}
    build = _BUILDERS.get(str(kind))
    if build is not None:
        options.update(build(metadata))
    elif kind in _LENGTHS:
        options["length"] = _LENGTHS[kind]
    if kind == "Lookup":
        options.update(_lookup(org, name, metadata))
    options.update(_flags(str(kind), metadata))
    return Field(**options)


def _text(metadata: Mapping[str, Any]) -> dict[str, Any]:
    length = metadata.get("length")
    if not isinstance(length, int) or not 1 <= length <= 255:
        raise _integrity("Invalid length, maximum is: 255" if length else "Length: a value is required")
    return {"length": length}


def _long_text(metadata: Mapping[str, Any]) -> dict[str, Any]:
    length = metadata.get("length")
    if not isinstance(length, int) or not 256 <= length <= 131_072:
        raise _integrity("Invalid length, minimum is: 256")
    return {"length": length, "filterable": False, "sortable": False}


def _number(metadata: Mapping[str, Any]) -> dict[str, Any]:
    precision, scale = metadata.get("precision"), metadata.get("scale")
    if not isinstance(precision, int) or not isinstance(scale, int):
        raise _integrity("Precision and scale are required for a number")
    if not 1 <= precision <= _MOST_DIGITS or not 0 <= scale <= precision:
        raise _integrity("Precision must be at most 18 and not less than scale")
    return {"digits": (precision, scale)}


def _checkbox(metadata: Mapping[str, Any]) -> dict[str, Any]:
    if metadata.get("required") is not None:
        raise _integrity("Can not specify 'required' for a CustomField of type Checkbox")
    default = str(metadata.get("defaultValue", "false")).lower() == "true"
    return {"nillable": False, "defaulted": True, "default": default}


def _picklist(metadata: Mapping[str, Any]) -> dict[str, Any]:
    value_set = mapping(metadata.get("valueSet"))
    members = [mapping(each) for each in listing(mapping(value_set.get("valueSetDefinition")).get("value"))]
    values = tuple(str(each.get("fullName") or each.get("valueName")) for each in members)
    if not values:
        raise _integrity("A picklist needs a value set with at least one value")
    restricted = bool(value_set.get("restricted", False))
    multiple = metadata.get("type") == "MultiselectPicklist"
    return {"length": 4099 if multiple else 255, "values": values, "restricted": restricted}


def _lookup(org: Org, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    target = str(metadata.get("referenceTo"))
    if target not in org.objects:
        raise _integrity(f"referenceTo value of '{target}' does not resolve to a valid sObject type")
    relationship = f"{name.removesuffix('__c')}__r"
    return {"length": 18, "reference_to": (target,), "relationship": relationship}


_BUILDERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "Text": _text,
    "LongTextArea": _long_text,
    "Number": _number,
    "Currency": _number,
    "Percent": _number,
    "Checkbox": _checkbox,
    "Picklist": _picklist,
    "MultiselectPicklist": _picklist,
}


def _flags(kind: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"external_id": bool(metadata.get("externalId")), "unique": bool(metadata.get("unique"))}
    if wanted["external_id"] and kind not in {"Text", "Number", "Email"}:
        raise _integrity(f"Can not specify 'externalId' for a CustomField of type {kind}")
    if wanted["unique"] and kind not in {"Text", "Number", "Email"}:
        raise _integrity(f"Can not specify 'unique' for a CustomField of type {kind}")
    required = bool(metadata.get("required"))
    sensitive = bool(metadata.get("caseSensitive")) and kind == "Text"
    flags: dict[str, Any] = {**wanted, "case_sensitive": sensitive, "id_lookup": wanted["external_id"]}
    return {**flags, "nillable": False, "grantable": False} if required else flags


def _check_free(target: SObject, made: Field) -> None:
    if target.find(made.name) is not None:
        shown = made.name.removesuffix("__c")
        message = f"There is already a field named {shown} on {target.name}."
        raise SalesforceError("DUPLICATE_DEVELOPER_NAME", message, fields=["DeveloperName"])
    keys = sum(1 for each in target.fields.values() if each.custom and each.external_id)
    if made.external_id and keys >= MAX_EXTERNAL_IDS:
        message = f"You have reached the maximum number of {MAX_EXTERNAL_IDS} external ID fields on {target.name}"
        raise SalesforceError("LIMIT_EXCEEDED", message, fields=[])


def _integrity(message: str) -> SalesforceError:
    return SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=[])

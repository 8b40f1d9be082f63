"""Definitions of tables and columns.

Source: Dataverse developer guide, query table definitions using the Web API; recorded answers.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.dynamics.errors import DataverseError, bad_query, no_segment
from sandbox.dynamics.org import Org
from sandbox.dynamics.schema import Column, TableDef

CAST = "Microsoft.Dynamics.CRM."
_TYPES = {
    "string": "String",
    "memo": "Memo",
    "integer": "Integer",
    "bigint": "BigInt",
    "decimal": "Decimal",
    "money": "Money",
    "boolean": "Boolean",
    "picklist": "Picklist",
    "multiselect": "MultiSelectPicklist",
    "state": "State",
    "status": "Status",
    "lookup": "Lookup",
    "datetime": "DateTime",
    "date": "DateTime",
    "guid": "Uniqueidentifier",
}
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9]{1,7}_[A-Za-z][A-Za-z0-9_]*")
_KEYS_MAX = 10
_NAMESPACE = uuid.UUID("5a9c2f0e-6d1b-4d0a-9d0e-0d65f1c9a301")


def metadata_id(*names: str) -> str:
    """Return the constant id of a definition."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))


def find_table(org: Org, key: str) -> TableDef:
    """Return the table that ``LogicalName='…'`` or a MetadataId in a path's brackets names.

    Raises:
        DataverseError: there is none.
    """
    name = key.partition("=")[2].strip("'") if key.startswith("LogicalName=") else ""
    for table in org.tables.values():
        if table.name == name or metadata_id(table.name) == key:
            return table
    raise DataverseError("0x80060888", f"Could not find an entity with name {name or key}.", status=404)


def entity_body(table: TableDef) -> dict[str, Any]:
    """Return a table's definition."""
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.name.capitalize(),
        "EntitySetName": table.set_name,
        "PrimaryIdAttribute": table.primary,
        "PrimaryNameAttribute": table.title,
        "ChangeTrackingEnabled": table.tracked,
        "IsActivity": table.is_activity,
        "DisplayName": _label(table.name.capitalize()),
    }


def _label(text: str) -> dict[str, Any]:
    one = {"Label": text, "LanguageCode": 1033, "IsManaged": False, "HasChanged": None}
    return {"LocalizedLabels": [one], "UserLocalizedLabel": one}


def type_name(column: Column) -> str:
    """Return the metadata type of a column, such as ``StringAttributeMetadata``."""
    return f"{_TYPES[column.kind]}AttributeMetadata"


def column_body(table: TableDef, column: Column) -> dict[str, Any]:
    """Return a column's definition with what belongs to its type."""
    body: dict[str, Any] = {
        "@odata.type": f"#{CAST}{type_name(column)}",
        "MetadataId": metadata_id(table.name, column.name),
        "LogicalName": column.name,
        "SchemaName": column.schema_name or column.name,
        "AttributeType": _TYPES[column.kind],
        "AttributeTypeName": {"Value": f"{_TYPES[column.kind]}Type"},
        "DisplayName": _label(column.label or column.name),
        "IsCustomAttribute": column.is_custom,
        "IsValidForCreate": column.can_create,
        "IsValidForUpdate": column.can_update,
        "IsValidForRead": not column.is_secret,
        "IsPrimaryId": column.name == table.primary,
        "IsPrimaryName": column.name == table.title,
        "RequiredLevel": {"Value": "SystemRequired" if column.name == table.primary else "None"},
    }
    if column.kind in ("string", "memo"):
        body |= {"MaxLength": column.max_length, "Format": column.format}
    if column.kind in ("datetime", "date"):
        body["Format"] = "DateOnly" if column.kind == "date" else "DateAndTime"
    if column.kind in ("integer", "decimal", "money"):
        body |= {"MinValue": column.low, "MaxValue": column.high}
    if column.kind in ("decimal", "money"):
        body["Precision"] = column.precision
    if column.kind == "lookup":
        body["Targets"] = sorted(set(column.targets.values()))
    return body


def option_set(column: Column) -> dict[str, Any]:
    """Return a choice's options."""
    options: list[dict[str, Any]] = []
    for each in column.options:
        option: dict[str, Any] = {"Value": each.value, "Label": _label(each.label)}
        options.append(option | ({"State": each.state} if column.kind == "status" else {}))
    return {"MetadataId": metadata_id("options", column.name), "Options": options}


def attributes(table: TableDef, *, cast: str, args: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the definitions of a table's columns, those of one type with ``cast``.

    Raises:
        DataverseError: an option or a filter that is not understood.
    """
    wanted = cast.removeprefix(CAST)
    found = [column for column in table.columns.values() if not wanted or type_name(column) == wanted]
    if wanted and wanted.removesuffix("AttributeMetadata") not in _TYPES.values():
        raise no_segment(cast)
    derived = {"MaxLength", "Precision", "MinValue", "MaxValue"} & set(args.get("$select", "").split(","))
    if derived and not wanted:
        raise bad_query(f"Could not find a property named '{sorted(derived)[0]}' on type 'AttributeMetadata'.")
    expands = "OptionSet" in args.get("$expand", "")
    if expands and wanted.removesuffix("AttributeMetadata") not in (
        "Picklist",
        "MultiSelectPicklist",
        "State",
        "Status",
    ):
        raise bad_query("Could not find a property named 'OptionSet' on type 'AttributeMetadata'.")
    bodies = [column_body(table, column) | ({"OptionSet": option_set(column)} if expands else {}) for column in found]
    return narrowed(bodies, args)


def narrowed(bodies: list[dict[str, Any]], args: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return definitions as ``$filter`` (equalities only) and ``$select`` want them.

    Raises:
        DataverseError: another kind of filter, or a property that does not exist.
    """
    text = args.get("$filter")
    if text:
        for part in text.split(" and "):
            match = re.fullmatch(r"\s*(\w+) eq (?:'((?:[^']|'')*)'|(true|false))\s*", part)
            if match is None:
                raise bad_query(f"Metadata can be filtered by equality only: '{text[:100]}'.")
            value: Any = match[2].replace("''", "'") if match[2] is not None else match[3] == "true"
            bodies = [each for each in bodies if each.get(match[1]) == value]
    names = [each.strip() for each in args.get("$select", "").split(",") if each.strip()]
    kept = {"@odata.type", "MetadataId", "OptionSet"}
    return [{key: value for key, value in each.items() if not names or key in {*names, *kept}} for each in bodies]

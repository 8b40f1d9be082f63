"""New columns, as their definitions describe them.

Source: Dataverse developer guide, create and update column definitions using the Web API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.dynamics.column_makers import MAKERS, text_of
from sandbox.dynamics.errors import DataverseError, bad_payload
from sandbox.dynamics.metadata import CAST, metadata_id
from sandbox.dynamics.schema import TableDef

SCHEMA_NAME = re.compile(r"[a-z][a-z0-9]{1,7}_[A-Za-z][A-Za-z0-9_]*")


def make_column(table: TableDef, body: Mapping[str, Any]) -> str:
    """Add a column; returns its MetadataId.

    Raises:
        DataverseError: no valid name, a name that is taken, or a type that cannot be made.
    """
    if table.name == "annotation":
        raise DataverseError("0x80047008", "The specified entity is not customizable")
    schema_name = str(body.get("SchemaName", ""))
    name = schema_name.lower()
    if not SCHEMA_NAME.fullmatch(schema_name):
        message = f"Invalid name for attribute {schema_name}. Custom attribute names must start with a valid prefix."
        raise DataverseError("0x80048062", message)
    if name in table.columns:
        raise DataverseError("0x80047013", "An attribute with the specified name already exists")
    kind = str(body.get("@odata.type", "")).removeprefix("#").removeprefix(CAST).removesuffix("AttributeMetadata")
    maker = MAKERS.get(kind)
    if maker is None:
        raise bad_payload(f"Columns of the type '{kind}' cannot be created here.")
    made = maker(name, body)
    label = text_of(body.get("DisplayName"))
    if not label:
        raise bad_payload("DisplayName is required.")
    table.columns[name] = replace(made, schema_name=schema_name, label=label, is_custom=True)
    return metadata_id(table.name, name)

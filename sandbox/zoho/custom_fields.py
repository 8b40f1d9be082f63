"""Custom fields made through the metadata API."""

from __future__ import annotations

import re
from typing import Any, cast

from sandbox.zoho.errors import ZohoError, invalid_value, limit_exceeded, mandatory
from sandbox.zoho.fields import Field, choices
from sandbox.zoho.org import Org
from sandbox.zoho.records import Table

JsonObject = dict[str, Any]
FIELDS_MAX = 5
UNIQUE_MAX = 2
_CUSTOM_MAX = 300
_ACTIVITIES = ("Tasks", "Events", "Calls")
_LENGTHS = {
    "text": 255, "email": 100, "phone": 30, "integer": 9, "bigint": 18, "double": 18, "currency": 16, "percent": 5,
    "website": 450, "textarea": 50_000,
}  # fmt: skip
_TYPES = frozenset({*_LENGTHS, "picklist", "multiselectpicklist", "date", "datetime", "boolean"})
_TEXTAREAS = {"small": 2_000, "large": 32_000, "rich_text": 50_000}


def create_fields(org: Org, table: Table, body: JsonObject) -> list[JsonObject]:
    """Make up to five fields, each answered by itself.

    The answer tells the id and not the API name: that is the vendor's to choose.

    Raises:
        ZohoError: the module takes none, there are none, or too many at once.
    """
    if table.module.name == "Notes":
        raise ZohoError(code="INVALID_MODULE", message="The given module is not supported in API")
    rows = body.get("fields")
    if not isinstance(rows, list) or not rows:
        raise mandatory("fields", "$.fields")
    if len(cast("list[object]", rows)) > FIELDS_MAX:
        raise limit_exceeded("only 5 fields can be created at a time", limit=FIELDS_MAX, api_name="fields")
    answers: list[JsonObject] = []
    for place, row in enumerate(cast("list[JsonObject]", rows)):
        try:
            made = _field(org, table, row, f"$.fields[{place}]")
        except ZohoError as error:
            answers.append(error.as_json())
            continue
        table.module.fields[made.api_name] = made
        table.reindex()
        details = {"id": made.field_id}
        answers.append({"code": "SUCCESS", "details": details, "message": "field created", "status": "success"})
    return answers


def _field(org: Org, table: Table, row: JsonObject, path: str) -> Field:
    label, data_type = row.get("field_label"), row.get("data_type")
    if not isinstance(label, str) or not label.strip():
        raise mandatory("field_label", f"{path}.field_label")
    if data_type not in _TYPES:
        raise invalid_value("data_type", f"{path}.data_type")
    if any(each.label.casefold() == label.casefold() for each in table.module.fields.values()):
        message = "Field with same name already exists"
        raise ZohoError(code="DUPLICATE_DATA", message=message, details={"api_name": "field_label", "json_path": path})
    if sum(each.custom for each in table.module.fields.values()) >= _CUSTOM_MAX:
        raise limit_exceeded("custom field limit exceeded", limit=_CUSTOM_MAX)
    unique = row.get("unique")
    if unique is not None:
        _check_unique(org, table, str(data_type), path)
    textarea, length = _length(row, str(data_type), path)
    return Field(
        api_name=_api_name(table, label),
        label=label,
        data_type=str(data_type),
        field_id=org.new_id(),
        length=length,
        custom=True,
        unique=unique is not None,
        textarea=textarea,
        options=_options(row, str(data_type), path),
    )


def _check_unique(org: Org, table: Table, data_type: str, path: str) -> None:
    if data_type not in ("text", "email", "phone", "integer", "bigint"):
        raise invalid_value("unique", f"{path}.unique")
    if table.module.name in _ACTIVITIES and not org.options.unique_activities:
        raise ZohoError(code="NOT_SUPPORTED", message="unique fields are not supported for this module")
    if sum(each.unique for each in table.module.fields.values()) >= UNIQUE_MAX:
        raise limit_exceeded("only two unique fields can be created in a module", limit=UNIQUE_MAX)


def _length(row: JsonObject, data_type: str, path: str) -> tuple[str, int]:
    if data_type == "textarea":
        told = row.get("textarea")
        kind = cast("JsonObject", told).get("type") if isinstance(told, dict) else None
        if kind not in _TEXTAREAS:
            raise mandatory("type", f"{path}.textarea.type")
        return str(kind), _TEXTAREAS[str(kind)]
    most = _LENGTHS.get(data_type, 120)
    length = row.get("length", most)
    if not isinstance(length, int) or not 1 <= length <= most:
        raise invalid_value("length", f"{path}.length", maximum_length=most)
    return "", length


def _options(row: JsonObject, data_type: str, path: str) -> list[JsonObject]:
    if data_type not in ("picklist", "multiselectpicklist"):
        return []
    told = row.get("pick_list_values")
    if not isinstance(told, list) or not told:
        raise mandatory("pick_list_values", f"{path}.pick_list_values")
    values = [str(each.get("actual_value") or "") for each in cast("list[JsonObject]", told)]
    if not all(values) or len(set(values)) != len(values):
        raise invalid_value("pick_list_values", f"{path}.pick_list_values")
    return choices(*values)


def _api_name(table: Table, label: str) -> str:
    stem = re.sub(r"[^0-9A-Za-z]+", "_", label).strip("_") or "Field"
    stem = stem if stem[0].isalpha() else f"Field_{stem}"
    name, number = stem, 1
    while name in table.module.fields:
        name, number = f"{stem}{number}", number + 1
    return name

"""Custom fields' types: from metadata to a field.

Source: Salesforce metadata API guide (CustomField).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce.calls import listing, mapping
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field

_MOST_DIGITS = 18
_LABEL_MAX = 40
_WITH_LINES = frozenset({"LongTextArea", "MultiselectPicklist"})
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


def custom_field(org: Org, name: str, metadata: Mapping[str, Any]) -> Field:
    """Make a field of its metadata.

    Raises:
        SalesforceError: unknown type, or a property that does not fit it.
    """
    kind, label = metadata.get("type"), metadata.get("label")
    missing = [key for key, value in (("type", kind), ("label", label)) if not value]
    if missing:
        raise required_missing(missing)
    if kind not in _TYPES:
        raise unfit(f"Data Type: bad value for restricted picklist field: {kind}")
    if len(str(label)) > _LABEL_MAX:
        raise unfit(f"Label: data value too large: {label} (max length={_LABEL_MAX})")
    if kind in _WITH_LINES and not isinstance(metadata.get("visibleLines"), int):
        raise unfit("Visible Lines: a value is required")
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
        raise unfit("Invalid length, maximum is: 255" if length else "Length: a value is required")
    return {"length": length}


def _long_text(metadata: Mapping[str, Any]) -> dict[str, Any]:
    length = metadata.get("length")
    if not isinstance(length, int) or not 256 <= length <= 131_072:
        raise unfit("Invalid length, minimum is: 256")
    return {"length": length, "filterable": False, "sortable": False}


def _number(metadata: Mapping[str, Any]) -> dict[str, Any]:
    precision, scale = metadata.get("precision"), metadata.get("scale")
    if not isinstance(precision, int) or not isinstance(scale, int):
        raise unfit("Precision and scale are required for a number")
    if not 1 <= precision <= _MOST_DIGITS or not 0 <= scale <= precision:
        raise unfit("Precision must be at most 18 and not less than scale")
    return {"digits": (precision, scale)}


def _checkbox(metadata: Mapping[str, Any]) -> dict[str, Any]:
    if metadata.get("required") is not None:
        raise unfit("Can not specify 'required' for a CustomField of type Checkbox")
    default = str(metadata.get("defaultValue", "false")).lower() == "true"
    return {"nillable": False, "defaulted": True, "default": default}


def _picklist(metadata: Mapping[str, Any]) -> dict[str, Any]:
    value_set = mapping(metadata.get("valueSet"))
    members = [mapping(each) for each in listing(mapping(value_set.get("valueSetDefinition")).get("value"))]
    values = tuple(str(each.get("fullName") or each.get("valueName")) for each in members)
    if not values:
        raise unfit("A picklist needs a value set with at least one value")
    if len({each.lower() for each in values}) < len(values):
        raise unfit("Duplicate value in the value set")
    restricted = bool(value_set.get("restricted", False))
    multiple = metadata.get("type") == "MultiselectPicklist"
    return {"length": 4099 if multiple else 255, "values": values, "restricted": restricted}


def _lookup(org: Org, name: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    target = str(metadata.get("referenceTo"))
    if target not in org.objects:
        raise unfit(f"referenceTo value of '{target}' does not resolve to a valid sObject type")
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
        raise unfit(f"Can not specify 'externalId' for a CustomField of type {kind}")
    if wanted["unique"] and kind not in {"Text", "Number", "Email"}:
        raise unfit(f"Can not specify 'unique' for a CustomField of type {kind}")
    required = bool(metadata.get("required"))
    sensitive = bool(metadata.get("caseSensitive")) and kind == "Text"
    flags: dict[str, Any] = {**wanted, "case_sensitive": sensitive, "id_lookup": wanted["external_id"]}
    return {**flags, "nillable": False, "grantable": False} if required else flags


def unfit(message: str) -> SalesforceError:
    """Build the refusal of metadata that cannot be."""
    return SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=[])

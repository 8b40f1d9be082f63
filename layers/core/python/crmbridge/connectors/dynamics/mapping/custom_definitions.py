"""How a column that a workspace wants is defined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors.dynamics.mapping.custom import DIGITS, LARGEST, column_of
from crmbridge.domain.custom_fields import CustomField


def label(text: str) -> dict[str, Any]:
    """Return a text as definitions carry it, in English."""
    kind = "Microsoft.Dynamics.CRM.LocalizedLabel"
    one = {"@odata.type": kind, "Label": text, "LanguageCode": 1033}
    return {"@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": [one]}


def definition(custom: CustomField) -> dict[str, Any]:
    """Return the definition of a custom field's new column."""
    type_name, parts = _parts(custom)
    return {
        "@odata.type": f"Microsoft.Dynamics.CRM.{type_name}AttributeMetadata",
        "SchemaName": column_of(custom),
        "DisplayName": label(custom.label or custom.name),
        "Description": label("Kept in step by CRM Bridge."),
        "RequiredLevel": {"Value": "None"},
        **parts,
    }


def _parts(custom: CustomField) -> tuple[str, dict[str, Any]]:
    numbers = {"MinValue": -LARGEST, "MaxValue": LARGEST, "Precision": DIGITS}
    day = {"Format": "DateOnly", "DateTimeBehavior": {"Value": "DateOnly"}}
    moment = {"Format": "DateAndTime", "DateTimeBehavior": {"Value": "UserLocal"}}
    flag = {
        "@odata.type": "Microsoft.Dynamics.CRM.BooleanOptionSetMetadata",
        "TrueOption": {"Value": 1, "Label": label("Yes")},
        "FalseOption": {"Value": 0, "Label": label("No")},
        "OptionSetType": "Boolean",
    }
    choice = {
        "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata",
        "IsGlobal": False,
        "OptionSetType": "Picklist",
        "Options": [{"Value": 100_000_000 + place, "Label": label(each)} for place, each in enumerate(custom.options)],
    }
    parts: Mapping[str, tuple[str, dict[str, Any]]] = {
        "text": ("String", {"MaxLength": 4000, "FormatName": {"Value": "Text"}}),
        "url": ("String", {"MaxLength": 4000, "FormatName": {"Value": "Url"}}),
        "long_text": ("Memo", {"MaxLength": 100_000}),
        "number": ("Decimal", numbers),
        "boolean": ("Boolean", {"DefaultValue": False, "OptionSet": flag}),
        "date": ("DateTime", day),
        "datetime": ("DateTime", moment),
        "choice": ("Picklist", {"OptionSet": choice}),
        "choices": ("MultiSelectPicklist", {"OptionSet": choice}),
    }
    return parts[custom.kind]

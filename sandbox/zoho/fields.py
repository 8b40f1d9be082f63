"""Fields of a module and how the metadata API describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JSON_TYPES = {
    "integer": "integer",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "boolean": "boolean",
    "multiselectpicklist": "jsonarray",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
}


_UNTOLD: dict[str, Any] = {
    "associated_module": None,
    "association_details": None,
    "auto_number": {},
    "businesscard_supported": True,
    "colour_code_enabled_by_system": False,
    "crypt": None,
    "currency": {},
    "decimal_place": None,
    "display_field": False,
    "display_type": -1,
    "email_parser": {"fields_update_supported": True, "record_operations_supported": True},
    "enable_colour_code": False,
    "external": None,
    "filterable": True,
    "formula": {},
    "global_picklist": None,
    "history_tracking": None,
    "mass_update": True,
    "multi_module_lookup": {},
    "multiselectlookup": {},
    "pick_list_values_sorted_lexically": False,
    "rollup_summary": {},
    "searchable": True,
    "separator": False,
    "sortable": True,
    "tooltip": None,
    "type": "used",
    "ui_type": 1,
    "view_type": {"view": True, "edit": True, "quick_create": False, "create": True},
    "virtual_field": False,
    "visible": True,
    "webhook": True,
}
"""What the metadata say of every field here alike."""

_PROFILES = [
    {"permission_type": "read_write", "name": "Administrator", "id": "4150868000000026011"},
    {"permission_type": "read_write", "name": "Standard", "id": "4150868000000026014"},
]


@dataclass(slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        length: characters, or digits for numbers.
        lookup: module a lookup points to; several, joined by a comma, for ``What_Id``.
        textarea: ``small``, ``large`` or ``rich_text``.
        system: kept by the organisation itself; what is written to it is passed over.
    """

    api_name: str
    label: str
    data_type: str
    field_id: str
    length: int = 255
    mandatory: bool = False
    system: bool = False
    custom: bool = False
    unique: bool = False
    lookup: str = ""
    textarea: str = ""
    options: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def as_json(self) -> dict[str, Any]:
        """Return the metadata."""
        writes = {f"{way}_{verb}": not self.system for way in ("api", "web") for verb in ("create", "update")}
        row: dict[str, Any] = {
            **_UNTOLD,
            "id": self.field_id,
            "api_name": self.api_name,
            "field_label": self.label,
            "display_label": self.label,
            "data_type": self.data_type,
            "json_type": JSON_TYPES.get(self.data_type, "string"),
            "length": self.length,
            "system_mandatory": self.mandatory,
            "read_only": self.system,
            "field_read_only": self.system,
            "custom_field": self.custom,
            "created_source": "custom" if self.custom else "default",
            "convert_mapping": {"Contacts": None, "Deals": None, "Accounts": None},
            "profiles": _PROFILES,
            "unique": {"case_sensitive": False} if self.unique else {},
            "lookup": self._lookup(),
            "pick_list_values": self.options,
            "operation_type": writes,
        }
        return row | {"textarea": {"type": self.textarea}} if self.textarea else row

    def _lookup(self) -> dict[str, Any]:
        """Describe what a lookup of one module points to."""
        if not self.lookup or "," in self.lookup:
            return {}
        module = {"api_name": self.lookup, "crypt": False, "id": f"4150868000000002{len(self.lookup):03d}"}
        more: dict[str, Any] = {
            "display_label": None,
            "revalidate_filter_during_edit": False,
            "api_name": None,
            "query_details": {},
        }
        return {**more, "module": module, "id": None}


def choices(*values: str) -> list[dict[str, Any]]:
    """Return options whose shown and stored values are the same."""
    return [
        {
            "display_value": each,
            "actual_value": each,
            "reference_value": each,
            "sequence_number": place,
            "id": f"41508680000000031{place:02d}",
            "type": "used",
        }
        for place, each in enumerate(values, start=1)
    ]


def stage(shown: str, stored: str, probability: int, kind: str) -> dict[str, Any]:
    """Return one option of the stage field."""
    return {
        "display_value": shown,
        "actual_value": stored,
        "reference_value": stored,
        "probability": probability,
        "forecast_type": kind,
        "deal_category": kind,
        "forecast_category": {"name": "Pipeline" if kind == "Open" else "Closed", "id": "4150868000000006787"},
        "id": f"4150868000000068{len(stored):03d}",
        "type": "used",
    }

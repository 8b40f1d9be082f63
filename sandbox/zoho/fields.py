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
        row: dict[str, Any] = {
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
            "visible": True,
            "type": "used",
            "unique": {"casesensitive": "false"} if self.unique else {},
            "external": None,
            "lookup": {"module": {"api_name": self.lookup}} if self.lookup else {},
            "pick_list_values": self.options,
            "operation_type": {
                "api_create": not self.system,
                "api_update": not self.system,
                "web_create": not self.system,
                "web_update": not self.system,
            },
        }
        return row | {"textarea": {"type": self.textarea}} if self.textarea else row


def choices(*values: str) -> list[dict[str, Any]]:
    """Return options whose shown and stored values are the same."""
    return [
        {"display_value": each, "actual_value": each, "reference_value": each, "sequence_number": place}
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
    }

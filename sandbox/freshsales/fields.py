"""Fields of a module: what each holds, and what the vendor refuses to put into it.

Custom text is limited to 255 characters and a longer one fails the whole request, as a live integration reports; the
same limit on the vendor's own text fields is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal[
    "text", "textarea", "number", "checkbox", "date", "datetime", "dropdown", "multi_select_dropdown", "radio",
    "selector", "list",
]  # fmt: skip
TYPES: tuple[str, ...] = (
    "text", "textarea", "number", "checkbox", "date", "datetime", "dropdown", "multi_select_dropdown", "radio",
)  # fmt: skip
"""Types a person may choose for a field of their own."""

TEXT_MAX = 255
_NUMBERS = frozenset({"number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field as the settings describe it.

    Attributes:
        source: of a ``selector`` field, the list its ids come from.
    """

    name: str
    label: str
    type: FieldType = "text"
    source: str = ""
    is_custom: bool = False
    is_unique: bool = False
    is_required: bool = False
    is_read_only: bool = False
    choices: tuple[str, ...] = ()

    def as_json(self, number: int, *, visible: bool = True) -> dict[str, Any]:
        """Return the field as ``/settings/{module}/fields`` answers it."""
        return {
            "id": f"{number:016x}",
            "name": self.name,
            "label": self.label,
            "type": "dropdown" if self.type == "selector" else self.type,
            "default": not self.is_custom,
            "required": self.is_required,
            "unique": self.is_unique,
            "read_only": self.is_read_only,
            "visible": visible,
            "position": number,
            "choices": [{"id": place, "value": each} for place, each in enumerate(self.choices, start=1)],
        }


def custom_field_name(label: str) -> str:
    """Return the internal name the vendor derives from a label; hyphens stay.

    Example:
        >>> custom_field_name("No-go truck types"), custom_field_name("CRM Bridge ID")
        ('cf_no-go_truck_types', 'cf_crm_bridge_id')
    """
    return "cf_" + re.sub(r"[^a-z0-9-]+", "_", label.lower()).strip("_")


def standard(*rows: str) -> Mapping[str, Field]:
    """Build a module's own fields out of rows ``name|label|type|flags``.

    Flags are ``u`` unique, ``r`` required, ``o`` read-only; ``selector:owners`` is a type with its list.
    """
    fields: dict[str, Field] = {}
    for row in rows:
        name, label, kind, flags = (*row.split("|"), "", "", "")[:4]
        kind, _, source = kind.partition(":")
        fields[name] = Field(
            name=name,
            label=label,
            type=kind or "text",  # pyright: ignore[reportArgumentType] - the table below holds known types only
            source=source,
            is_unique="u" in flags,
            is_required="r" in flags,
            is_read_only="o" in flags,
        )
    return fields

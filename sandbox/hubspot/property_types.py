"""A property's definition, and short ways to declare the standard ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FIELD_TYPES: dict[str, frozenset[str]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file", "calculation_equation"}),
    "number": frozenset({"number", "calculation_equation"}),
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "phone_number": frozenset({"phonenumber"}),
}
"""Field types each type may be shown as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One allowed value of an enumeration."""

    label: str
    value: str
    description: str = ""
    displayOrder: int = -1  # noqa: N815  (the vendor's spelling, printed as it is)
    hidden: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the vendor's spelling."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.displayOrder,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of an object type.

    Attributes:
        kind: the vendor's ``type``: string, number, bool, enumeration, date, datetime, phone_number.
        control: the vendor's ``fieldType``.
        read_only: its value cannot be written.
        predefined: made by the vendor; cannot be deleted or redefined.
        special: further rules: ``email``, ``lifecyclestage``, ``owner``, ``pipeline``, ``stage``.
    """

    name: str
    label: str
    kind: str = "string"
    control: str = "text"
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    display_order: int = -1
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    read_only: bool = False
    predefined: bool = True
    special: str = ""
    data_sensitivity: str = "non_sensitive"
    created_ms: int = 0
    updated_ms: int = 0
    allowed: frozenset[str] = field(default_factory=frozenset[str])

    def as_json(self, spell: Any) -> dict[str, Any]:
        """Return the definition as the properties API answers it; ``spell`` turns ms into text."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.kind,
            "fieldType": self.control,
            "description": self.description,
            "groupName": self.group,
            "options": [option.as_json() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": False,
            "externalOptions": self.special == "owner",
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.predefined,
            "modificationMetadata": {
                "archivable": not self.predefined,
                "readOnlyDefinition": self.predefined,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": self.data_sensitivity,
            "createdAt": spell(self.created_ms),
            "updatedAt": spell(self.updated_ms),
        }


def text(name: str, label: str, *, control: str = "text", special: str = "") -> Property:
    """Declare a writable string."""
    return Property(name=name, label=label, control=control, form_field=True, special=special)


def number(name: str, label: str) -> Property:
    """Declare a writable number."""
    return Property(name=name, label=label, kind="number", control="number", form_field=True)


def moment(name: str, label: str, *, kind: str = "datetime") -> Property:
    """Declare a writable datetime or date."""
    return Property(name=name, label=label, kind=kind, control="date")


def choice(
    name: str,
    label: str,
    values: Sequence[str] | Mapping[str, str],
    *,
    control: str = "select",
    special: str = "",
) -> Property:
    """Declare a writable enumeration; ``values`` may bring labels, ``checkbox`` allows several."""
    labels = values if isinstance(values, Mapping) else {each: each.replace("_", " ").capitalize() for each in values}
    options = tuple(
        Option(label=label, value=value, displayOrder=order) for order, (value, label) in enumerate(labels.items())
    )
    return Property(
        name=name,
        label=label,
        kind="enumeration",
        control=control,
        options=options,
        allowed=frozenset(values),
        special=special,
    )


def fixed(name: str, label: str, *, kind: str = "string") -> Property:
    """Declare a read-only property."""
    controls = {"string": "text", "number": "number", "datetime": "date", "bool": "booleancheckbox"}
    return Property(name=name, label=label, kind=kind, control=controls[kind], read_only=True, hidden=True)


def owner() -> Property:
    """Declare the owner of a record: an owner's id, never a user's."""
    return Property(name="hubspot_owner_id", label="Owner", kind="enumeration", control="select", special="owner")

"""Field definitions: built-in ones, and custom ones under random codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from sandbox.pipedrive.errors import invalid, not_found
from sandbox.pipedrive.schema import FieldSpec, ObjectSpec

JsonObject = dict[str, Any]

CUSTOM_TYPES = (
    "varchar", "varchar_auto", "text", "double", "monetary", "date", "daterange", "time", "timerange", "set", "enum",
    "phone", "address", "org", "people", "user",
)  # fmt: skip
MAX_OPTIONS = 10_000
SEARCHABLE = frozenset({"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"})
LABELS = ("Customer", "Hot lead", "Warm lead", "Cold lead")
INDUSTRIES = ("Computer Software", "Energy", "Retail", "Transportation", "Construction")

_BUILT_IN = {
    "text": "varchar", "integer": "int", "number": "monetary", "boolean": "boolean", "date": "date", "time": "date",
    "percent": "double", "currency": "varchar", "status": "status", "visible_to": "visible_to", "id": "int",
    "option": "enum", "labels": "set", "contact_points": "phone", "address": "address",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Field:
    """One field definition."""

    name: str
    code: str
    field_type: str
    is_custom: bool
    options: list[JsonObject] = field(default_factory=list[JsonObject])

    def as_json(self) -> JsonObject:
        """Return it as v2 shows it."""
        return {
            "field_name": self.name,
            "field_code": self.code,
            "field_type": self.field_type,
            "options": list(self.options) if self.field_type in ("enum", "set") else None,
            "subfields": None,
            "is_custom_field": self.is_custom,
            "is_optional_response_field": False,
        }


class FieldBook:
    """The fields of one object."""

    def __init__(self, spec: ObjectSpec, rng: Random) -> None:
        """Start with the built-in fields."""
        self._rng = rng
        self._next_option = 1 + 100 * len(spec.name)
        self.fields: dict[str, Field] = {}
        for name, each in spec.fields.items():
            if not each.contact_sync:
                self.fields[name] = _built_in(name, each)
        for code, labels in (("label_ids", LABELS), ("industry", INDUSTRIES)):
            if code in self.fields:
                self.fields[code].options = [self._option(label) for label in labels]

    def set_contact_sync(self, spec: ObjectSpec, *, on: bool) -> None:
        """Show or hide the fields that come with contact sync."""
        for name, each in spec.fields.items():
            if each.contact_sync and on:
                self.fields.setdefault(name, _built_in(name, each))
            elif each.contact_sync:
                self.fields.pop(name, None)

    def create(self, body: JsonObject) -> Field:
        """Define a custom field; names need not be unique.

        Raises:
            VendorError: 400.
        """
        strangers = set(body) - {
            "field_name", "field_type", "options", "ui_visibility", "important_fields", "required_fields"
        }  # fmt: skip
        if strangers:
            raise invalid(f"{sorted(strangers)[0]} is not allowed")
        name, kind = body.get("field_name"), body.get("field_type")
        if not isinstance(name, str) or not name:
            raise invalid("field_name is required")
        if kind not in CUSTOM_TYPES:
            raise invalid(f"field_type must be one of: {', '.join(CUSTOM_TYPES)}")
        has_options = kind in ("enum", "set")
        if has_options != bool(body.get("options")):
            raise invalid("options are required for enum and set fields and for no others")
        made = Field(name=name, code=f"{self._rng.getrandbits(160):040x}", field_type=kind, is_custom=True)
        if has_options:
            made.options = [self._option(label) for label in _labels(body["options"])]
        self.fields[made.code] = made
        return made

    def find(self, code: str) -> Field:
        """Return a field.

        Raises:
            VendorError: 404.
        """
        if code not in self.fields:
            raise not_found("Field")
        return self.fields[code]

    def add_options(self, code: str, body: object) -> list[JsonObject]:
        """Add options to a field that has some, all or none.

        Raises:
            VendorError: 400 or 404.
        """
        found = self.find(code)
        if found.field_type not in ("enum", "set"):
            raise invalid("the field does not support options")
        labels = _labels(body)
        taken = {str(each["label"]).casefold() for each in found.options}
        if any(label.casefold() in taken for label in labels):
            raise invalid("an option with this label already exists")
        if len(found.options) + len(labels) > MAX_OPTIONS:
            raise invalid(f"a field has at most {MAX_OPTIONS} options")
        made = [self._option(label) for label in labels]
        found.options += made
        return made

    def custom(self) -> dict[str, Field]:
        """Return the custom fields by code."""
        return {code: each for code, each in self.fields.items() if each.is_custom}

    def _option(self, label: str) -> JsonObject:
        self._next_option += 1
        return {"id": self._next_option, "label": label}


def _built_in(name: str, spec: FieldSpec) -> Field:
    label = name.replace("_", " ").capitalize()
    return Field(name=label, code=name, field_type=_BUILT_IN[spec.kind], is_custom=False)


def _labels(body: object) -> list[str]:
    rows = cast("list[object]", body) if isinstance(body, list) else []
    labels = [cast("JsonObject", each).get("label") if isinstance(each, dict) else None for each in rows]
    if not labels or not all(isinstance(each, str) and each for each in labels):
        raise invalid("options must be a non-empty array of objects with a label")
    return cast("list[str]", labels)

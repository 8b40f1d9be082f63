"""The workspace's custom fields: their definitions there, and how their values are read and written.

Source: Salesforce Metadata API guide, CustomField and ValueSet; Tooling API, CustomField.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.mapping import kinds
from crmbridge.connectors.salesforce.mapping.kinds import UNSAID, Kind
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.schema import Shape, field_name
from crmbridge.domain.custom_fields import CustomField, CustomKind
from crmbridge.domain.records import Value

_BETWEEN = ";"
_LABEL_MAX = 40

_METADATA: Mapping[CustomKind, Mapping[str, Any]] = {
    "text": {"type": "Text", "length": 255},
    "long_text": {"type": "LongTextArea", "length": 32_768, "visibleLines": 5},
    "number": {"type": "Number", "precision": 18, "scale": 6},
    "boolean": {"type": "Checkbox", "defaultValue": "false"},
    "date": {"type": "Date"},
    "datetime": {"type": "DateTime"},
    "choice": {"type": "Picklist"},
    "choices": {"type": "MultiselectPicklist", "visibleLines": 4},
    "url": {"type": "Url"},
}
_FITS: Mapping[CustomKind, frozenset[str]] = {
    "text": frozenset({"string", "textarea", "url", "email", "phone"}),
    "long_text": frozenset({"textarea"}),
    "number": frozenset({"double", "currency", "percent", "int"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "choice": frozenset({"picklist"}),
    "choices": frozenset({"multipicklist"}),
    "url": frozenset({"url", "string"}),
}
"""Types, as describe tells them, that can hold a kind."""


def metadata_of(wanted: CustomField) -> dict[str, Any]:
    """Return the metadata of the field to make for a custom field."""
    made: dict[str, Any] = {"label": wanted.label[:_LABEL_MAX], **_METADATA[wanted.kind]}
    if wanted.kind != "boolean":
        made["required"] = False
    if wanted.options:
        members = [_member(each) for each in wanted.options]
        made["valueSet"] = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": members}}
    return made


def with_options(metadata: Mapping[str, Any], missing: Iterable[str]) -> dict[str, Any] | None:
    """Return a picklist's metadata with more values; ``None`` when its values are not its own to change."""
    value_set = cast("Mapping[str, Any]", metadata.get("valueSet") or {})
    definition = cast("Mapping[str, Any]", value_set.get("valueSetDefinition") or {})
    members = cast("list[dict[str, Any]]", definition.get("value") or [])
    if not members:
        return None
    more = {**definition, "value": [*members, *(_member(each) for each in missing)]}
    return {**metadata, "valueSet": {**value_set, "valueSetDefinition": more}}


def missing_options(wanted: CustomField, shape: Shape) -> list[str]:
    """Return the options that a picklist does not have yet."""
    return [each for each in wanted.options if _option(each, shape) is None]


def is_fit(wanted: CustomField, shape: Shape) -> bool:
    """Tell whether a field that is there already can hold a custom field."""
    return shape.type in _FITS[wanted.kind]


def developer_name(wanted: CustomField) -> str:
    """Return a custom field's name without the suffix that all of them have."""
    return field_name(wanted).removesuffix("__c")


def _member(option: str) -> dict[str, Any]:
    return {"valueName": _value(option), "label": _value(option), "default": False}


def _value(option: str) -> str:
    return option.replace(_BETWEEN, ",")


def _option(word: str, shape: Shape) -> str | None:
    """Return the value of a picklist that a word stands for."""
    said = _value(word)
    if said in shape.options:
        return said
    folded = said.casefold()
    by_label = (value for label, value in shape.labels.items() if folded in (label.casefold(), value.casefold()))
    return next(by_label, None)


# ------------------------------------------------------------------------------------------------- kinds


@lru_cache(maxsize=1024)
def kind_of(wanted: CustomField) -> Kind:
    """Return how a custom field's values are read and written."""
    if wanted.kind in ("choice", "choices"):
        return _choice_kind(wanted)
    return _KINDS[wanted.kind]


def _choice_kind(wanted: CustomField) -> Kind:
    spelt = {_value(each).casefold(): each for each in wanted.options}
    is_many = wanted.kind == "choices"

    def word(value: str) -> str:
        return spelt.get(value.casefold(), value)

    def read(value: object, _country: str | None, _org: OrgFacts) -> object:
        text = values.text(value)
        if text is None:
            return None
        return tuple(sorted({word(each) for each in text.split(_BETWEEN) if each})) if is_many else word(text)

    def write(value: object, shape: Shape, _org: OrgFacts) -> object:
        if value in (None, (), ""):
            return None
        words = cast("tuple[str, ...]", value) if isinstance(value, tuple) else (str(value),)
        found = [_option(each, shape) for each in words]
        if None in found or (len(found) > 1 and not is_many):
            return UNSAID
        return _BETWEEN.join(cast("list[str]", found))

    return Kind(read, write)


def _read_flag(value: object, _country: str | None, _org: OrgFacts) -> Value:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError(f"{str(value)[:40]!r} is neither true nor false")


def _write_flag(value: object, _shape: Shape, _org: OrgFacts) -> object:
    return bool(value) if value is None or isinstance(value, bool) else UNSAID


def _read_day(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.date_text(value)


def _write_day(value: object, _shape: Shape, _org: OrgFacts) -> object:
    return values.date_text(value)


def _write_link(value: object, shape: Shape, _org: OrgFacts) -> object:
    found = values.text(value)
    return UNSAID if found is not None and values.units(found) > (shape.length or 255) else found


_KINDS: Mapping[CustomKind, Kind] = {
    "text": kinds.LINE,
    "long_text": kinds.BLOCK,
    "number": kinds.DECIMAL,
    "boolean": Kind(_read_flag, _write_flag),
    "date": Kind(_read_day, _write_day),
    "datetime": kinds.MOMENT,
    "url": Kind(kinds.LINE.read, _write_link),
}

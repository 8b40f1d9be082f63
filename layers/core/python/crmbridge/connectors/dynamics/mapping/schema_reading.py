"""Read a table's schema out of its metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from crmbridge.connectors.dynamics.mapping.schema import Option, Schema, Shape


def schema_of(described: Iterable[Mapping[str, Any]]) -> Schema:
    """Read column definitions; later ones of the same column add what they know.

    Example:
        >>> plain = {"LogicalName": "jobtitle", "AttributeType": "String", "IsValidForCreate": True}
        >>> schema_of([plain, {"LogicalName": "jobtitle", "MaxLength": 100}]).shapes["jobtitle"].max_length
        100
    """
    merged: dict[str, dict[str, Any]] = {}
    for each in described:
        merged.setdefault(str(each["LogicalName"]), {}).update(each)
    return Schema({name: _shape(name, each) for name, each in merged.items()})


def _shape(name: str, each: Mapping[str, Any]) -> Shape:
    kind: Mapping[str, Any] = each.get("AttributeTypeName") or {}
    level: Mapping[str, Any] = each.get("RequiredLevel") or {}
    type_name = str(kind.get("Value") or each.get("AttributeType") or "")
    return Shape(
        name=name,
        type=type_name.removesuffix("Type"),
        label=label_of(each.get("DisplayName")) or name,
        max_length=int(each.get("MaxLength") or 0),
        precision=int(each.get("Precision") or 0),
        low=float(each.get("MinValue") or 0),
        high=float(each.get("MaxValue") or 0),
        format=str(each.get("Format") or ""),
        options=tuple(_options(each.get("OptionSet"))),
        is_writable=bool(each.get("IsValidForCreate", True) and each.get("IsValidForUpdate", True)),
        is_custom=bool(each.get("IsCustomAttribute")),
        is_required=level.get("Value") == "SystemRequired",
    )


def label_of(label: object) -> str:
    """Return what people read: the user's own language, else the first one there is."""
    if not isinstance(label, dict):
        return ""
    said = cast("Mapping[str, Any]", label)
    own: Mapping[str, Any] = said.get("UserLocalizedLabel") or {}
    listed: list[Mapping[str, Any]] = said.get("LocalizedLabels") or [{}]
    return str(own.get("Label") or listed[0].get("Label") or "")


def _options(option_set: Mapping[str, Any] | None) -> Iterable[Option]:
    listed: list[Mapping[str, Any]] = (option_set or {}).get("Options") or []
    for each in listed:
        yield Option(int(each["Value"]), label_of(each.get("Label")), int(each.get("State") or 0))

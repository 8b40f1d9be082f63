"""One module's fields as the organisation defines them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from crmbridge.connectors.zoho import EXTERNAL_ID, EXTERNAL_ID_LABEL

_READ_ONLY = frozenset({"autonumber", "formula", "rollup_summary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One field.

    Attributes:
        length: characters, or digits of a number.
        options: stored value by shown value, in the organisation's order.
        is_rich: listings show only the first 500 characters.
    """

    name: str
    label: str = ""
    data_type: str = "text"
    length: int = 255
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    is_writable: bool = True
    is_custom: bool = False
    is_unique: bool = False
    is_required: bool = False
    is_rich: bool = False
    raw_options: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """A module's fields by API name."""

    shapes: Mapping[str, Shape] = field(default_factory=dict[str, Shape])

    def writable(self, name: str) -> Shape | None:
        """Return a field that can be written, else ``None``."""
        shape = self.shapes.get(name)
        return shape if shape is not None and shape.is_writable else None

    def custom(self, label: str, remote_name: str = "") -> Shape | None:
        """Return a custom field by its API name or, without one, by its label."""
        if remote_name:
            return self.shapes.get(remote_name)
        wanted = label.strip().casefold()
        return next((each for each in self.shapes.values() if each.is_custom and each.label.casefold() == wanted), None)

    @property
    def our_id(self) -> Shape | None:
        """Our own field: Zoho chose its API name when it was made."""
        found = self.shapes.get(EXTERNAL_ID)
        return found if found is not None and found.is_custom else self.custom(EXTERNAL_ID_LABEL)


def schema_of(rows: list[Mapping[str, Any]]) -> Schema:
    """Build a schema from the metadata API's rows.

    Example:
        >>> schema_of([{"api_name": "City", "data_type": "text", "length": 100}]).shapes["City"].length
        100
    """
    shapes = (_shape(each) for each in rows if each.get("api_name"))
    return Schema({each.name: each for each in shapes})


def _shape(row: Mapping[str, Any]) -> Shape:
    data_type = str(row.get("data_type") or "text")
    options = cast("Sequence[Mapping[str, Any]]", row.get("pick_list_values") or ())
    length = row.get("length")
    return Shape(
        name=str(row["api_name"]),
        label=str(row.get("field_label") or row.get("display_label") or ""),
        data_type=data_type,
        length=length if isinstance(length, int) else 255,
        options={
            str(each.get("display_value") or ""): str(each.get("actual_value") or each.get("display_value") or "")
            for each in options
        },
        is_writable=_is_writable(row, data_type),
        is_custom=bool(row.get("custom_field")),
        is_unique=bool(row.get("unique")),
        is_required=bool(row.get("system_mandatory")),
        is_rich=_inner(row, "textarea", "type") == "rich_text",
        raw_options=tuple(options),
    )


def _is_writable(row: Mapping[str, Any], data_type: str) -> bool:
    allowed = _inner(row, "operation_type", "api_update") is not False
    return allowed and not row.get("read_only") and data_type not in _READ_ONLY


def _inner(row: Mapping[str, Any], outer: str, name: str) -> object:
    told = row.get(outer)
    return cast("Mapping[str, Any]", told).get(name) if isinstance(told, dict) else None

"""The organisation's own definitions: what fields there are, and ours among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.zoho import EXTERNAL_ID_LABEL
from crmbridge.connectors.zoho.client.calls import Calls, chunks, settings
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row, row_error
from crmbridge.connectors.zoho.mapping import Place, Shape, places_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError
from crmbridge.ports import FieldInfo

FIELDS_MAX = 5
_ID_LENGTH = 100
_TYPES: dict[str, dict[str, Any]] = {
    "text": {"data_type": "text", "length": 255},
    "long_text": {"data_type": "textarea", "length": 32_000, "textarea": {"type": "large"}},
    "number": {"data_type": "double", "length": 16},
    "boolean": {"data_type": "boolean"},
    "date": {"data_type": "date"},
    "datetime": {"data_type": "datetime"},
    "choice": {"data_type": "picklist"},
    "choices": {"data_type": "multiselectpicklist"},
    "url": {"data_type": "website", "length": 450},
}


def describe(catalogue: Catalogue, entity: Entity) -> tuple[FieldInfo, ...]:
    """List every field of an entity by name; of activities, those of all their modules."""
    found: dict[str, FieldInfo] = {}
    for place in places_of(entity):
        for name, shape in catalogue.schema(place.module).shapes.items():
            found.setdefault(name, _info(shape))
    return tuple(found[name] for name in sorted(found))


def _info(shape: Shape) -> FieldInfo:
    is_text = shape.data_type in ("text", "textarea", "email", "phone", "website")
    return FieldInfo(
        name=shape.name,
        label=shape.label,
        type=shape.data_type,
        is_custom=shape.is_custom,
        is_writable=shape.is_writable,
        is_required=shape.is_required,
        is_unique=shape.is_unique,
        max_length=shape.length if is_text else None,
        options=tuple(shape.options.values()),
    )


def provision(calls: Calls, catalogue: Catalogue, entity: Entity, wanted: Sequence[CustomField]) -> tuple[str, ...]:
    """Make sure that our unique field and some fields of the workspace exist; twice, or by two at once, does no harm.

    Raises:
        FatalProviderError: Zoho refuses a field, in its own words.
    """
    made: list[str] = []
    for place in (each for each in places_of(entity) if not each.is_bare):
        made += _provision(calls, catalogue, place, [each for each in wanted if each.entity == entity])
    return tuple(dict.fromkeys(made))


def _provision(calls: Calls, catalogue: Catalogue, place: Place, wanted: Sequence[CustomField]) -> list[str]:
    schema = catalogue.schema(place.module)
    before = set(schema.shapes)
    rows = [_definition(each) for each in wanted if schema.custom(each.label, each.remote_name) is None]
    if schema.our_id is None:
        _make_our_id(calls, place)
    for some in chunks(rows, FIELDS_MAX):
        _make(calls, place, some)
    if not rows and schema.our_id is not None:
        return []
    catalogue.forget()
    return sorted(set(catalogue.schema(place.module).shapes) - before)


def _make_our_id(calls: Calls, place: Place) -> None:
    """Make our field, unique where the module can have unique fields and has not two of them yet."""
    row: dict[str, Any] = {"field_label": EXTERNAL_ID_LABEL, "data_type": "text", "length": _ID_LENGTH}
    try:
        _make(calls, place, [{**row, "unique": {"case_sensitive": False}}])
    except FatalProviderError as error:
        if error.code not in ("NOT_SUPPORTED", "LIMIT_EXCEEDED"):
            raise
        _make(calls, place, [row])


def _make(calls: Calls, place: Place, rows: Sequence[Row]) -> None:
    """Make fields; one that somebody else made first is as good.

    Raises:
        FatalProviderError: Zoho refuses one.
    """
    answers = calls.send("POST", settings("fields"), "fields", json={"fields": list(rows)}, params=_module(place))
    for each in answers:
        if each.get("status") == "error" and each.get("code") != "DUPLICATE_DATA":
            raise row_error(each)


def _module(place: Place) -> dict[str, str | int]:
    return {"module": place.module}


def _definition(wanted: CustomField) -> dict[str, Any]:
    row: dict[str, Any] = {"field_label": wanted.label, **_TYPES[wanted.kind]}
    if wanted.options:
        row["pick_list_values"] = [{"display_value": each, "actual_value": each} for each in wanted.options]
    return row

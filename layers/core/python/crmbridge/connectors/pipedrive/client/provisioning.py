"""The company's own definitions: what fields there are, and ours among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.pipedrive import EXTERNAL_ID
from crmbridge.connectors.pipedrive.client.calls import Calls, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.mapping.custom import TYPES, options_of
from crmbridge.connectors.pipedrive.mapping.lexicon import (
    Definition,
    external_code,
    find_definition,
    letters,
    remote_label,
)
from crmbridge.connectors.pipedrive.mapping.rules import NAME_MAX
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.ports import FieldInfo

_SHORT = frozenset({"varchar", "varchar_auto"})


def describe(definitions: dict[str, Definition]) -> tuple[FieldInfo, ...]:
    """List every field, by name; a custom field is named by its code, except for our own."""
    found = [_info(each) for each in definitions.values()]
    return tuple(sorted(found, key=lambda each: each.name))


def _info(each: Definition) -> FieldInfo:
    ours = each.is_custom and each.name == EXTERNAL_ID
    return FieldInfo(
        name=EXTERNAL_ID if ours else each.code,
        label=each.name,
        type=each.type,
        is_custom=each.is_custom,
        is_writable=each.is_custom or each.code not in {"add_time", "update_time", "id", "picture_id"},
        is_required=each.code in {"name", "title"},
        is_unique=False,
        max_length=NAME_MAX if each.type in _SHORT else None,
        options=tuple(label for _, label in each.options),
    )


def provision(
    calls: Calls, catalogue: Catalogue, entity: Entity, fields_path: str, wanted: Sequence[CustomField]
) -> tuple[str, ...]:
    """Make sure that our field, the wanted ones and all their options exist; twice does no harm.

    Names need not be unique there: two who do this at once make two fields, of which the first is used from then on.

    Returns:
        Names of the fields created in this call, as ``describe`` tells them.
    """
    catalogue.forget_fields(fields_path)
    held = list(catalogue.definitions(fields_path).values())
    made: list[str] = []
    if not external_code(held):
        calls.send("POST", v2(fields_path), {"field_name": EXTERNAL_ID, "field_type": "varchar"})
        made.append(EXTERNAL_ID)
    for each in wanted:
        if each.entity != entity:
            continue
        found = find_definition(each, held)
        if found is None:
            row = calls.send("POST", v2(fields_path), _definition(each)).data
            made.append(str(row["field_code"]))
        else:
            _add_options(calls, fields_path, found, options_of(each))
    catalogue.forget_fields(fields_path)
    return tuple(made)


def _definition(wanted: CustomField) -> dict[str, Any]:
    body: dict[str, Any] = {"field_name": remote_label(wanted), "field_type": TYPES[wanted.kind]}
    options = options_of(wanted)
    return {**body, "options": [{"label": each} for each in options]} if options else body


def _add_options(calls: Calls, fields_path: str, found: Definition, options: Sequence[str]) -> None:
    known = {letters(label) for _, label in found.options}
    missing = [each for each in options if letters(each) not in known]
    if missing and found.type in ("enum", "set"):
        calls.send("POST", v2(f"{fields_path}/{found.code}/options"), [{"label": each} for each in missing])

"""Properties and their groups: read, create, change, archive."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from werkzeug.wrappers import Response

from sandbox.hubspot.errors import VendorError, error, invalid_input
from sandbox.hubspot.http.calls import ApiCall, answer, batch_answer, no_content, required
from sandbox.hubspot.property_groups import PropertyGroup
from sandbox.hubspot.property_types import FIELD_TYPES, Option, Property
from sandbox.hubspot.records import ObjectTable
from sandbox.hubspot.times import iso

JsonObject = dict[str, Any]
MAX_UNIQUE = 10
_MAX_BATCH = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}\Z")


def list_properties(call: ApiCall) -> Response:
    """Answer every property of a type, without paging."""
    if call.flag("archived"):
        return answer({"results": []})
    return answer({"results": [item.as_json(iso) for item in call.table.definitions.values()]})


def read_property(call: ApiCall) -> Response:
    """Answer one property."""
    return answer(_find(call.table, call.params["propertyName"]).as_json(iso))


def create_property(call: ApiCall) -> Response:
    """Create a property."""
    created = _create(call, call.table, call.json())
    return answer(created.as_json(iso), 201)


def create_properties(call: ApiCall) -> Response:
    """Create many properties; refused ones do not stop the others."""
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in call.inputs(_MAX_BATCH):
        try:
            results.append(_create(call, call.table, item).as_json(iso))
        except VendorError as refusal:
            errors.append(refusal.as_row(None))
    return batch_answer(call, results, errors, status=201)


def read_properties(call: ApiCall) -> Response:
    """Answer the properties named."""
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in call.inputs(_MAX_BATCH):
        try:
            results.append(_find(call.table, str(item.get("name"))).as_json(iso))
        except VendorError as refusal:
            errors.append(refusal.as_row(None))
    return batch_answer(call, results, errors)


def update_property(call: ApiCall) -> Response:
    """Change a property of the account's own; uniqueness cannot be changed."""
    table, body = call.table, call.json()
    old = _find(table, call.params["propertyName"])
    if "hasUniqueValue" in body and bool(body["hasUniqueValue"]) is not old.unique:
        raise invalid_input("hasUniqueValue cannot be changed after the property was created")
    if old.predefined and set(body) - {"label", "description", "groupName", "options", "displayOrder"}:
        raise invalid_input(f"Property {old.name} is defined by HubSpot and is read only")
    spelled = old.as_json(iso)
    merged = {key: spelled[key] for key in _WRITABLE if key in spelled} | body | {"name": old.name}
    new = replace(
        _parse(table, merged),
        created_ms=old.created_ms,
        updated_ms=call.now_ms,
        predefined=old.predefined,
        read_only=old.read_only,
        special=old.special,
    )
    table.definitions[old.name] = new
    return answer(new.as_json(iso))


def archive_property(call: ApiCall) -> Response:
    """Archive a property of the account's own; one that does not exist is answered the same."""
    _archive(call.table, call.params["propertyName"])
    return no_content()


def archive_properties(call: ApiCall) -> Response:
    """Archive many properties."""
    for item in call.inputs(_MAX_BATCH):
        _archive(call.table, str(item.get("name")))
    return no_content()


def list_groups(call: ApiCall) -> Response:
    """Answer every group of a type."""
    return answer({"results": [group.as_json() for group in call.table.groups.values()]})


def read_group(call: ApiCall) -> Response:
    """Answer one group."""
    return answer(_find_group(call).as_json())


def create_group(call: ApiCall) -> Response:
    """Create a group."""
    body, table = call.json(), call.table
    required(body, "name", "label")
    name = str(body["name"])
    _check_name(name)
    if name in table.groups:
        raise error(409, f"Property group {name} already exists", "CONFLICT")
    order = int(body.get("displayOrder", len(table.groups)))
    group = PropertyGroup(name=name, label=str(body["label"]), display_order=order)
    table.groups[name] = group
    return answer(group.as_json(), 201)


def update_group(call: ApiCall) -> Response:
    """Change a group's label or place."""
    body, group = call.json(), _find_group(call)
    group.label = str(body.get("label", group.label))
    group.display_order = int(body.get("displayOrder", group.display_order))
    return answer(group.as_json())


def archive_group(call: ApiCall) -> Response:
    """Archive an empty group."""
    group, table = _find_group(call), call.table
    if any(item.group == group.name for item in table.definitions.values()):
        raise invalid_input(f"Property group {group.name} still has properties")
    del table.groups[group.name]
    return no_content()


_WRITABLE = (
    "label",
    "type",
    "fieldType",
    "description",
    "groupName",
    "options",
    "displayOrder",
    "hasUniqueValue",
    "hidden",
    "formField",
    "dataSensitivity",
)


def _find(table: ObjectTable, name: str) -> Property:
    found = table.definitions.get(name)
    if found is None:
        raise error(404, f"Property {name} does not exist for {table.kind.singular.upper()}", "OBJECT_NOT_FOUND")
    return found


def _find_group(call: ApiCall) -> PropertyGroup:
    name = call.params["groupName"]
    group = call.table.groups.get(name)
    if group is None:
        raise error(404, f"Property group {name} does not exist", "OBJECT_NOT_FOUND")
    return group


def _create(call: ApiCall, table: ObjectTable, body: JsonObject) -> Property:
    required(body, "name", "label", "type", "fieldType", "groupName")
    name = str(body["name"])
    _check_name(name)
    if name in table.definitions:
        raise error(409, f'A property named "{name}" already exists.', "CONFLICT")
    created = replace(_parse(table, body), created_ms=call.now_ms, updated_ms=call.now_ms)
    own_unique = sum(1 for item in table.definitions.values() if item.unique)
    if created.unique and own_unique >= MAX_UNIQUE:
        raise invalid_input(f"The limit of {MAX_UNIQUE} unique properties for {table.kind.name} is reached")
    table.definitions[name] = created
    if created.unique:
        table.start_unique(name)
    return created


def _parse(table: ObjectTable, body: JsonObject) -> Property:
    kind, control = str(body["type"]), str(body["fieldType"])
    if control not in FIELD_TYPES.get(kind, frozenset()):
        raise invalid_input(f"fieldType {control} is not allowed for type {kind}")
    if body["groupName"] not in table.groups:
        raise invalid_input(f"Property group {body['groupName']} does not exist")
    options = tuple(_option(raw) for raw in cast("list[object]", body.get("options") or []))
    values = [option.value for option in options]
    if kind == "enumeration" and not options:
        raise invalid_input("An enumeration needs options")
    if len(set(values)) < len(values):
        raise invalid_input("Option values must be unique")
    unique = bool(body.get("hasUniqueValue"))
    if unique and kind not in {"string", "number"}:
        raise invalid_input(f"A property of type {kind} cannot be unique")
    return Property(
        name=str(body["name"]),
        label=str(body["label"]),
        kind=kind,
        control=control,
        group=str(body["groupName"]),
        description=str(body.get("description") or ""),
        options=options,
        allowed=frozenset(values),
        display_order=int(body.get("displayOrder", -1)),
        unique=unique,
        hidden=bool(body.get("hidden")),
        form_field=bool(body.get("formField")),
        data_sensitivity=str(body.get("dataSensitivity") or "non_sensitive"),
        predefined=False,
    )


def _option(raw: object) -> Option:
    body = cast("JsonObject", raw) if isinstance(raw, dict) else {}
    required(body, "label", "value")
    return Option(
        label=str(body["label"]),
        value=str(body["value"]),
        description=str(body.get("description") or ""),
        displayOrder=int(body.get("displayOrder", -1)),
        hidden=bool(body.get("hidden")),
    )


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        message = f"Invalid name {name}: lower-case letters, digits and underscores, starting with a letter"
        raise invalid_input(message)


def _archive(table: ObjectTable, name: str) -> None:
    found = table.definitions.get(name)
    if found is None:
        return
    if found.predefined:
        raise invalid_input(f"Property {name} is defined by HubSpot and cannot be archived")
    table.drop_unique(name)
    del table.definitions[name]

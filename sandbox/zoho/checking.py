"""Rows on their way in: lookups, mandatory fields, unique values, and each module's own rules."""

from __future__ import annotations

import re
from typing import Any, cast

from sandbox.zoho.account import USERS
from sandbox.zoho.errors import ZohoError, invalid_data, invalid_value, mandatory
from sandbox.zoho.fields import Field
from sandbox.zoho.modules import STAGES
from sandbox.zoho.org import Org
from sandbox.zoho.records import Record, Table, Values
from sandbox.zoho.values import checked

JsonObject = dict[str, Any]
_DURATION = re.compile(r"(\d+):([0-5]?\d)")


def values_of(org: Org, table: Table, row: JsonObject, path: str, before: Record | None) -> Values:
    """Return what a row changes, as stored.

    Names the module does not have are passed over, as are fields it keeps itself: nobody is told.

    Raises:
        ZohoError: the first thing that is wrong with it.
    """
    found: Values = {}
    for name, value in row.items():
        field = table.module.fields.get(name)
        if field is None or field.system or _stays(table, name, before):
            continue
        place = f"{path}.{name}"
        if field.data_type in ("lookup", "ownerlookup", "multi_module_lookup"):
            found.update(_lookup(org, table, field, row, place))
        else:
            found[name] = checked(field, value, place)
    _check_mandatory(org, table, found, path, before)
    _RULES.get(table.module.name, _no_rule)(found, before, path)
    return found


def check_unique(org: Org, table: Table, values: Values, path: str, before: Record | None) -> None:
    """Refuse a value that a unique field holds in another live record.

    Raises:
        ZohoError: DUPLICATE_DATA, or MULTIPLE_OR_MULTI_ERRORS when several fields are taken.
    """
    doubles: list[ZohoError] = []
    for field in table.module.fields.values():
        holder = table.holder(field.api_name, values.get(field.api_name)) if field.unique else ""
        if not holder or values.get(field.api_name) is None or (before is not None and holder == before.record_id):
            continue
        details: JsonObject = {"api_name": field.api_name, "json_path": f"{path}.{field.api_name}"}
        if org.options.tells_duplicates:
            details["duplicate_record"] = {"id": holder, "module": {"api_name": table.module.name}}
        doubles.append(ZohoError(code="DUPLICATE_DATA", message="duplicate data", details=details))
    if len(doubles) == 1:
        raise doubles[0]
    if doubles:
        details = {"errors": [each.as_json() for each in doubles]}
        raise ZohoError(code="MULTIPLE_OR_MULTI_ERRORS", message="Duplicate data in multiple fields", details=details)


def _lookup(org: Org, table: Table, field: Field, row: JsonObject, path: str) -> Values:
    value: object = row[field.api_name]
    if value is None:
        return {field.api_name: None, **({"$se_module": None} if field.api_name == "What_Id" else {})}
    told = cast("JsonObject", value).get("id") if isinstance(value, dict) else None
    if not isinstance(told, str | int) or isinstance(told, bool):
        raise invalid_value(field.api_name, path, expected_data_type="jsonobject")
    target = str(told)
    if field.data_type == "ownerlookup":
        if not any(each.user_id == target and each.status == "active" for each in USERS):
            raise invalid_data("invalid data", api_name="id", parent_api_name=field.api_name, json_path=f"{path}.id")
        return {field.api_name: target}
    module = _target_module(table, field, cast("JsonObject", value), row)
    if module not in field.lookup.split(","):
        raise ZohoError(code="MANDATORY_NOT_FOUND", message="required field not found", details=_se_module(path))
    if target not in org.tables[module].live:
        details: JsonObject = {"api_name": "id", "parent_api_name": field.api_name, "json_path": f"{path}.id"}
        raise ZohoError(code="INVALID_DATA", message="the related id given seems to be invalid", details=details)
    if field.data_type == "multi_module_lookup":
        return {field.api_name: target, "$se_module": module}
    return {field.api_name: target}


def _se_module(path: str) -> JsonObject:
    return {"api_name": "$se_module", "json_path": path.rpartition(".")[0] + ".$se_module"}


def _target_module(table: Table, field: Field, value: JsonObject, row: JsonObject) -> str:
    if field.data_type == "lookup":
        return field.lookup
    if table.module.name == "Notes":
        module = value.get("module")
        return str(cast("JsonObject", module).get("api_name")) if isinstance(module, dict) else ""
    return str(row.get("$se_module") or "")


def _check_mandatory(org: Org, table: Table, found: Values, path: str, before: Record | None) -> None:
    if before is not None:
        return
    for field in table.module.fields.values():
        if field.mandatory and found.get(field.api_name) is None:
            raise mandatory(field.api_name, f"{path}.{field.api_name}")
    name = table.module.name
    if name == "Deals" and org.options.pipelines and not found.get("Pipeline"):
        raise mandatory("Pipeline", f"{path}.Pipeline")
    if name == "Notes" and not found.get("Parent_Id"):
        raise mandatory("Parent_Id", f"{path}.Parent_Id")


def _stays(table: Table, name: str, before: Record | None) -> bool:
    """Tell whether a field is passed over: a note that is there changes its title and its text only."""
    return table.module.name == "Notes" and before is not None and name == "Parent_Id"


def _no_rule(_found: Values, _before: Record | None, _path: str) -> None:
    """Have no rule."""


def _deal(found: Values, before: Record | None, path: str) -> None:
    """Know the stage, and let it set the probability unless one comes along."""
    probability = found.get("Probability")
    if isinstance(probability, int) and not 0 <= probability <= 100:
        raise invalid_data("Given Probability is not valid", api_name="Probability", json_path=f"{path}.Probability")
    if found.get("Stage") is None:
        return
    stage = next((each for each in STAGES if found["Stage"] in (each["actual_value"], each["display_value"])), None)
    if stage is None:
        raise invalid_value("Stage", f"{path}.Stage")
    found["Stage"] = stage["actual_value"]
    moved = before is None or before.values.get("Stage") != found["Stage"]
    if moved and probability is None:
        found["Probability"] = stage["probability"]


def _event(found: Values, before: Record | None, path: str) -> None:
    now = {**(before.values if before else {}), **found}
    if now["End_DateTime"] < now["Start_DateTime"]:
        raise invalid_value("End_DateTime", f"{path}.End_DateTime")


def _call(found: Values, before: Record | None, path: str) -> None:
    """Want a duration for calls that were made, and count its seconds."""
    now = {**(before.values if before else {}), **found}
    scheduled = now.get("Outbound_Call_Status") in ("Scheduled", "Cancelled", "Overdue") or now["Call_Type"] == "Missed"
    duration = now.get("Call_Duration")
    if duration is None:
        if not scheduled:
            raise mandatory("Call_Duration", f"{path}.Call_Duration")
        found["Call_Duration_in_seconds"] = None
        return
    told = _DURATION.fullmatch(str(duration))
    if told is None:
        raise invalid_value("Call_Duration", f"{path}.Call_Duration")
    whole_s = int(told[1]) * 60 + int(told[2])
    if not whole_s and not scheduled:
        raise ZohoError(code="DEPENDENT_MISMATCH", message="Call Duration can not be zero.", details=_duration(path))
    found["Call_Duration_in_seconds"] = whole_s


def _note(found: Values, before: Record | None, path: str) -> None:
    """Want a title or a text."""
    now = {**(before.values if before else {}), **found}
    if now.get("Note_Title") or now.get("Note_Content"):
        return
    fields = [{"api_name": each, "json_path": f"{path}.{each}"} for each in ("Note_Content", "Note_Title")]
    message = "should contain either content or title"
    raise ZohoError(code="EXPECTED_FIELD_MISSING", message=message, details={"expected_fields": fields})


def _duration(path: str) -> JsonObject:
    return {"api_name": "Call_Duration", "json_path": f"{path}.Call_Duration"}


_RULES = {"Deals": _deal, "Events": _event, "Calls": _call, "Notes": _note}

"""Columns of each type, made from their definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.dynamics.errors import bad_payload
from sandbox.dynamics.schema import Column, Option
from sandbox.dynamics.values import as_object


def text_of(label: object) -> str:
    """Return a label's first text when it is in the organization's language."""
    if not isinstance(label, dict):
        return ""
    listed: list[dict[str, Any]] = cast("dict[str, Any]", label).get("LocalizedLabels") or []
    return str(listed[0].get("Label", "")) if listed and listed[0].get("LanguageCode") else ""


def _string(name: str, body: Mapping[str, Any]) -> Column:
    form = str(as_object(body.get("FormatName") or {}).get("Value") or "Text")
    size = body.get("MaxLength")
    if not isinstance(size, int) or not 1 <= size <= 4000 or form not in ("Text", "Url", "Email", "Phone"):
        raise bad_payload("MaxLength is 1 to 4000, FormatName one of Text, Url, Email, Phone.")
    return Column(name=name, kind="string", max_length=size, format=form)


def _memo(name: str, body: Mapping[str, Any]) -> Column:
    size = body.get("MaxLength")
    if not isinstance(size, int) or not 1 <= size <= 1_048_576:
        raise bad_payload("MaxLength is 1 to 1048576.")
    return Column(name=name, kind="memo", max_length=size)


def _decimal(name: str, body: Mapping[str, Any]) -> Column:
    low, high, precision = (body.get(name) for name in ("MinValue", "MaxValue", "Precision"))
    if not isinstance(precision, int) or not 0 <= precision <= 10 or not _in_range(low) or not _in_range(high):
        raise bad_payload("Precision is 0 to 10, MinValue and MaxValue within 100,000,000,000.")
    return Column(name=name, kind="decimal", low=float(str(low)), high=float(str(high)), precision=precision)


def _in_range(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= 100_000_000_000


def _boolean(name: str, body: Mapping[str, Any]) -> Column:
    options = as_object(body.get("OptionSet"))
    if not {"TrueOption", "FalseOption"} <= options.keys():
        raise bad_payload("OptionSet needs a TrueOption and a FalseOption.")
    return Column(name=name, kind="boolean", default=bool(body.get("DefaultValue", False)))


def _datetime(name: str, body: Mapping[str, Any]) -> Column:
    form = body.get("Format")
    if form not in ("DateOnly", "DateAndTime"):
        raise bad_payload("Format is DateOnly or DateAndTime.")
    behaviour = as_object(body.get("DateTimeBehavior") or {"Value": "UserLocal"}).get("Value")
    return Column(name=name, kind="date" if form == "DateOnly" == behaviour else "datetime")


def _picklist(name: str, body: Mapping[str, Any]) -> Column:
    return Column(name=name, kind="picklist", options=_new_options(name, body))


def _multi(name: str, body: Mapping[str, Any]) -> Column:
    return Column(name=name, kind="multiselect", options=_new_options(name, body))


def _new_options(name: str, body: Mapping[str, Any]) -> tuple[Option, ...]:
    given = as_object(body.get("OptionSet"))
    if given.get("IsGlobal") is not False or given.get("OptionSetType") != "Picklist":
        raise bad_payload("OptionSet needs IsGlobal false and OptionSetType Picklist.")
    found: list[Option] = []
    for each in cast("list[dict[str, Any]]", given.get("Options") or []):
        value, label = each.get("Value"), text_of(each.get("Label"))
        if not isinstance(value, int) or value < 10_000 or not label or value in {one.value for one in found}:
            raise bad_payload(f"An option of '{name}' has no label, or a value that is taken or has no prefix.")
        found.append(Option(value, label))
    return tuple(found)


MAKERS: Mapping[str, Callable[[str, Mapping[str, Any]], Column]] = {
    "String": _string,
    "Memo": _memo,
    "Decimal": _decimal,
    "Boolean": _boolean,
    "DateTime": _datetime,
    "Picklist": _picklist,
    "MultiSelectPicklist": _multi,
}

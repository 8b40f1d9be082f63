"""Values of custom fields, as they are sent and as they will be shown."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.mapping.definitions import Definition, Lexicon
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Value

_MIDNIGHT = time()

Written = list[dict[str, Any]] | None
"""What goes into ``values``; ``None`` clears the field."""


def write_custom(wanted: CustomField, definition: Definition, value: Value, lexicon: Lexicon) -> tuple[bool, Written]:
    """Return whether a value can be held, and what to send for it."""
    if value is None or value == ():
        return True, [{"value": False}] if wanted.kind == "boolean" else None
    try:
        written = _write(wanted, definition, value, lexicon)
    except (OverflowError, ValueError):
        return False, None
    return written is not None, written


def _write(wanted: CustomField, definition: Definition, value: Value, lexicon: Lexicon) -> Written:
    kind = wanted.kind
    if kind == "boolean":
        return [{"value": value}] if isinstance(value, bool) else None
    if kind == "choices":
        words = value if isinstance(value, tuple) else (str(value),)
        options = [option for each in words if (option := definition.option(each)) is not None]
        return [{"enum_id": each.enum_id} for each in options] or None
    if kind == "choice":
        option = definition.option(str(value))
        return None if option is None else [{"enum_id": option.enum_id}]
    if kind == "number":
        number = values.decimal_text(value)
        return None if number is None else [{"value": number}]
    if kind in ("date", "datetime"):
        return [{"value": _to_seconds(str(value), lexicon.zone, whole_day=kind == "date")}]
    text = values.text(value, multiline=kind == "long_text")
    return None if text is None else [{"value": text}]


def shown_as(wanted: CustomField, definition: Definition, written: Written) -> list[dict[str, Any]]:
    """Return written values as Kommo will show them."""
    shown: list[dict[str, Any]] = []
    for each in written or ():
        option = next((one for one in definition.options if one.enum_id == each.get("enum_id")), None)
        shown.append({"value": option.value, "enum_id": option.enum_id} if option else dict(each))
    del wanted
    return shown


def _to_seconds(text: str, zone: tzinfo, *, whole_day: bool) -> int:
    if whole_day:
        return int(datetime.combine(date.fromisoformat(text), _MIDNIGHT, tzinfo=zone).timestamp())
    moment = values.moment(text)
    if moment is None:
        raise ValueError("no time")
    return int(moment.timestamp())

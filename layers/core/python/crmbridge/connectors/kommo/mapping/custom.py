"""Values of the workspace's custom fields, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.mapping.lexicon import Definition, Lexicon
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Value

Written = list[dict[str, Any]] | None
"""What goes into ``values``; ``None`` clears the field."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT = time()


def read_custom(wanted: CustomField, rows: Sequence[dict[str, Any]], lexicon: Lexicon) -> Value:
    """Return what a custom field says, in canonical form; a box that was never ticked is false.

    Raises:
        ValueError: the value cannot be understood.
    """
    raw = rows[0].get("value") if rows else None
    if wanted.kind == "boolean":
        return raw is True or str(raw).lower() in ("1", "true")
    if wanted.kind == "choices":
        return tuple(sorted({str(each.get("value")) for each in rows if each.get("value")}))
    if raw is None or raw == "":
        return None
    if wanted.kind == "number":
        return values.decimal_text(raw)
    if wanted.kind in ("date", "datetime"):
        moment = _EPOCH + timedelta(seconds=_seconds(raw))
        return _day(moment, lexicon.zone) if wanted.kind == "date" else values.moment_text(moment)
    return values.text(raw, multiline=wanted.kind == "long_text")


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


def _seconds(raw: object) -> int:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return int(raw)
    text = str(raw).strip()
    if text.removeprefix("-").isdigit():
        return int(text)
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _day(moment: datetime, zone: tzinfo) -> str:
    """Return the day a moment means; midnight in UTC was written by a program that meant that day."""
    is_utc_midnight = moment.time() == _MIDNIGHT
    return (moment if is_utc_midnight else moment.astimezone(zone)).date().isoformat()


def _to_seconds(text: str, zone: tzinfo, *, whole_day: bool) -> int:
    if whole_day:
        return int(datetime.combine(date.fromisoformat(text), _MIDNIGHT, tzinfo=zone).timestamp())
    moment = values.moment(text)
    if moment is None:
        raise ValueError("no time")
    return int(moment.timestamp())

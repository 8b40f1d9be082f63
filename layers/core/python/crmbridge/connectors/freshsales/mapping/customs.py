"""Fields that people made: what they hold, in canonical values and in Freshsales'."""

from __future__ import annotations

from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.held_customs import HeldCustom
from crmbridge.connectors.freshsales.mapping.rule_types import TEXT_MAX
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Value

_LONG_MAX = 65_535
_SEPARATOR = ";"


def read_custom(held: HeldCustom, raw: object) -> Value:
    """Return the canonical value of what a field holds.

    Raises:
        ValueError: it holds something else than its kind says.
    """
    kind = held.custom.kind
    if raw is None or raw in ("", []):
        return None
    if kind == "boolean":
        return _truth(raw)
    if kind == "number":
        return values.decimal_text(raw)
    if kind == "date":
        return values.date_text(str(raw)[:10])
    if kind == "datetime":
        moment = values.moment(raw)
        return None if moment is None else values.moment_text(moment)
    if kind == "choices":
        parts = cast("list[object]", raw) if isinstance(raw, list) else str(raw).split(_SEPARATOR)
        return tuple(sorted({str(each).strip() for each in parts} - {""})) or None
    return values.text(raw, max_length=_LONG_MAX, multiline=kind == "long_text")


def write_custom(held: HeldCustom, value: Value) -> tuple[bool, Any]:
    """Return whether Freshsales can hold a canonical value, and what to send.

    A day is sent as it is and comes back as its midnight; several choices are one text.
    """
    kind = held.custom.kind
    if value is None or value in ((), ""):
        return True, None
    try:
        if kind == "boolean":
            return isinstance(value, bool), value
        if kind == "number":
            return True, values.decimal_text(value)
        if kind == "choices":
            return _joined(held.custom, value)
        return _plain(held.custom, str(value))
    except ValueError:
        return False, None


def _plain(custom: CustomField, value: str) -> tuple[bool, Any]:
    if custom.kind == "choice":
        return not custom.options or value in custom.options, value
    if custom.kind == "date":
        return True, values.date_text(value)
    if custom.kind == "datetime":
        moment = values.moment(value)
        return moment is not None, None if moment is None else values.moment_text(moment)
    is_long = custom.kind == "long_text"
    return True, values.text(value, max_length=_LONG_MAX if is_long else TEXT_MAX, multiline=is_long)


def _joined(custom: CustomField, value: Value) -> tuple[bool, Any]:
    parts = sorted({str(each) for each in value}) if isinstance(value, tuple) else [str(value)]
    is_held = not any(_SEPARATOR in each for each in parts)
    is_known = not custom.options or set(parts) <= set(custom.options)
    return is_held and is_known, _SEPARATOR.join(parts)


def _truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw).lower() in ("true", "1"):
        return True
    if str(raw).lower() in ("false", "0"):
        return False
    raise ValueError(f"{str(raw)[:40]!r} is neither true nor false")

"""Values of the workspace's custom fields, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Value

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

"""Numbers, days, moments and durations."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping.kind import UNSAID, Kind
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape

UNTIMED = "00:01"
"""Duration sent for a call that was made and whose length nobody knows; reads back as ``None``."""

_DECIMALS, _WHOLE_DIGITS = 9, 16
_MIDNIGHT = time()


def _read_whole(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.integer(value)


def _write_whole(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    number = values.integer(value)
    return number if number is None or abs(number) < 10 ** min(shape.length, 9) else UNSAID


def _write_percent(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    number = values.integer(value)
    return number if number is not None and 0 <= number <= 100 else UNSAID


def _read_decimal(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.decimal_text(value)


def _write_decimal(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    if value is None:
        return None
    try:
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-_DECIMALS), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return UNSAID
    number = float(rounded)
    return number if abs(number) < 10 ** (_WHOLE_DIGITS - 1) else UNSAID


def _read_day(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.date_text(value)


def _write_day(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.date_text(value)


def _read_due(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.date_text(value)
    return None if found is None else f"{found}T00:00:00Z"


def _write_due(value: object, _shape: Shape, lexicon: Lexicon) -> object:
    """Write the day of a moment; one at midnight UTC means that day, any other is told in the account's zone."""
    found = values.moment(value)
    if found is None:
        return None
    local = found if found.time() == _MIDNIGHT else found.astimezone(lexicon.zone)
    return local.date().isoformat()


def _read_moment(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.moment(value)
    return None if found is None else values.moment_text(found)


def _write_moment(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.moment(value)
    return None if found is None else theirs(found)


def theirs(moment: datetime) -> str:
    """Return a moment as Zoho takes it: to the second, with an offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _read_duration(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    """Read ``mm:ss``; one second stands for nobody knows."""
    minutes, _, seconds = str(value or "").partition(":")
    if not (minutes.isdigit() and seconds.isdigit()):
        return None
    whole_s = int(minutes) * 60 + int(seconds)
    return None if whole_s <= 1 else whole_s


def _write_duration(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    whole_s = values.integer(value)
    if whole_s is None or whole_s <= 1:
        return UNTIMED
    return f"{whole_s // 60:02d}:{whole_s % 60:02d}"


WHOLE = Kind(_read_whole, _write_whole)
PERCENT = Kind(_read_whole, _write_percent)
DECIMAL = Kind(_read_decimal, _write_decimal)
DAY = Kind(_read_day, _write_day)
DUE = Kind(_read_due, _write_due)
MOMENT = Kind(_read_moment, _write_moment)
DURATION = Kind(_read_duration, _write_duration)

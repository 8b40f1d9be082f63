"""Events as they were sent turned into events in canonical values, or refused by the name of what is wrong.

Loaded when an event comes in and not before: what understands telephone numbers is slow to load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from crmbridge.connectors import _values
from crmbridge.domain.workflows.events import InEvent
from crmbridge.errors import RequestRejectedError
from crmbridge.runtime._event_shapes import DATA, EVENT
from crmbridge.runtime._shapes import Shape, check, wrong

AHEAD = timedelta(minutes=15)
"""How far the sender's clock may be ahead of ours: an event of next year would keep all others from counting."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_DIGITS_MAX = 15
_ID = re.compile(r"[\x21-\x7e]{1,200}")


def event_of(body: object, *, now: datetime, sent_at: datetime | None = None) -> InEvent:
    """Return the event that a body tells of.

    Args:
        body: ``id``, ``type``, ``occurredAt`` and ``data``.
        now: our clock.
        sent_at: when it was sent, as the service that carried it says; ``None`` when nobody does.

    Raises:
        RequestRejectedError: names the field that is missing or wrong, and what to send.
    """
    check(EVENT, body)
    told = cast("dict[str, Any]", body)
    if not _ID.fullmatch(told["id"]):
        raise wrong("id", "a text of 1 to 200 visible ASCII characters")
    shape = DATA[told["type"]]
    try:
        check(shape, told["data"], at="data")
        data = cast("dict[str, Any]", _canonical(shape, told["data"], at="data"))
    except RecursionError as error:
        raise wrong("data", "less deep") from error
    dated = told.get("occurredAt")
    at = sent_at or now if dated is None else _moment(dated, at="occurredAt")
    if not EARLIEST <= at <= now + AHEAD:
        raise wrong("occurredAt", "a time since 2000 that is not in the future")
    return InEvent(event_id=told["id"], type=told["type"], at=at, data=data, is_dated=dated is not None)


def _canonical(shape: Shape, value: object, *, at: str) -> object:
    """Return a value in canonical form; what is empty or unknown to the shape is left out."""
    if isinstance(value, dict):
        fields: Mapping[str, Shape] = shape.get("properties", {})
        given = cast("dict[str, object]", value)
        found = {
            name: _canonical(fields[name], each, at=f"{at}.{name}") for name, each in given.items() if name in fields
        }
        needed = [name for name in shape.get("required", ()) if found.get(name) is None]
        if needed:
            raise wrong(f"{at}.{needed[0]}", "something, and not nothing")
        return {name: each for name, each in found.items() if each is not None}
    if isinstance(value, list):
        items = [_canonical(shape["items"], each, at=f"{at}[{place}]") for place, each in enumerate(value)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return tuple(sorted({each for each in items if isinstance(each, str)})) or None
    if isinstance(value, int) and "format" not in shape:
        return value
    return _formed(_FORMATS.get(shape.get("format", ""), _values.text), value, at=at)


def _formed(convert: Callable[[Any], object], value: object, *, at: str) -> object:
    try:
        return convert(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise RequestRejectedError(f"{at}: {error}", field=at, next_step=f"correct {at}, or leave it out") from error


def _moment(value: object, *, at: str) -> datetime:
    found = _formed(_values.moment, value, at=at)
    if not isinstance(found, datetime):
        raise wrong(at, "a time such as 2026-11-21T10:00:00Z")
    return found


def _lines(value: object) -> object:
    return _values.text(value, multiline=True)


def _email(value: object) -> object:
    address = _values.email_text(value)
    if address is not None and not _values.is_email(address):
        raise ValueError("this is no e-mail address")
    return address


def _between(low: int, high: int | None, *, is_open: bool = False) -> Callable[[object], object]:
    def convert(value: object) -> object:
        plain = _values.decimal_text(value)
        if plain is None:
            return None
        number = Decimal(plain)
        if number < low or (is_open and number == low) or (high is not None and number > high):
            raise ValueError(f"this is no number {'above' if is_open else 'from'} {low}{f' to {high}' if high else ''}")
        if len(number.as_tuple().digits) > _DIGITS_MAX or abs(number.adjusted()) > _DIGITS_MAX:
            raise ValueError(f"this number has more than {_DIGITS_MAX} digits")
        return plain

    return convert


def _day(value: object) -> object:
    at = _values.text(value)
    if at is None:
        return None
    if len(at) <= 10:
        return _values.date_text(at)
    found = _values.moment(at)
    return None if found is None else _values.moment_text(found)


def _time(value: object) -> object:
    found = _values.moment(value)
    return None if found is None else _values.moment_text(found)


_FORMATS: Mapping[str, Callable[[Any], object]] = {
    "lines": _lines,
    "email": _email,
    "phone": _values.phone_text,
    "decimal": _between(0, None),
    "positive": _between(0, None, is_open=True),
    "rating": _between(1, 5),
    "average": _between(0, 5),
    "day": _day,
    "date-time": _time,
}

"""Typed changes of a value on its way to a CRM, each with its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from crmbridge.domain.mapping.forms import Op, Transform
from crmbridge.domain.mapping.kinds import TEXTUAL, Kind
from crmbridge.domain.records import Value

PLACES_MAX = 12
LENGTH_MAX = 32_000


class Unreadable(Enum):
    """Says that what a CRM holds means nothing in the hub's field; it counts as not read."""

    UNREADABLE = "unreadable"


UNREADABLE = Unreadable.UNREADABLE


@dataclass(frozen=True, slots=True)
class _Way:
    """What an operation takes and gives, and both directions.

    Attributes:
        loses: what does not come back; empty where everything does.
    """

    takes: frozenset[Kind]
    gives: frozenset[Kind]
    there: Callable[[Transform, Value], Value]
    back: Callable[[Transform, Value], Value | Unreadable]
    loses: str = ""


def there(transform: Transform, value: Value) -> Value:
    """Return a hub's value as the CRM's field is to hold it; nothing stays nothing.

    Example:
        >>> there(Transform(op="shift", number=2), "48000.75")
        '4800075'
    """
    return None if value is None else _WAYS[transform.op].there(transform, value) or None


def back(transform: Transform, value: Value) -> Value | Unreadable:
    """Return what a CRM's field holds as the hub's value.

    Example:
        >>> back(Transform(op="shift", number=2), "4800075")
        '48000.75'
    """
    return None if value is None else _WAYS[transform.op].back(transform, value)


def takes(transform: Transform) -> frozenset[Kind]:
    """Return the kinds of field that a transformation begins with."""
    return _WAYS[transform.op].takes


def gives(transform: Transform) -> frozenset[Kind]:
    """Return the kinds of field that can hold what a transformation makes."""
    return _WAYS[transform.op].gives


def loses(transform: Transform) -> str:
    """Return what does not come back from the CRM as it was said; empty where everything does."""
    return _WAYS[transform.op].loses


def flaw(transform: Transform) -> tuple[str, str]:
    """Return which part of a transformation is wrong and what it must be; two empty texts where none is."""
    if transform.op == "cut" and not 1 <= transform.number <= LENGTH_MAX:
        return "number", f"the most characters, from 1 to {LENGTH_MAX}"
    if transform.op == "shift" and not 1 <= abs(transform.number) <= PLACES_MAX:
        return "number", f"places to move the decimal point by, from 1 to {PLACES_MAX}, or from -{PLACES_MAX} to -1"
    if transform.op in ("prefix", "join") and not transform.text:
        return "text", "a text that is not empty"
    if transform.op == "words" and not (transform.yes.strip() and transform.no.strip()):
        return "yes", "a word, and no another"
    if transform.op == "words" and transform.yes.casefold() == transform.no.casefold():
        return "no", "another word than yes"
    return "", ""


# ------------------------------------------------------------------------------------------------ the operations


def _same(_: Transform, value: Value) -> Value:
    return value


def _upper(_: Transform, value: Value) -> Value:
    return str(value).upper()


def _lower(_: Transform, value: Value) -> Value:
    return str(value).lower()


def _cut(transform: Transform, value: Value) -> Value:
    return str(value)[: transform.number].rstrip()


def _prefix(transform: Transform, value: Value) -> Value:
    return transform.text + str(value)


def _unprefix(transform: Transform, value: Value) -> Value | Unreadable:
    return str(value).removeprefix(transform.text) or UNREADABLE


def _shift(transform: Transform, value: Value) -> Value:
    return _moved(value, transform.number)


def _shift_back(transform: Transform, value: Value) -> Value | Unreadable:
    try:
        return _moved(value, -transform.number)
    except InvalidOperation:
        return UNREADABLE


def _moved(value: Value, places: int) -> str:
    sign, digits, exponent = Decimal(str(value)).as_tuple()
    if not isinstance(exponent, int):
        raise InvalidOperation
    return _plain(Decimal((sign, digits, exponent + places)))


def _plain(number: Decimal) -> str:
    """Return a number without exponent or trailing zeros, however long it is."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    sign, whole = ("-", text[1:]) if text.startswith("-") else ("", text)
    head, dot, tail = whole.partition(".")
    head = head.lstrip("0") or "0"
    return "0" if (head, tail) == ("0", "") else sign + head + dot + tail


def _text(_: Transform, value: Value) -> Value:
    return str(value)


def _number(_: Transform, value: Value) -> Value | Unreadable:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return UNREADABLE
    return _plain(number) if number.is_finite() and abs(number.adjusted()) <= 30 else UNREADABLE


def _whole(transform: Transform, value: Value) -> Value | Unreadable:
    text = _number(transform, value)
    return int(text) if isinstance(text, str) and "." not in text else UNREADABLE


def _words(transform: Transform, value: Value) -> Value:
    return transform.yes if value else transform.no


def _unworded(transform: Transform, value: Value) -> Value | Unreadable:
    said = str(value).strip().casefold()
    known = {transform.yes.strip().casefold(): True, transform.no.strip().casefold(): False}
    return known.get(said, UNREADABLE)


def _joined(transform: Transform, value: Value) -> Value:
    return transform.text.join(value if isinstance(value, tuple) else (str(value),))


def _split(transform: Transform, value: Value) -> Value:
    parts = {each.strip() for each in str(value).split(transform.text.strip() or transform.text)}
    return tuple(sorted(parts - {""})) or None


def _day(_: Transform, value: Value) -> Value:
    return str(value)[:10]


def _midnight(_: Transform, value: Value) -> Value:
    return f"{str(value)[:10]}T00:00:00Z"


_NUMBER: frozenset[Kind] = frozenset({"number"})
_WAYS: Mapping[Op, _Way] = {
    "upper": _Way(TEXTUAL, TEXTUAL, _upper, _same, "which letters were small"),
    "lower": _Way(TEXTUAL, TEXTUAL, _lower, _same, "which letters were capital"),
    "cut": _Way(TEXTUAL, TEXTUAL, _cut, _same, "what stands behind the cut"),
    "prefix": _Way(frozenset({"text", "url"}), frozenset({"text", "long_text", "url"}), _prefix, _unprefix),
    "shift": _Way(_NUMBER, _NUMBER, _shift, _shift_back),
    "decimal": _Way(frozenset({"whole"}), _NUMBER, _text, _whole),
    "number_text": _Way(_NUMBER, TEXTUAL, _text, _number),
    "words": _Way(frozenset({"boolean"}), TEXTUAL, _words, _unworded),
    "join": _Way(frozenset({"choices"}), TEXTUAL, _joined, _split, "a word that holds the separator"),
    "day": _Way(frozenset({"datetime"}), frozenset({"date"}), _day, _midnight, "the time of day"),
}

"""How one kind of column is read from Dataverse's JSON and written into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.domain.records import Value

UNSAID: Final = object()
"""Stands for a value that cannot be told or cannot be held; the field is left out."""

LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
_LETTERS = re.compile(r"[\W_]+")

Row = Mapping[str, Any]
Reader = Callable[[Row, str, "str | None", Facts], object]
"""From a row, a column's name, the row's country and the organization to a canonical value or ``UNSAID``."""

Writer = Callable[[object, str, Facts], object]
"""From a canonical value to the properties to send, or ``UNSAID``; ``None`` clears."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of column: two pure functions, each the other's inverse up to what Dataverse can hold."""

    read: Reader
    write: Writer


def _limit(name: str, facts: Facts, default: int = 100) -> int:
    shape = facts.schema.shapes.get(name)
    return shape.max_length if shape is not None and shape.max_length else default


def _read_line(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.text(row.get(name))


def _write_line(value: object, name: str, facts: Facts) -> object:
    return {name: values.text(value, max_length=_limit(name, facts))}


def _read_block(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.text(row.get(name), multiline=True)


def _write_block(value: object, name: str, facts: Facts) -> object:
    return {name: values.text(value, max_length=_limit(name, facts, 2000), multiline=True)}


def _read_email(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.email_text(row.get(name))


def _write_email(value: object, name: str, facts: Facts) -> object:
    found = values.email_text(value)
    if found is None:
        return {name: None}
    return {name: found} if len(found) <= _limit(name, facts) and values.is_email(found) else UNSAID


def _read_phone(row: Row, name: str, country: str | None, _facts: Facts) -> Value:
    return values.phone_text(row.get(name), country=country)


def _write_phone(value: object, name: str, facts: Facts) -> object:
    found = values.text(value)
    return {name: found} if found is None or len(found) <= _limit(name, facts, 50) else UNSAID


def _read_website(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.domain_text(row.get(name))


def _write_website(value: object, name: str, facts: Facts) -> object:
    found = values.domain_text(value)
    return {name: found} if found is None or len(found) <= _limit(name, facts, 200) else UNSAID


def _street_parts(name: str) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in (1, 2, 3))


def _read_street(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    """Read the lines of an address; ``name`` is what the three columns' names begin with."""
    lines = (values.text(row.get(each)) for each in _street_parts(name))
    return values.text("\n".join(each for each in lines if each), multiline=True)


def _write_street(value: object, name: str, facts: Facts) -> object:
    """Write up to three lines; more are joined into the third."""
    text = values.text(value, multiline=True) or ""
    lines = [each.strip() for each in text.split("\n") if each.strip()]
    lines = [*lines[:2], ", ".join(lines[2:])] if len(lines) > 3 else lines
    padded: list[object] = [*lines, *[None] * (3 - len(lines))]
    return {
        each: values.text(line, max_length=_limit(each, facts, 250))
        for each, line in zip(_street_parts(name), padded, strict=True)
    }


def _read_whole(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.integer(row.get(name))


def _write_whole(value: object, name: str, _facts: Facts) -> object:
    number = values.integer(value)
    return {name: number} if number is None or 0 <= number <= 1_000_000_000 else UNSAID


def _write_percent(value: object, name: str, _facts: Facts) -> object:
    number = values.integer(value)
    return {name: number} if number is None or 0 <= number <= 100 else UNSAID


def _read_decimal(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.decimal_text(row.get(name))


def rounded(value: object, digits: int, limit: float) -> object:
    """Return a number to some digits as JSON has it, ``UNSAID`` when it is too large or none."""
    if value is None:
        return None
    try:
        number = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return UNSAID
    return float(number) if abs(number) <= limit else UNSAID


def _write_money(value: object, name: str, _facts: Facts) -> object:
    number = rounded(values.decimal_text(value), 2, 900_000_000_000_000)
    return UNSAID if number is UNSAID else {name: number}


def _write_estimate(value: object, name: str, facts: Facts) -> object:
    """Write an amount, and that it is not to be computed from products: it would be overwritten."""
    written = _write_money(value, name, facts)
    if written is UNSAID:
        return UNSAID
    return {**cast("dict[str, Any]", written), "isrevenuesystemcalculated": False}


def _read_day(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.date_text(row.get(name))


def _write_day(value: object, name: str, _facts: Facts) -> object:
    found = values.date_text(value)
    return {name: found} if found is None or "1753" <= found[:4] <= "9998" else UNSAID


def _read_moment(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    found = values.moment(row.get(name))
    return None if found is None else values.moment_text(found)


def _write_moment(value: object, name: str, _facts: Facts) -> object:
    found = values.moment(value)
    return {name: None if found is None else values.moment_text(found)}


def letters(text: str) -> str:
    """Return a text's letters and digits, so that spelling does not hide equality."""
    return _LETTERS.sub("", text.casefold()) or text


def _read_choice(row: Row, name: str, _country: str | None, facts: Facts) -> object:
    number = row.get(name)
    if number is None:
        return None
    for word, said in facts.words.get(name, {}).items():
        if said == str(number):
            return word
    found = next((each.label for each in facts.schema.options(name) if each.value == number), "")
    return values.text(found) or UNSAID


def _write_choice(value: object, name: str, facts: Facts) -> object:
    wanted = values.text(value)
    if wanted is None:
        return {name: None}
    said = facts.words.get(name, {}).get(wanted, wanted)
    for each in facts.schema.options(name):
        if said == str(each.value) or letters(said) == letters(each.label):
            return {name: each.value}
    return UNSAID


def _read_owner(row: Row, name: str, _country: str | None, facts: Facts) -> object:
    if row.get(f"_{name}_value@{LOGICAL_NAME}", "systemuser") != "systemuser":
        return UNSAID
    return facts.people.emails.get(str(row.get(f"_{name}_value") or "").lower(), UNSAID)


def _write_owner(value: object, name: str, facts: Facts) -> object:
    owner_id = facts.people.ids.get(str(value).lower(), "")
    return {f"{name}@odata.bind": f"/systemusers({owner_id})"} if owner_id in facts.people.active else UNSAID


def _read_currency(row: Row, name: str, _country: str | None, facts: Facts) -> object:
    wanted = str(row.get(f"_{name}_value") or "").lower()
    return next((code for code, each in facts.currencies.items() if each == wanted), UNSAID if wanted else None)


def _write_currency(value: object, name: str, facts: Facts) -> object:
    found = facts.currencies.get(str(value).upper(), "")
    return {f"{name}@odata.bind": f"/transactioncurrencies({found})"} if found else UNSAID


_PRIORITIES = ("low", "normal", "high")


def _read_priority(row: Row, name: str, _country: str | None, _facts: Facts) -> object:
    number = row.get(name)
    return _PRIORITIES[number] if isinstance(number, int) and 0 <= number <= 2 else UNSAID


def _write_priority(value: object, name: str, _facts: Facts) -> object:
    return {name: _PRIORITIES.index(str(value))} if value in _PRIORITIES else UNSAID


def _read_direction(row: Row, name: str, _country: str | None, _facts: Facts) -> object:
    value = row.get(name)
    return UNSAID if value is None else ("outbound" if value else "inbound")


def _write_direction(value: object, name: str, _facts: Facts) -> object:
    return {name: value == "outbound"} if value in ("outbound", "inbound") else UNSAID


def _read_minutes(row: Row, name: str, _country: str | None, _facts: Facts) -> object:
    minutes = values.integer(row.get(name))
    return None if minutes is None else minutes * 60


def _write_minutes(value: object, name: str, _facts: Facts) -> object:
    seconds = values.integer(value)
    if seconds is None:
        return {name: None}
    return {name: (seconds + 30) // 60} if 0 <= seconds <= 10**9 else UNSAID


LINE = Kind(_read_line, _write_line)
BLOCK = Kind(_read_block, _write_block)
EMAIL = Kind(_read_email, _write_email)
PHONE = Kind(_read_phone, _write_phone)
WEBSITE = Kind(_read_website, _write_website)
STREET = Kind(_read_street, _write_street)
WHOLE = Kind(_read_whole, _write_whole)
PERCENT = Kind(_read_whole, _write_percent)
MONEY = Kind(_read_decimal, _write_money)
ESTIMATE = Kind(_read_decimal, _write_estimate)
DAY = Kind(_read_day, _write_day)
MOMENT = Kind(_read_moment, _write_moment)
CHOICE = Kind(_read_choice, _write_choice)
OWNER = Kind(_read_owner, _write_owner)
CURRENCY = Kind(_read_currency, _write_currency)
PRIORITY = Kind(_read_priority, _write_priority)
DIRECTION = Kind(_read_direction, _write_direction)
MINUTES = Kind(_read_minutes, _write_minutes)

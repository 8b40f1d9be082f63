"""How one kind of field is read from Salesforce's JSON and written into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.mapping.ids import id18
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.schema import Shape
from crmbridge.domain.records import Value

UNSAID: Final = object()
"""Stands for a value that cannot be told or cannot be held; the field is left out."""

PLACEHOLDER = "[not provided]"
"""Text sent where Salesforce requires some and the hub knows of none; reads back as ``None``."""

PLACEHOLDER_DAY = "2099-12-31"
"""Day sent where Salesforce requires one and the hub knows of none; reads back as ``None``."""

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_FIRST_YEAR, _LAST_YEAR = "1700", "4000"

Reader = Callable[[object, str | None, OrgFacts], object]
"""From a row's value, the record's country and the org to a canonical value or ``UNSAID``."""

Writer = Callable[[object, Shape, OrgFacts], object]
"""From a canonical value to a JSON value or ``UNSAID``; ``None`` clears."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field: two pure functions, each the other's inverse up to what Salesforce can hold."""

    read: Reader
    write: Writer


def _read_line(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.text(value)


def _write_line(value: object, shape: Shape, _org: OrgFacts) -> object:
    return values.text(value, max_length=shape.length or values.TEXT_MAX)


def _read_name(value: object, _country: str | None, _org: OrgFacts) -> Value:
    found = values.text(value)
    return None if found == PLACEHOLDER else found


def _write_name(value: object, shape: Shape, org: OrgFacts) -> object:
    return _write_line(value, shape, org) or PLACEHOLDER


def _read_block(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.text(value, multiline=True)


def _write_block(value: object, shape: Shape, _org: OrgFacts) -> object:
    return values.text(value, max_length=shape.length or values.TEXT_MAX, multiline=True)


def _read_email(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.email_text(value)


def _write_email(value: object, shape: Shape, _org: OrgFacts) -> object:
    found = values.email_text(value)
    if found is None:
        return None
    fits = len(found) <= (shape.length or 80) and _EMAIL.fullmatch(found) and values.is_email(found)
    return found if fits else UNSAID


def _read_phone(value: object, country: str | None, _org: OrgFacts) -> Value:
    return values.phone_text(value, country=country)


def _read_website(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.domain_text(value)


def _write_website(value: object, shape: Shape, _org: OrgFacts) -> object:
    found = values.domain_text(value)
    return UNSAID if found is not None and values.units(found) > (shape.length or 255) else found


def _read_whole(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.integer(value)


def _write_whole(value: object, shape: Shape, _org: OrgFacts) -> object:
    if value is None:
        return None
    number = values.integer(value)
    return number if number is not None and abs(number) < 10 ** (shape.whole_digits or 9) else UNSAID


def _write_percent(value: object, _shape: Shape, _org: OrgFacts) -> object:
    number = values.integer(value)
    return number if number is not None and 0 <= number <= 100 else UNSAID


def _read_decimal(value: object, _country: str | None, _org: OrgFacts) -> Value:
    return values.decimal_text(value)


def _write_decimal(value: object, shape: Shape, _org: OrgFacts) -> object:
    if value is None:
        return None
    try:
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-shape.scale), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return UNSAID
    number = float(rounded)
    return number if abs(number) < 10 ** (shape.whole_digits or 16) else UNSAID


def _read_required_day(value: object, _country: str | None, _org: OrgFacts) -> Value:
    found = values.date_text(value)
    return None if found == PLACEHOLDER_DAY else found


def _write_required_day(value: object, _shape: Shape, _org: OrgFacts) -> object:
    found = values.date_text(value)
    if found is None:
        return PLACEHOLDER_DAY
    return found if _FIRST_YEAR <= found[:4] < _LAST_YEAR else UNSAID


def _write_choice(value: object, shape: Shape, _org: OrgFacts) -> object:
    found = values.text(value)
    if found is None or found in shape.options:
        return found
    same = next((each for each in shape.options if each.casefold() == found.casefold()), None)
    if same is not None:
        return same
    return UNSAID if shape.is_restricted or values.units(found) > (shape.length or 255) else found


def _write_currency(value: object, shape: Shape, _org: OrgFacts) -> object:
    code = str(value).upper()
    return code if code in shape.options else UNSAID


def _write_place(value: object, shape: Shape, org: OrgFacts) -> object:
    """Write a state or country; where the org has picklists for them, only what those hold."""
    codes = org.schema.shapes.get(f"{shape.name}Code")
    found = values.text(value, max_length=shape.length or values.TEXT_MAX)
    if found is None or codes is None or not codes.labels:
        return found
    wanted = found.casefold()
    known = (label for label, code in codes.labels.items() if wanted in (label.casefold(), code.casefold()))
    return next(known, UNSAID)


def _read_owner(value: object, _country: str | None, org: OrgFacts) -> object:
    return org.people.emails.get(id18(str(value)), UNSAID)


def _write_owner(value: object, _shape: Shape, org: OrgFacts) -> object:
    owner_id = org.people.ids.get(str(value).lower(), "")
    return owner_id if owner_id in org.people.active else UNSAID


def _read_stage(value: object, _country: str | None, org: OrgFacts) -> object:
    return org.stages.keys.get(str(value), UNSAID)


def _write_stage(value: object, _shape: Shape, org: OrgFacts) -> object:
    return org.stages.names.get(str(value)) or UNSAID


def _read_moment(value: object, _country: str | None, _org: OrgFacts) -> Value:
    found = values.moment(value)
    return None if found is None else values.moment_text(found)


def _write_moment(value: object, _shape: Shape, _org: OrgFacts) -> object:
    found = _read_moment(value, None, _org)
    return found if found is None or _FIRST_YEAR <= str(found)[:4] < _LAST_YEAR else UNSAID


LINE = Kind(_read_line, _write_line)
NAME = Kind(_read_name, _write_name)
BLOCK = Kind(_read_block, _write_block)
EMAIL = Kind(_read_email, _write_email)
PHONE = Kind(_read_phone, _write_line)
WEBSITE = Kind(_read_website, _write_website)
WHOLE = Kind(_read_whole, _write_whole)
PERCENT = Kind(_read_whole, _write_percent)
DECIMAL = Kind(_read_decimal, _write_decimal)
REQUIRED_DAY = Kind(_read_required_day, _write_required_day)
CHOICE = Kind(_read_line, _write_choice)
CURRENCY = Kind(_read_line, _write_currency)
PLACE = Kind(_read_line, _write_place)
MOMENT = Kind(_read_moment, _write_moment)
OWNER = Kind(_read_owner, _write_owner)
STAGE = Kind(_read_stage, _write_stage)

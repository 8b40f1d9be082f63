"""The workspace's own fields: what a column of theirs is called, made of, read and written like."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors import _values as values
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.kinds import (
    BLOCK,
    CHOICE,
    DAY,
    LINE,
    MOMENT,
    UNSAID,
    Kind,
    Row,
    letters,
    rounded,
)
from crmbridge.domain.custom_fields import PREFIX, CustomField
from crmbridge.domain.records import Value

OUR_PREFIX = "crmb_"
"""What the names of columns made by us begin with: two to eight letters, as publishers' prefixes are."""

DIGITS = 6
LARGEST = 100_000_000_000


def column_of(custom: CustomField) -> str:
    """Return the logical name of a custom field's column.

    Example:
        >>> column_of(CustomField("contact", "x_lead_score", "Lead score", "number"))
        'crmb_lead_score'
    """
    return (custom.remote_name or OUR_PREFIX + custom.name.removeprefix(PREFIX)).lower()


def _read_number(row: Row, name: str, _country: str | None, _facts: Facts) -> Value:
    return values.decimal_text(row.get(name))


def _write_number(value: object, name: str, facts: Facts) -> object:
    shape = facts.schema.shapes.get(name)
    digits = DIGITS if shape is None or shape.type != "Integer" else 0
    number = rounded(values.decimal_text(value), shape.precision if shape and shape.precision else digits, LARGEST)
    if number is UNSAID:
        return UNSAID
    return {name: int(number) if digits == 0 and isinstance(number, float) else number}


def _read_flag(row: Row, name: str, _country: str | None, _facts: Facts) -> object:
    value = row.get(name)
    return value if isinstance(value, bool) or value is None else UNSAID


def _write_flag(value: object, name: str, _facts: Facts) -> object:
    return {name: value} if isinstance(value, bool) or value is None else UNSAID


def _read_choices(row: Row, name: str, _country: str | None, facts: Facts) -> Value:
    labels = {str(each.value): each.label for each in facts.schema.options(name)}
    found = [labels.get(each.strip(), "") for each in str(row.get(name) or "").split(",")]
    return tuple(sorted(each for each in found if each)) or None


def _write_choices(value: object, name: str, facts: Facts) -> object:
    if value is None or value == ():
        return {name: None}
    if not isinstance(value, tuple):
        return UNSAID
    numbers = {letters(each.label): each.value for each in facts.schema.options(name)}
    found = [numbers.get(letters(str(each))) for each in value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    known = sorted(each for each in found if each is not None)
    return {name: ",".join(str(each) for each in known)} if known else UNSAID


KINDS: Mapping[str, Kind] = {
    "text": LINE,
    "long_text": BLOCK,
    "url": LINE,
    "number": Kind(_read_number, _write_number),
    "boolean": Kind(_read_flag, _write_flag),
    "date": DAY,
    "datetime": MOMENT,
    "choice": CHOICE,
    "choices": Kind(_read_choices, _write_choices),
}

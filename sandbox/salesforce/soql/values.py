"""From a literal to a value that compares with what a field holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.date_ranges import days_of
from sandbox.salesforce.soql.nodes import Literal
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.times import read_date, read_datetime, stamp

NUMBERS = frozenset({"int", "double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Span:
    """Days or times from ``start`` on, before ``end``."""

    start: str
    end: str


def comparable(literal: Literal, made: Field, *, text: str, scope: Scope) -> Any:
    """Return what to compare the field with: ``None``, text, a number, a ``Span``.

    Raises:
        SalesforceError: the literal is of the wrong kind for the field.
    """
    if literal.kind == "null":
        return None
    if made.is_text or made.type in {"id", "reference"}:
        return _text(literal, made, text)
    if made.type == "boolean":
        return _expect(literal, made, text, kind="boolean", named="boolean")
    if made.type in NUMBERS:
        return _expect(literal, made, text, kind="number", named=made.type)
    return _time(literal, made, text, scope)


def _text(literal: Literal, made: Field, text: str) -> str | None:
    if literal.kind != "string":
        raise _wrong(literal, made, text, "string and should be enclosed in quotes")
    if made.is_text:
        return str(literal.value).rstrip().lower() or None
    record_id = normalised(literal.value)
    if record_id is None:
        sentence = f"invalid ID field: {literal.value}"
        raise problems.at(text, literal.position, sentence, code="INVALID_QUERY_FILTER_OPERATOR")
    return record_id


def _expect(literal: Literal, made: Field, text: str, *, kind: str, named: str) -> Any:
    if literal.kind != kind:
        raise _wrong(literal, made, text, f"{named} and should not be enclosed in quotes")
    return literal.value


def _time(literal: Literal, made: Field, text: str, scope: Scope) -> str | Span:
    if literal.kind == "range":
        return _span(literal, made, text, scope)
    if literal.kind != made.type:
        named = "dateTime" if made.type == "datetime" else made.type
        raise _wrong(literal, made, text, f"{named} and should not be enclosed in quotes")
    if made.type == "date":
        day = read_date(literal.value)
        if day is not None:
            return day.isoformat()
    moment = read_datetime(literal.value, needs_zone=True)
    if moment is None or made.type == "date":
        raise problems.at(text, literal.position, f"Invalid {made.type}: {literal.text}")
    return stamp(moment)


def _span(literal: Literal, made: Field, text: str, scope: Scope) -> Span:
    days = days_of(literal.value, scope.today)
    if days is None:
        raise problems.unexpected(text, literal.position, literal.text)
    if made.type == "date":
        return Span(days[0].isoformat(), days[1].isoformat())
    first, last = (stamp(datetime.combine(day, time(), UTC)) for day in days)
    return Span(first, last)


def _wrong(literal: Literal, made: Field, text: str, wanted: str) -> SalesforceError:
    sentence = f"value of filter criterion for field '{made.name}' must be of type {wanted}"
    return problems.at(text, literal.position, sentence, code="INVALID_FIELD")

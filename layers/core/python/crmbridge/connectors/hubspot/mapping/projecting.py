"""Canonical values as HubSpot's properties, and as HubSpot will say them afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot.mapping.activities import HEADERS, addresses, also_written, headers_to_write
from crmbridge.connectors.hubspot.mapping.custom import OptionBook, write_custom
from crmbridge.connectors.hubspot.mapping.lexicon import Lexicon
from crmbridge.connectors.hubspot.mapping.markup import to_html
from crmbridge.connectors.hubspot.mapping.observing import read_value
from crmbridge.connectors.hubspot.mapping.rules import ACTIVITY_KINDS, CUSTOM_KINDS, ObjectRule, PropertyRule
from crmbridge.domain.records import REFERENCES, Fields, Value

_IN_HEADERS = ("sender", "receivers")
_NEVER_EMPTY = ("lifecyclestage", "hs_pipeline_stage")
"""Properties that are not cleared: a lead without a stage is none."""

CLEAR = ""
"""What empties a property."""


def project(rule: ObjectRule, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as HubSpot would say them; those it cannot hold are left out. Idempotent."""
    country = values.text(fields.get("country")) if "country" in fields else None
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[rule.entity] if name in fields}
    if rule.kind and values.text(fields.get("kind")) == rule.kind:
        said["kind"] = rule.kind
    for each in rule.properties:
        if each.field not in fields or each.property not in lexicon.properties:
            continue
        written = write_value(each, fields[each.field], lexicon)
        if written is None:
            continue
        known, value = read_value(each, written, lexicon, country=country)
        if known:
            said[each.field] = value
    return said


def properties_to_write(
    rule: ObjectRule,
    fields: Fields,
    lexicon: Lexicon,
    *,
    pipeline_id: str = "",
    is_new: bool = False,
    headers: str | None = None,
) -> dict[str, str]:
    """Return the properties to send.

    Args:
        pipeline_id: of the record to update, so that it stays in its pipeline; empty when there is only one.
        is_new: a record to create: nothing is cleared, and a stage names its pipeline.
        headers: of an e-mail to update, as they are.

    Raises:
        ValueError: the record's pipeline has no such stage; the message says so.
    """
    found: dict[str, str] = {}
    for each in rule.properties:
        if each.field not in fields or each.kind in _IN_HEADERS:
            continue
        written = write_value(each, fields[each.field], lexicon, pipeline_id=pipeline_id)
        if written is None and each.kind == "stage" and pipeline_id:
            raise ValueError(f"pipeline {pipeline_id} has no stage for {fields[each.field]!r}")
        if written is not None and not (is_new and written == CLEAR):
            found[each.property] = written
    pipeline, stage = rule.pipeline
    if is_new and stage and stage in found:
        target = lexicon.stages.target(str(fields[rule.staged()]))
        found[pipeline] = target[0] if target else ""
    if rule.kind == "email" and {"email_from", "email_to"} & fields.keys():
        found[HEADERS] = headers_to_write(fields, headers)
    return also_written(rule, found)


def write_value(rule: PropertyRule, value: Value, lexicon: Lexicon, *, pipeline_id: str = "") -> str | None:
    """Return the text to send for a canonical value, or ``None`` when HubSpot cannot hold it."""
    if value is None:
        return None if rule.property in _NEVER_EMPTY or rule.kind == "stamp" else CLEAR
    try:
        return _write(rule, value, lexicon, pipeline_id)
    except (OverflowError, ValueError):
        return None


def _write(rule: PropertyRule, value: Value, lexicon: Lexicon, pipeline_id: str) -> str | None:
    if rule.kind in ("integer", "decimal"):
        number = values.integer(value) if rule.kind == "integer" else values.decimal_text(value)
        return CLEAR if number is None else str(number)
    if rule.kind in CUSTOM_KINDS:
        empty = value in ((), "")
        return CLEAR if empty else write_custom(rule.kind, value, lexicon.options.get(rule.property, OptionBook()))
    if rule.kind in ACTIVITY_KINDS:
        return _write_of_activity(rule, value)
    cleaned = values.text(value, multiline=rule.kind in ("multiline", "html"))
    if cleaned is None or rule.kind in ("text", "multiline", "phone"):
        return cleaned or CLEAR
    if rule.kind == "domain":
        return values.domain_text(cleaned)
    if rule.kind == "html":
        return to_html(cleaned)
    return _write_word(rule, cleaned, lexicon, pipeline_id)


def _write_of_activity(rule: PropertyRule, value: Value) -> str | None:
    if rule.kind in ("sender", "receivers"):
        found = addresses(value)
        return ";".join(found if rule.kind == "receivers" else found[:1])
    cleaned = values.text(value)
    if cleaned is None:
        return None if rule.kind == "stamp" else CLEAR
    if rule.kind == "word":
        return next((value for value, word in rule.words if word == cleaned), None)
    if rule.kind == "milliseconds":
        seconds = values.integer(cleaned)
        return None if seconds is None else str(seconds * 1000)
    moment_at = values.moment(cleaned)
    return None if moment_at is None else values.moment_text(moment_at)


def _write_word(rule: PropertyRule, word: str, lexicon: Lexicon, pipeline_id: str) -> str | None:
    if rule.kind == "email":
        return values.ascii_email(word)
    if rule.kind == "owner":
        return lexicon.owner_ids.get(word.lower())
    if rule.kind == "stage":
        target = lexicon.stages.target(word, pipeline_id=pipeline_id)
        return target[1] if target else None
    if rule.kind == "day":
        return _late_morning(word, lexicon)
    choice = lexicon.choices.get(rule.property)
    return None if choice is None else choice.value(word)


def _late_morning(day: str, lexicon: Lexicon) -> str:
    """Return eleven o'clock of a day in the account's time zone.

    That is the same day for nearly everybody, and in no time zone the midnight in UTC of another one.
    """
    local = datetime.combine(date.fromisoformat(day), time(11), tzinfo=lexicon.zone)
    return f"{local.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"

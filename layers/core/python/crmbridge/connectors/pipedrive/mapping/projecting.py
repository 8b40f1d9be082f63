"""Canonical values as Pipedrive's bodies, and as Pipedrive will say them afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.addresses import written
from crmbridge.connectors.pipedrive.mapping.contact_points import points, with_point
from crmbridge.connectors.pipedrive.mapping.custom import number_of, read_custom, write_custom
from crmbridge.connectors.pipedrive.mapping.lexicon import Lexicon
from crmbridge.connectors.pipedrive.mapping.names import name_to_write, split_name
from crmbridge.connectors.pipedrive.mapping.rules import NAME_MAX, WHOLE_DECIMALS, FieldRule, ObjectRule
from crmbridge.domain.records import REFERENCES, Fields, Value

CANNOT = object()
"""Says that Pipedrive cannot hold a value."""


def project(rule: ObjectRule, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Pipedrive would say them; those it cannot hold are left out. Idempotent."""
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[rule.entity] if name in fields}
    country = values.text(fields.get("country")) if "country" in fields else None
    for each in rule.fields:
        if each.field not in fields or not _is_there(each, rule, lexicon):
            continue
        value = _said(each, fields[each.field], lexicon, country)
        if value is not CANNOT:
            said[each.field] = value
    for wanted, definition in lexicon.custom:
        if wanted.name in fields:
            can, sent = _try_custom(wanted, definition, fields[wanted.name])
            if can:
                said[wanted.name] = read_custom(wanted, definition, sent)
    if "first_name" in said or " " in (said.get("last_name") or ""):  # one text there; what is not told is empty
        said["first_name"], said["last_name"] = split_name(said.get("first_name"), said.get("last_name"))
    return said


def body_of(
    rule: ObjectRule, fields: Fields, lexicon: Lexicon, *, current: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the body to send.

    Args:
        current: the row as it is now, of which lists and addresses are kept; ``None`` for a new record, of which
            nothing is cleared.

    Raises:
        ValueError: the deal's pipeline has no such stage; the message says so.
    """
    held: Mapping[str, Any] = current or {}
    body: dict[str, Any] = {}
    parts: dict[str, str | None] = {}
    for each, value in _to_write(rule, fields, lexicon, is_new=current is None):
        if each.kind == "address":
            parts[each.key] = value
        elif each.kind in ("email", "phone", "mobile"):
            body[each.key] = with_point(points(body.get(each.key, held.get(each.key))), each.kind, value)
        elif each.kind not in ("first", "last"):
            body |= _pair(each, value, held, lexicon)
    if parts:
        body[rule.address] = written(held.get(rule.address), parts)
    if rule.entity == "contact" and (current is None or {"first_name", "last_name"} & set(fields)):
        body["name"] = name_to_write(fields, held, body)
    custom = _custom(fields, lexicon, is_new=current is None)
    return {**body, "custom_fields": custom} if custom else body


def _to_write(rule: ObjectRule, fields: Fields, lexicon: Lexicon, *, is_new: bool) -> Iterator[tuple[FieldRule, Any]]:
    """Yield the fields that Pipedrive can hold, each with what it would say; nothing is cleared in a new record."""
    country = values.text(fields.get("country"))
    for each in rule.fields:
        if each.field in fields and _is_there(each, rule, lexicon):
            value = _said(each, fields[each.field], lexicon, country)
            if value is not CANNOT and not (value is None and is_new):
                yield each, value


def _is_there(rule: FieldRule, whole: ObjectRule, lexicon: Lexicon) -> bool:
    key = whole.address if rule.kind == "address" else rule.key
    return not rule.optional or key in lexicon.fields


def _said(rule: FieldRule, value: Value, lexicon: Lexicon, country: str | None) -> Any:  # noqa: ANN401 - a value or CANNOT
    """Return what Pipedrive would say for a canonical value."""
    if value is None or value == ():
        return _EMPTY.get(rule.key, _EMPTY.get(rule.kind))
    try:
        if rule.kind in ("phone", "mobile"):
            return values.phone_text(value, country=country)
        if rule.kind in ("owner", "stage", "option", "labels"):
            return _word(rule, value, lexicon)
        return _plain(rule, value)
    except (OverflowError, ValueError):
        return CANNOT


_EMPTY: Mapping[str, Any] = {
    "labels": (),
    "owner": CANNOT,
    "stage": CANNOT,
    "currency": CANNOT,
    "name": CANNOT,
    "title": CANNOT,
    "value": "0",
}
"""What an empty value becomes, by key or by kind, where it is not simply empty: names cannot be cleared, and a deal
without an amount has the amount 0."""


def _plain(rule: FieldRule, value: Value) -> Any:  # noqa: ANN401 - a value or CANNOT
    if rule.kind == "email":
        return values.ascii_email(values.text(value)) or CANNOT
    if rule.kind == "domain":
        return values.domain_text(value)
    if rule.kind in ("whole", "percent"):
        number = values.integer(value)
        return number if rule.kind == "whole" or number is None or 0 <= number <= 100 else CANNOT
    if rule.kind == "decimal":
        plain = values.decimal_text(value)
        if plain is None:
            return None
        if rule.field in WHOLE_DECIMALS:
            return str(Decimal(plain).to_integral_value())
        return values.decimal_text(number_of(plain))
    if rule.kind == "day":
        return values.date_text(value)
    return values.text(
        value, max_length=values.TEXT_MAX if rule.kind == "multiline" else NAME_MAX, multiline=rule.kind == "multiline"
    )


def _word(rule: FieldRule, value: Value, lexicon: Lexicon) -> Any:  # noqa: ANN401 - a value or CANNOT
    if rule.kind == "labels":
        return _labels(value, lexicon)
    word = values.text(value)
    if word is None:
        return CANNOT if rule.kind != "option" else None
    if rule.kind == "owner":
        return word.lower() if word.lower() in lexicon.owner_ids else CANNOT
    if rule.kind == "stage":
        body = lexicon.stages.body(word)
        return CANNOT if body is None else lexicon.stages.key(body.get("stage_id", 0), body["status"])
    option = _option(rule, word, lexicon)
    definition = lexicon.fields.get(rule.key)
    if option is None or definition is None:
        return CANNOT
    ours = {said: each for each, said in lexicon.words.get(rule.field, {}).items()}
    label = definition.label(option) or word
    return ours.get(label, label)


def _option(rule: FieldRule, word: str, lexicon: Lexicon) -> int | None:
    definition = lexicon.fields.get(rule.key)
    said = lexicon.words.get(rule.field, {}).get(word, word)
    return None if definition is None else definition.option(said)


def _labels(value: Value, lexicon: Lexicon) -> Any:  # noqa: ANN401 - a value or CANNOT
    names = [values.text(each) for each in value] if isinstance(value, tuple) else [values.text(value)]
    said: set[str] = set()
    for name in filter(None, names):
        option = None if lexicon.labels is None else lexicon.labels.option(name)
        if option is not None and lexicon.labels is not None:
            said.add(lexicon.labels.label(option) or name)
        elif lexicon.labels is not None and lexicon.can_add_labels:
            said.add(name)
    return CANNOT if lexicon.labels is None else tuple(sorted(said))


def _pair(rule: FieldRule, value: Any, held: Mapping[str, Any], lexicon: Lexicon) -> dict[str, Any]:  # noqa: ANN401 - a value
    """Return the keys to send for one field.

    Raises:
        ValueError: the deal's pipeline has no such stage.
    """
    if rule.kind == "stage":
        body = lexicon.stages.body(value, pipeline_id=held.get("pipeline_id"))
        if body is None:
            raise ValueError(f"no pipeline has a stage for {value!r}")
        return body
    if rule.kind == "owner":
        return {rule.key: lexicon.owner_ids[value]}
    if rule.kind == "option":
        return {rule.key: None if value is None else _option(rule, value, lexicon)}
    if rule.kind == "labels":
        ids = [lexicon.labels.option(each) if lexicon.labels else None for each in value]
        return {rule.key: sorted(each for each in ids if each is not None)}
    if rule.kind == "decimal" and value is not None:
        return {rule.key: number_of(value)}
    return {rule.key: value}


def _custom(fields: Fields, lexicon: Lexicon, *, is_new: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for wanted, definition in lexicon.custom:
        if wanted.name in fields:
            can, sent = _try_custom(wanted, definition, fields[wanted.name])
            if can and not (is_new and sent is None):
                found[definition.code] = sent
    return found


def _try_custom(wanted: Any, definition: Any, value: Value) -> tuple[bool, Any]:  # noqa: ANN401 - passed on as they are
    try:
        return write_custom(wanted, definition, value)
    except (OverflowError, ValueError):
        return False, None

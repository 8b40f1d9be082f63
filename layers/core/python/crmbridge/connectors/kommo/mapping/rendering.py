"""Canonical values as Kommo takes them, and as Kommo will say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.mapping.custom import read_custom
from crmbridge.connectors.kommo.mapping.custom_writing import shown_as, write_custom
from crmbridge.connectors.kommo.mapping.definitions import Definition, Lexicon
from crmbridge.connectors.kommo.mapping.observing import (
    Row,
    chosen,
    custom_values,
    kind_of,
    observe,
    read_field,
    tags_of,
)
from crmbridge.connectors.kommo.mapping.rule_types import FieldRule, ObjectRule
from crmbridge.domain.records import REFERENCES, Fields, Value

_EMPTY: Row = {}


@dataclass(slots=True)
class Payload:
    """What goes into one row.

    Attributes:
        columns: plain columns.
        custom: values by field id; ``None`` clears.
    """

    columns: dict[str, Any] = field(default_factory=dict[str, Any])
    custom: dict[int, list[dict[str, Any]] | None] = field(default_factory=dict[int, "list[dict[str, Any]] | None"])
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """Return the row as calls spell it."""
        told = dict(self.columns)
        if self.custom:
            told["custom_fields_values"] = [{"field_id": key, "values": each} for key, each in self.custom.items()]
        for key, names in (("tags_to_add", self.tags_added), ("tags_to_delete", self.tags_removed)):
            if names:
                told[key] = [{"name": each} for each in names]
        return told


def project(rule: ObjectRule, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Kommo would say them; those it cannot hold are left out. Idempotent."""
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[rule.entity] if name in fields}
    for each in rule.fields:
        if each.field in fields:
            known, value = _said(each, fields[each.field], lexicon)
            if known:
                said[each.field] = value
    for wanted, definition in lexicon.custom:
        if wanted.name in fields:
            can, written = write_custom(wanted, definition, fields[wanted.name], lexicon)
            if can:
                said[wanted.name] = read_custom(wanted, shown_as(wanted, definition, written), lexicon)
    return said


def _said(rule: FieldRule, value: Value, lexicon: Lexicon) -> tuple[bool, Value]:
    if rule.kind == "tags":
        return True, clean_tags(value)
    if rule.kind == "currency":
        return bool(lexicon.currency), lexicon.currency
    if rule.is_multiple:
        definition = lexicon.by_code(rule.place)
        text = _one_of_several(rule, value)
        if definition is None or (text is None and value is not None):
            return False, None
        held = [] if text is None else [{"value": text, "enum_code": rule.prefer[0]}]
        return read_field(rule, _EMPTY, {definition.field_id: held}, lexicon)
    can, payload = render(rule, value, lexicon)
    if not can:
        return False, None
    row = dict(payload.columns)
    return read_field(rule, row, {key: each or [] for key, each in payload.custom.items()}, lexicon)


def rendered(rule: ObjectRule, fields: Fields, lexicon: Lexicon, *, before: Row | None, pipeline: str = "") -> Payload:
    """Return the row to send.

    Args:
        before: the record as Kommo shows it now; ``None`` for one to create, of which nothing is cleared.
        pipeline: the only pipeline whose stages will do; empty for a new lead.

    Raises:
        ValueError: the lead's pipeline has no such stage; the message says so.
    """
    whole = Payload()
    for each in rule.fields:
        if each.field not in fields or (before is None and fields[each.field] in (None, ())):
            continue
        if each.kind == "tags":
            _take_tags(whole, clean_tags(fields[each.field]), () if before is None else tags_of(before))
            continue
        if each.is_multiple:
            _take_multiple(whole, each, fields[each.field], lexicon, before)
            continue
        can, part = render(each, fields[each.field], lexicon, pipeline=pipeline)
        if not can and each.kind == "stage" and pipeline:
            raise ValueError(f"pipeline {pipeline} has no stage for {fields[each.field]!r}")
        if can:
            whole.columns.update(part.columns)
            whole.custom.update(part.custom)
    _take_custom(whole, fields, lexicon, is_new=before is None)
    if rule.entity == "contact" and before is not None:
        _keep_other_name(whole, rule, before, lexicon)
    return whole


def render(rule: FieldRule, value: Value, lexicon: Lexicon, *, pipeline: str = "") -> tuple[bool, Payload]:
    """Return whether a field's value can be held, and the part of a row that says it."""
    if rule.kind in ("text", "multiline", "domain"):
        definition = lexicon.by_code(rule.place)
        return (False, Payload()) if definition is None else (True, _render_custom(rule, definition, value))
    if rule.kind == "column":
        text = values.text(value)
        return True, Payload({rule.place: text or ""})
    if rule.kind == "amount":
        return _render_amount(rule, value)
    if rule.kind == "owner":
        owner_id = lexicon.owner_ids.get(str(value).strip().lower()) if value else None
        return owner_id is not None, Payload({rule.place: owner_id})
    if rule.kind == "stage" and value:
        target = lexicon.stages.target(str(value), pipeline_id=pipeline)
        if target is not None:
            return True, Payload({"pipeline_id": int(target[0]), "status_id": int(target[1])})
    return False, Payload()


def _render_amount(rule: FieldRule, value: Value) -> tuple[bool, Payload]:
    try:
        return True, Payload({rule.place: values.integer(value) or 0})
    except ValueError:
        return False, Payload()


def _render_custom(rule: FieldRule, definition: Definition, value: Value) -> Payload:
    text = values.text(value, multiline=rule.kind == "multiline")
    if rule.kind == "domain" and text is not None:
        domain = values.domain_text(text)
        text = f"https://{domain}" if domain else None
    return Payload(custom={definition.field_id: None if text is None else [{"value": text}]})


def _one_of_several(rule: FieldRule, value: Value) -> str | None:
    if value is None:
        return None
    return values.ascii_email(value) if rule.kind == "email" else values.text(value)


def _take_multiple(whole: Payload, rule: FieldRule, value: Value, lexicon: Lexicon, before: Row | None) -> None:
    """Put one value into a field of several: the others stay, for Kommo replaces the list as a whole."""
    definition = lexicon.by_code(rule.place)
    text = _one_of_several(rule, value)
    if definition is None or (text is None and value is not None):
        return
    key = definition.field_id
    shown = whole.custom[key] if key in whole.custom else custom_values(before or _EMPTY).get(key, [])
    held = [{"value": each.get("value"), "enum_code": kind_of(each)} for each in shown or ()]
    place = chosen(rule, held)
    if place is None:
        held += [] if text is None else [{"value": text, "enum_code": rule.prefer[0]}]
    elif text is None:
        del held[place]
    else:
        held[place] = {**held[place], "value": text}
    whole.custom[key] = held or None


def _take_tags(whole: Payload, wanted: Sequence[str], held: Sequence[str]) -> None:
    whole.tags_added = tuple(each for each in wanted if each not in held)
    whole.tags_removed = tuple(each for each in held if each not in wanted)


def _take_custom(whole: Payload, fields: Fields, lexicon: Lexicon, *, is_new: bool) -> None:
    for wanted, definition in lexicon.custom:
        if wanted.name not in fields:
            continue
        can, written = write_custom(wanted, definition, fields[wanted.name], lexicon)
        if can and not (is_new and written is None):
            whole.custom[definition.field_id] = written


def _keep_other_name(whole: Payload, rule: ObjectRule, before: Row, lexicon: Lexicon) -> None:
    """Send both names when one changes: Kommo makes the whole name of both, and old contacts have only that."""
    names = ("first_name", "last_name")
    if sum(each in whole.columns for each in names) == 1:
        said = observe(rule, before, lexicon).fields
        whole.columns = {**{each: said.get(each) or "" for each in names}, **whole.columns}


def clean_tags(value: Value) -> tuple[str, ...]:
    """Return tags as Kommo keeps them: trimmed, none empty, none twice, in order."""
    names = value if isinstance(value, tuple) else () if value is None else (str(value),)
    cleaned = {text for each in names if (text := values.text(each)) is not None}
    return tuple(sorted(cleaned))


def needs_before(rule: ObjectRule, fields: Fields) -> bool:
    """Tell whether a change can be written only by somebody who knows what is there."""
    told = {each.field for each in rule.fields if each.is_multiple or each.kind in ("tags", "stage")}
    names = {"first_name", "last_name"} & fields.keys() if rule.entity == "contact" else set[str]()
    return bool(told & fields.keys()) or len(names) == 1


def stage_of(row: Mapping[str, Any]) -> str:
    """Return the pipeline a lead is in."""
    return str(row.get("pipeline_id") or "")

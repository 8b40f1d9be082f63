"""Pipedrive's rows as observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.addresses import read_part
from crmbridge.connectors.pipedrive.mapping.contact_points import chosen, points
from crmbridge.connectors.pipedrive.mapping.custom import read_custom
from crmbridge.connectors.pipedrive.mapping.lexicon import Lexicon
from crmbridge.connectors.pipedrive.mapping.names import names_of
from crmbridge.connectors.pipedrive.mapping.rules import FieldRule, ObjectRule
from crmbridge.domain.records import Observation, Value

Row = Mapping[str, Any]


def observe(rule: ObjectRule, row: Row, lexicon: Lexicon, *, contacts: tuple[str, ...] | None = None) -> Observation:
    """Return what a row says, in canonical values.

    Args:
        contacts: of a deal, all of them; ``None`` for "not read".

    Raises:
        ValueError: a value cannot be understood; the message names the key.
    """
    fields: dict[str, Value] = {}
    for each in rule.fields:
        key = rule.address if each.kind == "address" else each.key
        if key in row or each.kind == "stage":
            _take(fields, each, row, rule, lexicon)
    custom: Mapping[str, Any] = row.get("custom_fields") or {}
    for wanted, definition in lexicon.custom:
        fields[wanted.name] = _named(wanted.name, lambda w=wanted, d=definition: read_custom(w, d, custom.get(d.code)))
    refs: dict[str, tuple[str, ...]] = {}
    if rule.company and rule.company in row:
        refs["company"] = ids_of(row[rule.company])
    if contacts is not None:
        refs["contacts"] = contacts
    modified_at = values.moment(row.get("update_time") or row.get("add_time"))
    return Observation(
        external_id=str(row["id"]),
        fields=fields,
        refs=refs,
        version="" if modified_at is None else values.moment_text(modified_at),
        modified_at=modified_at,
        correlation_id=str(custom.get(lexicon.external_code) or "") if lexicon.external_code else "",
    )


def ids_of(raw: object) -> tuple[str, ...]:
    """Return a reference as a tuple of ids.

    Example:
        >>> ids_of(7), ids_of(None)
        (('7',), ())
    """
    return () if raw is None else (str(raw),)


def _take(fields: dict[str, Value], rule: FieldRule, row: Row, whole: ObjectRule, lexicon: Lexicon) -> None:
    known, value = _named(rule.key, lambda: read_value(rule, row, whole, lexicon))
    if known:
        fields[rule.field] = value


def _named(name: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes on what was read
    try:
        return read()
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def read_value(rule: FieldRule, row: Row, whole: ObjectRule, lexicon: Lexicon) -> tuple[bool, Value]:
    """Return whether a key says something, and what, in canonical form.

    Raises:
        ValueError: the value cannot be understood.
    """
    if rule.kind == "address":
        return True, read_part(row.get(whole.address), rule.key)
    raw = row.get(rule.key)
    if rule.kind in ("email", "phone", "mobile"):
        point = chosen(points(raw), rule.kind)
        value = None if point is None else point.get("value")
        if rule.kind == "email":
            return True, values.email_text(value)
        return True, values.phone_text(value, country=read_part(row.get(whole.address), "country"))
    if rule.kind in ("first", "last"):
        return True, names_of(row)[rule.kind == "last"]
    if rule.kind == "owner":
        email = lexicon.owner_emails.get(raw) if isinstance(raw, int) else None
        return email is not None, email
    if rule.kind == "stage":
        return "stage_id" in row, lexicon.stages.key(row.get("stage_id") or 0, str(row.get("status") or "open"))
    return True, _plain(rule, raw, lexicon)


def _plain(rule: FieldRule, raw: Any, lexicon: Lexicon) -> Value:  # noqa: ANN401 - JSON of any shape
    if rule.kind in _PLAIN:
        return _PLAIN[rule.kind](raw)
    if rule.kind == "labels":
        known = lexicon.labels
        names = {(known.label(each) if known else None) or str(each) for each in raw or ()}
        return tuple(sorted(names))
    definition = lexicon.fields.get(rule.key)
    label = None if raw is None or definition is None else definition.label(raw)
    words = {said: word for word, said in lexicon.words.get(rule.field, {}).items()}
    return words.get(str(label), label) if label else (None if raw is None else str(raw))


def _multiline(raw: object) -> Value:
    return values.text(raw, multiline=True)


_PLAIN: Mapping[str, Callable[[Any], Value]] = {
    "text": values.text,
    "currency": values.text,
    "multiline": _multiline,
    "domain": values.domain_text,
    "whole": values.integer,
    "percent": values.integer,
    "decimal": values.decimal_text,
    "day": values.date_text,
}

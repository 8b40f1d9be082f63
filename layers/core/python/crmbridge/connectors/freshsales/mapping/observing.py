"""A record as Freshsales states it, in canonical values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.mapping.customs import read_custom
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.relations import refs_of
from crmbridge.connectors.freshsales.mapping.rule_types import FieldRule, ModuleRule, Row
from crmbridge.domain.records import Observation, Unreadable, Value


def observe(rule: ModuleRule, row: Row, lexicon: Lexicon) -> Observation:
    """Return what a record says.

    Raises:
        ValueError: a field holds something it cannot hold.
    """
    country = values.text(row.get("country"))
    fields: dict[str, Value] = {}
    for each in rule.fields:
        key = "emails" if each.kind == "email" and "email" not in row else each.key
        if key in row:
            raw: object = _primary(row[key]) if key == "emails" else row[key]
            known, value = read_value(each, raw, lexicon, country=country)
            if known:
                fields[each.field] = value
    customs = row.get("custom_field")
    held: Mapping[str, Any] = cast("Mapping[str, Any]", customs) if isinstance(customs, Mapping) else {}
    for each in lexicon.customs:
        if each.key in held:
            fields[each.custom.name] = read_custom(each, held[each.key])
    modified_at = values.moment(row.get("updated_at"))
    return Observation(
        external_id=str(row["id"]),
        fields=fields,
        refs=refs_of(rule, row),
        version=str(row.get("updated_at") or ""),
        modified_at=modified_at,
        correlation_id=str(held.get(EXTERNAL_ID) or ""),
    )


def observed(rule: ModuleRule, row: Row, lexicon: Lexicon) -> Observation | Unreadable:
    """Return what a record says, or the row itself when it cannot be understood."""
    try:
        return observe(rule, row, lexicon)
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(str(row.get("id") or ""), str(error)[:300], json.dumps(row, default=str))


def read_value(each: FieldRule, raw: object, lexicon: Lexicon, *, country: str | None = None) -> tuple[bool, Value]:
    """Return whether a field was told, and its canonical value.

    Raises:
        ValueError: it holds something it cannot hold.
    """
    if each.kind == "tags":
        names = cast("list[object]", raw) if isinstance(raw, list) else []
        return True, tuple(sorted({str(name).strip() for name in names} - {""})) or None
    if raw is None or raw == "":
        return True, None
    if each.kind == "owner":
        email = lexicon.owner_emails.get(str(raw))
        return email is not None, email
    if each.kind == "choice":
        return True, lexicon.choices[each.source].word(raw) if each.source in lexicon.choices else None
    if each.kind == "stage":
        return True, lexicon.stages.key(str(raw))
    return True, _plain(each, raw, country)


def _plain(each: FieldRule, raw: object, country: str | None) -> Value:
    if each.kind == "integer":
        return values.integer(raw)
    if each.kind == "decimal":
        return values.decimal_text(raw)
    if each.kind == "day":
        return values.date_text(str(raw)[:10])
    if each.kind == "email":
        return values.email_text(raw)
    if each.kind == "phone":
        return values.phone_text(raw, country=country)
    if each.kind == "domain":
        return values.domain_text(raw)
    return values.text(raw, multiline=each.kind == "multiline")


def _primary(raw: object) -> object:
    rows = cast("list[object]", raw) if isinstance(raw, list) else []
    told = [cast("Row", each) for each in rows if isinstance(each, Mapping)]
    chosen = [each for each in told if each.get("is_primary")] or told
    return chosen[0].get("value") if chosen else None

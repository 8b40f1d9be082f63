"""One value as a field of the account takes it."""

from __future__ import annotations

from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.rule_types import TEXT_MAX, FieldRule
from crmbridge.domain.records import Value


def write_value(each: FieldRule, value: Value, lexicon: Lexicon, *, pipeline_id: str = "") -> tuple[bool, Any]:
    """Return whether Freshsales can hold a canonical value, and what to send."""
    if each.key in lexicon.unwritable:
        return False, None
    if each.kind == "tags":
        return True, sorted(value) if isinstance(value, tuple) else []
    if value is None:
        return each.kind != "stage", None
    try:
        return _written(each, value, lexicon, pipeline_id)
    except (OverflowError, ValueError):
        return False, None


def _written(each: FieldRule, value: Value, lexicon: Lexicon, pipeline_id: str) -> tuple[bool, Any]:
    if each.kind == "integer":
        return True, values.integer(value)
    if each.kind == "decimal":
        return True, values.decimal_text(value)
    cleaned = values.text(value, max_length=TEXT_MAX, multiline=each.kind == "multiline")
    if cleaned is None or each.kind in ("text", "multiline", "phone"):
        return True, cleaned
    if each.kind == "day":
        return True, values.date_text(cleaned)
    return _word(each, cleaned, lexicon, pipeline_id)


def _word(each: FieldRule, word: str, lexicon: Lexicon, pipeline_id: str) -> tuple[bool, Any]:
    found: Any = None
    if each.kind == "email":
        found = values.ascii_email(word)
    elif each.kind == "domain":
        found = values.domain_text(word)
    elif each.kind == "owner":
        found = lexicon.owner_ids.get(word.lower())
    elif each.kind == "choice":
        found = lexicon.choices[each.source].id(word) if each.source in lexicon.choices else None
    elif each.kind == "stage":
        target = lexicon.stages.target(word, pipeline_id=pipeline_id)
        found = int(target[1]) if target else None
    return found is not None, found

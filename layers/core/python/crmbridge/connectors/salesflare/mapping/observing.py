"""Salesflare's rows as observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.mapping.custom import read_custom
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.rule_types import FieldRule, ObjectRule
from crmbridge.domain.records import Observation, Value

Row = Mapping[str, Any]

_OTHER_PHONES = frozenset({"mobile", "home", "fax"})


def observe(rule: ObjectRule, row: Row, lexicon: Lexicon) -> Observation:
    """Return what a row says, in canonical values; a key that the row does not hold was not read.

    Raises:
        ValueError: a value cannot be understood; the message names the key.
    """
    fields: dict[str, Value] = {}
    country = held_part(row, "addresses").get("country")
    for each in rule.fields:
        try:
            told, raw = _raw(each, row)
            known, value = read_value(each, raw, lexicon, country=country) if told else (False, None)
        except ValueError as error:
            raise ValueError(f"{each.key}: {error}") from error
        if known:
            fields[each.field] = value
    if "tags" in row:
        fields["tags"] = tag_names(row) or None
    fields |= _customs(row, lexicon)
    refs: dict[str, tuple[str, ...]] = {}
    if rule.has_account and "account" in row:
        account = id_of(row["account"])
        is_none = account is None or (rule.needs_account and str(account) == lexicon.no_company)
        refs["company"] = () if is_none else (str(account),)
    modified_at = values.moment(row.get("modification_date"))
    return Observation(
        external_id=str(row["id"]),
        fields=fields,
        refs=refs,
        version="" if modified_at is None else str(values.epoch_ms(modified_at)),
        modified_at=modified_at,
        correlation_id=correlation_of(row, lexicon),
    )


def correlation_of(row: Row, lexicon: Lexicon) -> str:
    """Return our own id as a row holds it; empty when it does not."""
    custom = row.get("custom")
    said = cast("Row", custom).get(lexicon.external_id) if isinstance(custom, dict) else None
    return said if isinstance(said, str) else ""


def _customs(row: Row, lexicon: Lexicon) -> dict[str, Value]:
    if "custom" not in row:
        return {}
    said = cast("Row", row["custom"] if isinstance(row["custom"], dict) else {})
    found: dict[str, Value] = {}
    for name, (field, definition) in lexicon.custom.items():
        try:
            found[name] = read_custom(field, definition, said.get(definition.api_field))
        except ValueError as error:
            raise ValueError(f"custom.{definition.api_field}: {error}") from error
    return found


def _raw(rule: FieldRule, row: Row) -> tuple[bool, Any]:
    """Return whether a row tells a field, and what it says."""
    if rule.place == "address":
        return "addresses" in row, held_part(row, "addresses").get(rule.key)
    if rule.place == "phone":
        if rule.key in row:
            return True, row[rule.key]
        numbers = [each for each in parts(row, "phone_numbers") if each.get("type") not in _OTHER_PHONES]
        return "phone_numbers" in row, numbers[0].get("number") if numbers else None
    return rule.key in row, row.get(rule.key)


def read_value(rule: FieldRule, raw: object, lexicon: Lexicon, *, country: object = None) -> tuple[bool, Value]:
    """Return whether a value says something, and what, in canonical form.

    Raises:
        ValueError: it cannot be understood.
    """
    if rule.kind in ("text", "multiline"):
        return True, values.text(raw, max_length=rule.most, multiline=rule.kind == "multiline")
    if rule.kind == "phone":
        return True, values.phone_text(raw, country=country)
    if rule.kind == "owner":
        owner = id_of(raw)
        email = lexicon.owner_emails.get(owner) if owner is not None else None
        return owner is None or email is not None, email
    if rule.kind == "stage":
        stage = id_of(raw)
        return stage is not None, None if stage is None else lexicon.stages.key(stage)
    return True, _PLAIN[rule.kind](raw)


_PLAIN: Mapping[str, Callable[[Any], Value]] = {
    "email": values.email_text,
    "domain": values.domain_text,
    "integer": values.integer,
    "percent": values.integer,
    "decimal": values.decimal_text,
    "day": values.date_text,
}


def id_of(raw: object) -> int | None:
    """Return the id of what a row refers to, whether it is told alone or within an object.

    Raises:
        ValueError: it is something else.
    """
    told = cast("Row", raw).get("id") if isinstance(raw, dict) else raw
    if told is None or (isinstance(told, int) and not isinstance(told, bool)):
        return told
    raise ValueError(f"{str(told)[:40]!r} is no id")


def parts(row: Row, name: str) -> list[Row]:
    """Return the parts of a list that are in use."""
    held = row.get(name)
    found = cast("list[Row]", held) if isinstance(held, list) else []
    return [each for each in found if not each.get("archived")]


def held_part(row: Row, name: str) -> Row:
    """Return the first part of a list, empty when there is none."""
    held = parts(row, name)
    return held[0] if held else dict[str, Any]()


def tag_names(row: Row) -> tuple[str, ...]:
    """Return the names of a row's tags, ascending."""
    found = {values.text(each.get("name")) for each in parts(row, "tags")}
    return tuple(sorted(each for each in found if each))

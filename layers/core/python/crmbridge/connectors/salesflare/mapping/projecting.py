"""Canonical values as Salesflare's bodies, and as Salesflare will say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.mapping.custom import noon, read_custom, write_custom
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.observing import Row, held_part, id_of, parts, read_value, tag_names
from crmbridge.connectors.salesflare.mapping.rule_types import FieldRule, ObjectRule
from crmbridge.connectors.salesflare.mapping.rules import ADDRESS
from crmbridge.domain.records import REFERENCES, Fields, Value

EMAIL_MAX = 1_000
PERCENT_MAX = 100


def project(rule: ObjectRule, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Salesflare would say them; those it cannot hold are left out. Idempotent."""
    country = values.text(fields.get("country"))
    held = ("company",) if rule.has_account else ()
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[rule.entity] if name in fields and name in held}
    for each in rule.fields:
        if each.field in fields:
            can, value = _said(each, fields[each.field], lexicon, country)
            if can:
                said[each.field] = value
    if "tags" in fields:
        said["tags"] = _spelt(fields["tags"], lexicon) or None
    for name, (field, definition) in lexicon.custom.items():
        if name in fields:
            can, sent = write_custom(field, definition, fields[name])
            if can:
                said[name] = read_custom(field, definition, sent)
    return said


def _said(rule: FieldRule, value: Value, lexicon: Lexicon, country: str | None) -> tuple[bool, Value]:
    can, sent = write_value(rule, value, lexicon)
    if not can:
        return False, None
    return read_value(rule, sent, lexicon, country=country)


def write_value(rule: FieldRule, value: Value, lexicon: Lexicon, *, pipeline_id: int = 0) -> tuple[bool, Any]:
    """Return whether Salesflare can hold a canonical value, and what to send for it."""
    if value is None:
        return rule.kind != "stage", None
    try:
        return _write(rule, value, lexicon, pipeline_id)
    except (OverflowError, ValueError):
        return False, None


def _write(rule: FieldRule, value: Value, lexicon: Lexicon, pipeline_id: int) -> tuple[bool, Any]:
    if rule.kind in ("decimal", "integer", "percent"):
        return _number(rule, value)
    cleaned = values.text(value, max_length=rule.most, multiline=rule.kind == "multiline")
    if cleaned is None or rule.kind in ("text", "multiline", "phone"):
        return True, cleaned
    found: Any
    if rule.kind == "email":
        found = values.email_text(cleaned) if values.is_email(cleaned) and len(cleaned) <= EMAIL_MAX else None
    elif rule.kind == "owner":
        found = lexicon.owner_ids.get(cleaned.lower())
    elif rule.kind == "stage":
        found = lexicon.stages.target(cleaned, pipeline_id=pipeline_id)
    elif rule.kind == "day":
        day = values.date_text(cleaned)
        found = None if day is None else noon(day)
    else:
        found = values.domain_text(cleaned)
    return found is not None, found


def _number(rule: FieldRule, value: Value) -> tuple[bool, Any]:
    """Return a number that Salesflare takes: not below zero, and a percentage not above a hundred."""
    plain = values.decimal_text(value) if rule.kind == "decimal" else values.integer(value)
    if plain is None:
        return True, None
    number = float(plain)
    if number < 0 or (rule.kind == "percent" and number > PERCENT_MAX):
        return False, None
    whole = int(number) if number.is_integer() else number
    return values.decimal_text(repr(whole)) == values.decimal_text(plain), whole


def _spelt(tags: Value, lexicon: Lexicon) -> tuple[str, ...]:
    """Return tags once each, in the team's own spelling where it has them."""
    found: dict[str, str] = {}
    for each in tags if isinstance(tags, tuple) else ():
        name = values.text(each)
        if name:
            found.setdefault(name.lower(), lexicon.tags.get(name.lower(), name))
    return tuple(sorted(found.values()))


def new_body(
    rule: ObjectRule, fields: Fields, lexicon: Lexicon, *, op_id: str, account_id: int | None
) -> dict[str, Any]:
    """Return the body that makes a record."""
    body: dict[str, Any] = {}
    address: dict[str, Any] = {}
    for each in rule.fields:
        can, sent = write_value(each, fields.get(each.field), lexicon)
        if not can or sent is None:
            continue
        if each.place == "role":
            body["position"] = {"role": sent}
        else:
            (address if each.place == "address" else body)[each.key] = sent
    tags = _spelt(fields.get("tags"), lexicon)
    custom = _custom_body(fields, lexicon) | ({lexicon.external_id: op_id} if lexicon.external_id else {})
    optional = {"address": address, "tags": list(tags), "custom": {k: v for k, v in custom.items() if v is not None}}
    body |= {name: value for name, value in optional.items() if value}
    return body if account_id is None else body | {"account": account_id}


def changed_body(
    rule: ObjectRule, fields: Fields, lexicon: Lexicon, *, row: Row, account: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Return the body that changes a record.

    Args:
        row: the record as it is now: parts of it are changed by their own ids.
        account: the company to link, empty for none, ``None`` to leave it.

    Raises:
        ValueError: the opportunity's pipeline has no such stage; the message says so.
    """
    body: dict[str, Any] = {}
    pipeline_id = id_of(row.get("pipeline")) or 0
    for each in rule.fields:
        if each.field not in fields or each.place == "address":
            continue
        can, sent = write_value(each, fields[each.field], lexicon, pipeline_id=pipeline_id)
        if not can and each.kind == "stage" and fields[each.field] is not None:
            raise ValueError(f"pipeline {pipeline_id} has no stage for {fields[each.field]!r}")
        if can and each.place == "phone":
            _change_phone(body, each.key, sent, row)
        elif can:
            body[each.key] = sent
    _change_address(body, rule, fields, row)
    if "tags" in fields:
        _change_tags(body, _spelt(fields["tags"], lexicon), row)
    custom = _custom_body(fields, lexicon)
    body |= {"custom": custom} if custom else {}
    if account is not None:
        body["account"] = int(account[0]) if account else stand_in(rule, lexicon)
    return body


def stand_in(rule: ObjectRule, lexicon: Lexicon) -> int | None:
    """Return the account of a record without a company, where Salesflare wants one and a workspace has named one."""
    return int(lexicon.no_company) if rule.needs_account and lexicon.no_company.isdigit() else None


def _custom_body(fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for name, (field, definition) in lexicon.custom.items():
        if name in fields:
            can, value = write_custom(field, definition, fields[name])
            if can:
                sent[definition.api_field] = value
    return sent


def _change_phone(body: dict[str, Any], key: str, number: str | None, row: Row) -> None:
    """Change a number by its own id; one that is not there is added, one that is taken away is archived."""
    held = parts(row, "phone_numbers")
    present = row.get(key) if key in row else held_part(row, "phone_numbers").get("number")
    found: Mapping[str, Any] | None = next((each for each in held if present and each.get("number") == present), None)
    if found is not None:
        change = {"archived": True} if number is None else {"number": number}
        body.setdefault("phone_numbers", []).append({"id": found["id"], **change})
    elif number is not None:
        body[key] = number


def _change_address(body: dict[str, Any], rule: ObjectRule, fields: Fields, row: Row) -> None:
    """Send the whole first address with its id: what a part of one would do is not known."""
    changed = [each for each in rule.fields if each.place == "address" and each.field in fields]
    if not changed:
        return
    held = held_part(row, "addresses")
    whole = {key: held.get(key) for key in ADDRESS.values()}
    whole |= {each.key: write_value(each, fields[each.field], Lexicon())[1] for each in changed}
    if "id" not in held:
        filled = {key: value for key, value in whole.items() if value is not None}
        body |= {"address": filled} if filled else {}
    elif any(whole.values()):
        body["addresses"] = [{"id": held["id"], **whole}]
    else:
        body["addresses"] = [{"id": held["id"], "archived": True}]


def _change_tags(body: dict[str, Any], wanted: tuple[str, ...], row: Row) -> None:
    """Name the tags to add, and mark those to take away: tags that are not named stay."""
    held = tag_names(row)
    ended = [{"id": each["id"], "name": each["name"], "_deleted": True} for each in parts(row, "tags")
             if values.text(each.get("name")) not in wanted]  # fmt: skip
    change = [*(each for each in wanted if each not in held), *ended]
    body |= {"tags": change} if change else {}

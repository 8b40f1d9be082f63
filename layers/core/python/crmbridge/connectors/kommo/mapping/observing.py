"""Kommo's rows as observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo import EXTERNAL_ID
from crmbridge.connectors.kommo.mapping.custom import read_custom
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.connectors.kommo.mapping.rule_types import FieldRule, ObjectRule
from crmbridge.domain.records import Observation, Value

Row = Mapping[str, Any]
Multi = list[dict[str, Any]]


def observe(rule: ObjectRule, row: Row, lexicon: Lexicon) -> Observation:
    """Return what a row says, in canonical values.

    Raises:
        ValueError: a value cannot be understood; the message names its place.
    """
    said = dict(row)
    if rule.entity == "contact":
        said.update(_names(row))
    customs = custom_values(row)
    fields: dict[str, Value] = {}
    for each in rule.fields:
        if each.is_custom and lexicon.by_code(each.place) is None:
            continue
        try:
            known, value = read_field(each, said, customs, lexicon)
        except ValueError as error:
            raise ValueError(f"{each.place}: {error}") from error
        if known:
            fields[each.field] = value
    for wanted, definition in lexicon.custom:
        try:
            fields[wanted.name] = read_custom(wanted, customs.get(definition.field_id, ()), lexicon)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{definition.name}: {error}") from error
    ours = lexicon.by_code(EXTERNAL_ID)
    named = customs.get(ours.field_id, ()) if ours else ()
    modified_at = moment_of(row.get("updated_at"))
    return Observation(
        external_id=str(row["id"]),
        fields=fields,
        refs=refs_of(rule, row),
        version="" if modified_at is None else str(values.epoch_ms(modified_at)),
        modified_at=modified_at,
        correlation_id=str(named[0].get("value") or "") if named else "",
    )


def read_field(rule: FieldRule, row: Row, customs: Mapping[int, Multi], lexicon: Lexicon) -> tuple[bool, Value]:
    """Return whether a field says something, and what, in canonical form.

    Raises:
        ValueError: the value cannot be understood.
    """
    if rule.is_custom:
        definition = lexicon.by_code(rule.place)
        held = customs.get(definition.field_id, []) if definition else []
        return definition is not None, _custom(rule, held, lexicon)
    if rule.kind == "column":
        return rule.place in row, values.text(row.get(rule.place))
    if rule.kind == "amount":
        return True, _amount(row)
    if rule.kind == "currency":
        return bool(lexicon.currency), lexicon.currency
    if rule.kind == "owner":
        email = lexicon.owner_emails.get(int(row.get(rule.place) or 0))
        return email is not None, email
    if rule.kind == "stage":
        return True, lexicon.stages.key(str(row.get("pipeline_id")), str(row.get("status_id")))
    return True, tags_of(row)


def _custom(rule: FieldRule, held: Sequence[Mapping[str, Any]], lexicon: Lexicon) -> Value:
    if rule.is_multiple:
        place = chosen(rule, held)
        raw = None if place is None else held[place].get("value")
        if rule.kind == "email":
            return values.email_text(raw)
        return values.phone_text(raw, country=lexicon.country or None)
    raw = held[0].get("value") if held else None
    if rule.kind == "domain":
        return values.domain_text(raw)
    return values.text(raw, multiline=rule.kind == "multiline")


def chosen(rule: FieldRule, held: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the place of the value that a field means among several; ``None`` when there is none."""
    kinds = [kind_of(each) for each in held]
    for wanted in rule.prefer:
        for place, kind in enumerate(kinds):
            if kind == wanted or (wanted == "*" and kind not in rule.never):
                return place
    return None


def kind_of(value: Mapping[str, Any]) -> str:
    """Return the kind of one of several values; some of Kommo's samples call it ``enum``."""
    return str(value.get("enum_code") or value.get("enum") or "OTHER")


def custom_values(row: Row) -> dict[int, Multi]:
    """Return a row's custom values by field id; Kommo says ``null`` for none."""
    found: dict[int, Multi] = {}
    for each in cast("Sequence[Mapping[str, Any]]", row.get("custom_fields_values") or ()):
        listed = each.get("values")
        found[int(each["field_id"])] = [listed] if isinstance(listed, dict) else list(listed or ())
    return found


def tags_of(row: Row) -> tuple[str, ...]:
    """Return a row's tags."""
    rows = cast("Sequence[Mapping[str, Any]]", embedded(row).get("tags") or ())
    return tuple(sorted({str(each["name"]).strip() for each in rows if each.get("name")}))


def refs_of(rule: ObjectRule, row: Row) -> dict[str, tuple[str, ...]]:
    """Return the references a row shows; what it does not show was not read."""
    parts = embedded(row)
    refs: dict[str, tuple[str, ...]] = {}
    for name, target in rule.linked.items():
        if target in parts:
            ids = [str(each["id"]) for each in parts[target] or ()]
            refs[name] = tuple(sorted(set(ids))) if name == "contacts" else tuple(ids[:1])
    return refs


def embedded(row: Row) -> Mapping[str, Any]:
    """Return what is embedded in a row."""
    return cast("Mapping[str, Any]", row.get("_embedded") or {})


def moment_of(seconds: object) -> datetime | None:
    """Return a moment of Kommo's, which counts seconds; ``None`` when it tells none.

    Raises:
        ValueError: it is no moment.
    """
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{seconds} is not a time") from error


def _names(row: Row) -> dict[str, Any]:
    """Return a contact's names; one that has only a whole name is taken apart at its first space."""
    first, last, whole = (str(row.get(each) or "").strip() for each in ("first_name", "last_name", "name"))
    if first or last or not whole:
        return {}
    first, _, last = whole.partition(" ")
    return {"first_name": first, "last_name": last}


def _amount(row: Row) -> str | None:
    """Return a lead's budget; Kommo says 0 where nobody has named one."""
    exact = row.get("price_with_minor_units")
    said = values.decimal_text(row.get("price") if exact is None else exact)
    return None if said == "0" else said

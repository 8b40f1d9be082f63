"""HubSpot's rows as observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time, tzinfo
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.mapping.activities import addresses, told_times
from crmbridge.connectors.hubspot.mapping.answers import Linked, LinkedIds, Row
from crmbridge.connectors.hubspot.mapping.custom import OptionBook, read_custom
from crmbridge.connectors.hubspot.mapping.lexicon import Lexicon
from crmbridge.connectors.hubspot.mapping.markup import to_text
from crmbridge.connectors.hubspot.mapping.rules import ACTIVITY_KINDS, CUSTOM_KINDS, ObjectRule, PropertyRule
from crmbridge.domain.records import Gone, Observation, Value

_PRIMARY_LABEL = "Primary"
_MIDNIGHT = time()


def observe(
    rule: ObjectRule, row: Row, lexicon: Lexicon, *, refs: Mapping[str, tuple[str, ...]] | None = None
) -> Observation:
    """Return what a row says, in canonical values.

    A property that the answer does not hold is not read; one that is ``null`` or empty is known to be empty.

    Args:
        refs: reference fields as associations tell them; absent means "not read".

    Raises:
        ValueError: a value cannot be understood; the message names the property.
    """
    told = told_times(rule, row.properties)
    fields: dict[str, Value] = {"kind": rule.kind} if rule.kind else {}
    for each in rule.properties:
        if each.property in told:
            _take(fields, each, told, lexicon)
    found = dict(refs or {})
    if rule.company_link and rule.company_link in told:
        found["company"] = _link(told[rule.company_link])
    modified_at = values.moment(told.get(rule.modified) or row.updated_at)
    return Observation(
        external_id=row.id,
        fields=fields,
        refs=found,
        version="" if modified_at is None else str(values.epoch_ms(modified_at)),
        modified_at=modified_at,
        correlation_id=told.get(EXTERNAL_ID) or "",
    )


def _take(fields: dict[str, Value], rule: PropertyRule, told: Mapping[str, str | None], lexicon: Lexicon) -> None:
    try:
        known, value = read_value(rule, told[rule.property], lexicon, country=told.get("country"))
    except ValueError as error:
        raise ValueError(f"{rule.property}: {error}") from error
    if known:
        fields[rule.field] = value


def read_value(rule: PropertyRule, raw: str | None, lexicon: Lexicon, *, country: str | None) -> tuple[bool, Value]:
    """Return whether a property says something, and what, in canonical form.

    Args:
        country: the same record's country, for telephone numbers.

    Raises:
        ValueError: the value cannot be understood.
    """
    if rule.kind in _TEXTS:
        return True, _TEXTS[rule.kind](raw)
    if rule.kind == "phone":
        return True, values.phone_text(raw, country=country)
    if not (raw or "").strip():
        # An empty life-cycle stage is only ever the moment between two writes; see docs/crms/hubspot.md.
        return rule.field != "lifecycle_stage", None
    return _read_word(rule, (raw or "").strip(), lexicon)


_TEXTS: Mapping[str, Any] = {
    "text": values.text,
    "html": to_text,
    "multiline": lambda raw: values.text(raw, multiline=True),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    "email": values.email_text,
    "domain": values.domain_text,
    "integer": values.integer,
    "decimal": values.decimal_text,
}


def _read_word(rule: PropertyRule, raw: str, lexicon: Lexicon) -> tuple[bool, Value]:
    if rule.kind == "owner":
        email = lexicon.owner_emails.get(raw)
        return email is not None, email
    if rule.kind == "stage":
        return True, lexicon.stages.key(raw)
    if rule.kind == "day":
        return True, day_of(raw, lexicon.zone)
    if rule.kind in ACTIVITY_KINDS:
        return _read_of_activity(rule, raw)
    if rule.kind in CUSTOM_KINDS:
        return True, read_custom(rule.kind, raw, lexicon.options.get(rule.property, OptionBook()))
    choice = lexicon.choices.get(rule.property)
    return True, raw if choice is None else choice.word(raw)


def _read_of_activity(rule: PropertyRule, raw: str) -> tuple[bool, Value]:
    if rule.kind == "word":
        word = dict(rule.words).get(raw.upper())
        return word is not None or raw.upper() == "NONE", word
    if rule.kind == "milliseconds":
        milliseconds = values.integer(raw)
        return True, None if milliseconds is None else milliseconds // 1000
    if rule.kind == "stamp":
        moment_at = values.moment(raw)
        return True, None if moment_at is None else values.moment_text(moment_at)
    found = addresses(raw)
    return True, (found or None) if rule.kind == "receivers" else next(iter(found), None)


def day_of(raw: str, zone: tzinfo) -> str | None:
    """Return the day a moment means to the account's people.

    A moment at midnight UTC was written by a program that meant that day; any other is told in the account's
    time zone.

    Raises:
        ValueError: it is no moment.
    """
    moment_at = values.moment(raw)
    if moment_at is None:
        return None
    if moment_at.time() == _MIDNIGHT:
        return moment_at.date().isoformat()
    return values.date_text(raw, zone=zone)


def _link(raw: str | None) -> tuple[str, ...]:
    number = values.integer(raw)
    return () if number is None else (str(number),)


def external_ids(raw: str | None) -> tuple[str, ...]:
    """Return the ids of a ``;``-separated list."""
    return tuple(each.strip() for each in (raw or "").split(";") if each.strip())


def merged_ids(row: Row) -> tuple[str, ...]:
    """Return the ids that were merged into a row."""
    return tuple(each for each in external_ids(row.properties.get("hs_merged_object_ids")) if each != row.id)


def gone_at(row: Row) -> Gone:
    """Return the evidence that an archived row gives."""
    return Gone(external_id=row.id, at=values.moment(row.archived_at))


def inline_refs(rule: ObjectRule, associations: Mapping[str, LinkedIds]) -> tuple[dict[str, tuple[str, ...]], bool]:
    """Return the references a listing shows, and whether it shows all of them."""
    refs: dict[str, tuple[str, ...]] = {}
    whole = True
    for name, target in rule.linked.items():
        shown = associations.get(target)
        whole = whole and (shown is None or shown.after is None)
        results = () if shown is None else shown.results
        primary = [each.id for each in results if each.type and not each.type.endswith("_unlabeled")]
        refs[name] = _pick(name, [each.id for each in results], primary)
    return refs, whole


def linked_refs(name: str, linked: Iterable[Linked]) -> tuple[str, ...]:
    """Return one reference field from a record's associations, types known."""
    found = list(linked)
    primary = [
        each.to_object_id
        for each in found
        if any(kind.label == _PRIMARY_LABEL and kind.category == "HUBSPOT_DEFINED" for kind in each.association_types)
    ]
    return _pick(name, [each.to_object_id for each in found], primary)


def _pick(name: str, ids: list[str], primary: list[str]) -> tuple[str, ...]:
    if name == "contacts":
        return tuple(sorted(set(ids)))
    chosen = sorted(set(primary), key=_number) or sorted(set(ids), key=_number)
    return tuple(chosen[:1])


def _number(external_id: str) -> tuple[int, str]:
    return len(external_id), external_id

"""The workspace's custom fields as HubSpot's properties: their definitions, names and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot.mapping.answers import Option, Property
from crmbridge.connectors.hubspot.mapping.rules import Kind, ObjectRule, PropertyRule
from crmbridge.domain.custom_fields import CustomField, CustomKind
from crmbridge.domain.records import Value

KINDS: Mapping[CustomKind, Kind] = {
    "text": "text",
    "long_text": "multiline",
    "number": "decimal",
    "boolean": "flag",
    "date": "date",
    "datetime": "moment",
    "choice": "option",
    "choices": "options",
    "url": "text",
}
MADE_AS: Mapping[CustomKind, tuple[str, str]] = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "number": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "choice": ("enumeration", "select"),
    "choices": ("enumeration", "checkbox"),
    "url": ("string", "text"),
}
"""Type and field type of a property to make. Source: HubSpot, properties guide."""

_FLAGS = {"true": True, "false": False}
_BETWEEN = ";"


def property_name(wanted: CustomField) -> str:
    """Return the internal name of the property that holds a custom field."""
    return wanted.remote_name or wanted.name


def with_custom(rule: ObjectRule, custom: Iterable[CustomField]) -> ObjectRule:
    """Return an entity's rule with the workspace's custom fields among its properties."""
    more = tuple(
        PropertyRule(each.name, property_name(each), KINDS[each.kind], options=each.options)
        for each in custom
        if each.entity == rule.entity
    )
    return replace(rule, properties=(*rule.properties, *more)) if more else rule


def definition_of(wanted: CustomField, *, group: str) -> dict[str, Any]:
    """Return the property to make for a custom field."""
    kind, control = MADE_AS[wanted.kind]
    made: dict[str, Any] = {
        "groupName": group,
        "name": property_name(wanted),
        "label": wanted.label,
        "type": kind,
        "fieldType": control,
        "formField": False,
        "hidden": False,
    }
    if wanted.kind == "boolean":
        made["options"] = [_option("Yes", "true", 0), _option("No", "false", 1)]
    elif wanted.options:
        made["options"] = [_option(each, value_of(each), place) for place, each in enumerate(wanted.options)]
    return made


def all_options(wanted: CustomField, held: Property) -> list[dict[str, Any]]:
    """Return a property's options with those that are still missing; empty when none is."""
    known = OptionBook.of(held.options, wanted.options)
    missing = [each for each in wanted.options if known.value(each) is None]
    old = [{**_option(each.label, each.value, place), "hidden": each.hidden} for place, each in enumerate(held.options)]
    fresh = [_option(each, value_of(each), len(old) + place) for place, each in enumerate(missing)]
    return [*old, *fresh] if fresh else []


def value_of(option: str) -> str:
    """Return an option's internal value: its own words, less the sign that parts several."""
    return option.replace(_BETWEEN, ",")


def is_fit(wanted: CustomField, held: Property) -> bool:
    """Tell whether a property that is there already can hold a custom field."""
    if wanted.kind == "boolean":
        return held.type == "bool" or held.field_type == "booleancheckbox"
    if wanted.kind in ("choice", "choices"):
        return held.type == "enumeration" and (held.field_type == "checkbox") is (wanted.kind == "choices")
    return held.type == MADE_AS[wanted.kind][0]


def _option(label: str, value: str, place: int) -> dict[str, Any]:
    return {"label": label, "value": value, "displayOrder": place, "hidden": False}


@dataclass(frozen=True, slots=True)
class OptionBook:
    """The options of one property.

    Attributes:
        words: the workspace's word by internal value.
        values: internal value by word, and by the word without regard to case.
    """

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, options: Iterable[Option], spelt: Iterable[str]) -> OptionBook:
        """Build it from a property's options and the workspace's spelling of them."""
        ours = {**{each.casefold(): each for each in spelt}, **{each: each for each in spelt}}
        words: dict[str, str] = {}
        found: dict[str, str] = {}
        for each in options:
            said = (each.label, each.value, each.label.casefold(), each.value.casefold())
            words[each.value] = next((ours[name] for name in said if name in ours), each.label or each.value)
            for name in (words[each.value], words[each.value].casefold()):
                found.setdefault(name, each.value)
        return cls(words, found)

    def word(self, value: str) -> str:
        """Return the word of a value; one that is not listed stays as it is."""
        return self.words.get(value, value)

    def value(self, word: str) -> str | None:
        """Return the value to write for a word, or ``None`` when there is none."""
        return self.values.get(word) or self.values.get(word.strip().casefold())


def read_custom(kind: Kind, raw: str, book: OptionBook) -> Value:
    """Return what a property of a custom kind says.

    Args:
        raw: not blank.

    Raises:
        ValueError: it is not what such a property holds.
    """
    if kind == "flag":
        if raw.lower() not in _FLAGS:
            raise ValueError(f"{raw[:40]!r} is neither true nor false")
        return _FLAGS[raw.lower()]
    if kind == "date":
        return values.date_text(raw)
    if kind == "moment":
        moment = values.moment(raw)
        return None if moment is None else values.moment_text(moment)
    if kind == "option":
        return book.word(raw)
    return tuple(sorted({book.word(each) for each in raw.split(_BETWEEN) if each})) or None


def write_custom(kind: Kind, value: Value, book: OptionBook) -> str | None:
    """Return the text to send for a value of a custom kind, or ``None`` when HubSpot cannot hold it.

    Raises:
        ValueError: the value is not of this kind.
    """
    if kind == "flag":
        return str(value).lower() if isinstance(value, bool) else None
    if kind == "date":
        return values.date_text(value)
    if kind == "moment":
        moment = values.moment(value)
        return None if moment is None else values.moment_text(moment)
    words = value if isinstance(value, tuple) else (str(value),)
    if kind == "option":
        return book.value(words[0]) if len(words) == 1 else None
    found = [book.value(each) for each in words]
    return None if None in found else _BETWEEN.join(each for each in found if each is not None)

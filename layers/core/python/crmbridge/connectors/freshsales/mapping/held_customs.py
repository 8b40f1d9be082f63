"""Which of an account's own fields are ours to read and write, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.words import letters
from crmbridge.domain.custom_fields import PREFIX, CustomField

PREFIX_THERE = "cf_"


@dataclass(frozen=True, slots=True)
class HeldCustom:
    """A workspace's custom field that the account has, under its name there."""

    custom: CustomField
    key: str


def held_customs(wanted: Iterable[CustomField], described: Iterable[Row]) -> tuple[HeldCustom, ...]:
    """Return the wanted fields that the account has: by the name told, by the derived one, or by label.

    Example:
        >>> field = CustomField("contact", "x_bill", "Energy bill", "number")
        >>> held_customs([field], [{"name": "cf_energy_bill", "label": "Energy bill"}])[0].key
        'cf_energy_bill'
    """
    rows = [each for each in described if str(each.get("name") or "").startswith(PREFIX_THERE)]
    names = {str(each["name"]) for each in rows}
    labels = {letters(str(each.get("label") or "")): str(each["name"]) for each in reversed(rows)}
    found: list[HeldCustom] = []
    for each in wanted:
        guesses = (each.remote_name, remote_name(each), labels.get(letters(each.label), ""))
        key = next((guess for guess in guesses if guess in names), "")
        found += [HeldCustom(each, key)] if key else []
    return tuple(found)


def remote_name(custom: CustomField) -> str:
    """Return the name a custom field has, or would have, in Freshsales."""
    return custom.remote_name or f"{PREFIX_THERE}{custom.name.removeprefix(PREFIX)}"

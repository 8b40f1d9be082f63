"""Invents companies."""

from __future__ import annotations

import re
import unicodedata

from local.demo.invent import typing_habits
from local.demo.invent.dice import Dice
from local.demo.invent.locales import LOCALES, Locale

_AFTER = (
    "Holding",
    "Logistics",
    "Systems",
    "Foods",
    "Labs",
    "Energy",
    "Books",
    "Tools",
    "& Partners",
    "Care",
)
_EMOJI = ("☀️", "🐝", "🎯", "🧊")


def slug(text: str, fallback: str) -> str:
    """Turn words into what could be part of a domain name.

    Example:
        >>> slug("Bärenstark GmbH", "x"), slug("青空", "aozora")
        ('barenstark-gmbh', 'aozora')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ł", "l").replace("\u0131", "i"))
    words = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower())
    return words.strip("-") or fallback


def invent_company(dice: Dice, number: int) -> tuple[Locale, dict[str, str]]:
    """Return a company's country and what is known of it before anybody types it into a CRM."""
    locale = dice.pick(LOCALES)
    name = f"{dice.pick(locale.companies)} {dice.pick(_AFTER)} {number} {locale.suffix}"
    city, region = dice.pick(locale.cities).split("|")
    fields = {
        "name": f"{name} {dice.pick(_EMOJI)}" if dice.chance(0.03) else name,
        "domain": f"{slug(name, locale.code.lower())}.example",
        "city": city,
        "state": region,
        "country": locale.country,
        "description": typing_habits.note(dice, f"C-{number:05d}"),
    }
    _fill_in(dice, locale, fields)
    return locale, fields


def _fill_in(dice: Dice, locale: Locale, fields: dict[str, str]) -> None:
    if dice.chance(0.12):
        del fields["domain"]
    if dice.chance(0.7):
        fields["street"] = dice.fill(locale.street.replace("#", str(dice.between(1, 199)), 1))
        fields["postal_code"] = dice.fill(locale.postal)
    if dice.chance(0.75):
        fields["phone"] = typing_habits.phone(dice, locale)
    if dice.chance(0.6):
        fields["employees"] = str(dice.between(1, 40_000))
    if dice.chance(0.5):
        fields["annual_revenue"] = typing_habits.revenue(dice)
    if dice.chance(0.5):
        fields["industry"] = dice.pick(INDUSTRIES)


INDUSTRIES = (
    "banking",
    "biotechnology",
    "chemicals",
    "construction",
    "insurance",
    "machinery",
    "retail",
    "telecommunications",
    "utilities",
)
"""Neutral keys; both vendors' standard lists have an entry for each."""

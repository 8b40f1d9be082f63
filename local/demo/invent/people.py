"""Invents the people who work for the companies."""

from __future__ import annotations

from local.demo.invent import typing_habits
from local.demo.invent.companies import slug
from local.demo.invent.dice import Dice
from local.demo.invent.locales import Locale

_CAN_LACK = ("first_name", "job_title", "phone", "city")


def invent_person(dice: Dice, locale: Locale, number: int, *, domain: str) -> dict[str, str]:
    """Return what is known of a person before anybody types it into a CRM.

    Args:
        dice: decides.
        locale: where the person lives.
        number: serial number; makes the address and the customer number unique.
        domain: of the employer's e-mail addresses, or empty for a private address.
    """
    given, family = dice.pick(locale.given), _family(dice, locale)
    city, region = dice.pick(locale.cities).split("|")
    local = slug(f"{given}.{family}", "mail").replace("-", ".")[:24].strip(".")
    fields = {
        "first_name": typing_habits.blanks(dice, given),
        "last_name": typing_habits.blanks(dice, family),
        "email": typing_habits.email(dice, f"{local}.p{number:05d}", domain or "post.example"),
        "job_title": dice.pick(locale.titles),
        "phone": typing_habits.phone(dice, locale),
        "city": city,
        "state": region,
        "country": locale.country,
        "description": typing_habits.note(dice, f"p{number:05d}"),
    }
    if dice.chance(0.35):
        fields["mobile_phone"] = typing_habits.phone(dice, locale)
    if dice.chance(0.25):
        fields["street"] = dice.fill(locale.street.replace("#", str(dice.between(1, 199)), 1))
        fields["postal_code"] = dice.fill(locale.postal)
    for name in _CAN_LACK:
        if dice.chance(0.08):
            del fields[name]
    return fields


def _family(dice: Dice, locale: Locale) -> str:
    if dice.chance(0.07):
        return "-".join(dice.some(locale.family, 2))
    return dice.pick(locale.family)

"""How people type: telephone numbers in many forms, stray blanks, capitals, long texts."""

from __future__ import annotations

from local.demo.invent.dice import Dice
from local.demo.invent.locales import Locale

_JUNK = ("n/a", "ask reception", "—", "see card", "0")
_EMOJI = ("🚀", "☕️", "🌊", "👩‍🔬", "🇪🇺", "🦊")
_SENTENCES = (
    "Met at the fair; wants the price list before the holidays.",
    "Prefers e-mail — never calls back before 10:00.",
    "Zweiter Ansprechpartner sitzt in der Zweigstelle, bitte dort nachfragen.",
    "A demandé un devis « au plus vite » ; à rappeler mardi.",
    "話は進んでいます。次回は来月。",
    "يفضل التواصل صباحاً.",
    'Says "no" to everything & <b>bold</b> offers; see ticket #12 / 50 % discount?',
    "Größere Bestellung möglich, falls Lieferung ≤ 2 Wochen.",
)


def phone(dice: Dice, locale: Locale) -> str:
    """Type a telephone number of a country the way people do; seldom something else."""
    if dice.chance(0.04):
        return dice.pick(_JUNK)
    number = dice.fill_once(f"{locale.calling}|{locale.phone}").split("|")[1]
    digits = number.replace(" ", "")
    forms = (
        f"+{locale.calling} {number}",
        f"+{locale.calling}{digits}",
        f"{locale.trunk}{number}",
        f"00{locale.calling} {number.replace(' ', '-')}",
        f"{locale.trunk}{number.replace(' ', '/', 1)}",
        f"+{locale.calling} (0) {number}" if locale.trunk == "0" else f"+{locale.calling}.{digits}",
        f"  +{locale.calling} {number} ",
    )
    return dice.pick(forms)


def email(dice: Dice, local: str, domain: str) -> str:
    """Type an address, sometimes in capitals, as it came off a business card."""
    address = f"{local}@{domain}"
    if dice.chance(0.15):
        return dice.pick((address.upper(), f"{local.title()}@{domain.title()}", f"{address} "))
    return address


def blanks(dice: Dice, text: str) -> str:
    """Add a stray blank at an end, seldom."""
    return dice.pick((f"{text} ", f" {text}", f"{text}\t")) if dice.chance(0.04) else text


def note(dice: Dice, reference: str) -> str:
    """Write a description: mostly short, sometimes several lines, seldom very long.

    Args:
        dice: decides.
        reference: customer number; ends the text, so that the thing can be told from all others.
    """
    count = dice.pick((0, 0, 1, 1, 2, 3))
    if dice.chance(0.005):
        count = 150
    text = "\n".join(dice.pick(_SENTENCES) for _ in range(count))
    if dice.chance(0.06):
        text += dice.pick(_EMOJI)
    return f"{text}\nRef. {reference}".strip()


def revenue(dice: Dice) -> str:
    """Type a whole amount of money in the forms that both vendors accept."""
    amount = dice.between(2, 9_999) * 1_000
    return dice.pick((str(amount), f"{amount}.0", f"{amount}.00"))


def price(dice: Dice) -> str:
    """Type an amount with or without cents in the forms that both vendors accept."""
    whole, cents = dice.between(40, 250_000), dice.between(1, 99)
    return dice.pick((str(whole), f"{whole}.00", f"{whole}.5", f"{whole}.{cents:02d}", f"{whole}.10", "0"))

"""Invents deals between the companies and us."""

from __future__ import annotations

from datetime import date, timedelta

from local.demo.invent import typing_habits
from local.demo.invent.dice import Dice

_KINDS = ("Renewal", "Pilot", "Ausschreibung", "Réassort", "Expansión", "更新", "تجديد", "Upgrade 🚀", "RFQ")
_FIRST_DAY = date(2026, 1, 5)


def invent_deal(dice: Dice, number: int, *, company: str, stages: tuple[str, ...]) -> dict[str, str]:
    """Return a deal; its number ends the title, so that it can be told from all others.

    Args:
        dice: decides.
        number: serial number.
        company: how the title calls the customer.
        stages: the CRM's own stages, in selling order.
    """
    fields = {
        "title": f"{dice.pick(_KINDS)} / {company[:60].strip()} D-{number:05d}",
        "stage": dice.pick(stages),
        "close_on": (_FIRST_DAY + timedelta(days=dice.between(0, 720))).isoformat(),
    }
    if dice.chance(0.9):
        fields["amount"] = typing_habits.price(dice)
    if dice.chance(0.3):
        fields["description"] = typing_habits.note(dice, f"D-{number:05d}")
    return fields

"""What the other team knew: the same thing typed once more into another CRM."""

from __future__ import annotations

from collections.abc import Mapping

from local.demo.invent import typing_habits
from local.demo.invent.dice import Dice

_MAY_DIFFER = ("job_title", "city", "description", "employees", "name")
_MAY_LACK = (
    "phone",
    "mobile_phone",
    "street",
    "postal_code",
    "state",
    "industry",
    "annual_revenue",
    "first_name",
)


def second_hand(dice: Dice, fields: Mapping[str, str]) -> dict[str, str]:
    """Type the same thing again: some fields differ, some are missing, the identity stays.

    The e-mail address and the domain are spelt differently but mean the same.
    """
    other = dict(fields)
    for name in _MAY_LACK:
        if name in other and dice.chance(0.3):
            del other[name]
    for name in _MAY_DIFFER:
        if name in other and dice.chance(0.2):
            other[name] = _differently(dice, name, other[name])
    if "email" in other:
        other["email"] = typing_habits.email(dice, *other["email"].strip().lower().split("@"))
    if "domain" in other:
        other["domain"] = dice.pick((other["domain"], f"www.{other['domain']}", other["domain"].upper()))
    return other


def _differently(dice: Dice, name: str, value: str) -> str:
    if name == "employees":
        return str(int(value) + dice.between(1, 50))
    if name == "name":
        return f"{value} (HQ)"
    if name == "description":
        return f"Second opinion: {value}"
    return f"{value} II"

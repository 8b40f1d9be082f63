"""Contacts that stand in a simulated CRM already, each spelt as its own API spells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.crms import chunks
from bench.vendors.account import Account
from bench.vendors.clock import SimulatedClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How contacts came to stand there: so many within one second, and the seconds until the next ones."""

    at_once: int
    apart_s: float


BY_PEOPLE = Pace(at_once=5, apart_s=2.0)
"""A busy office all day long; what is measured unless told otherwise."""

BY_IMPORT = Pace(at_once=50, apart_s=5.0)
"""Fifty have the same modified time: where that is the only way to go on from, as at Kommo, a page may end amid them,
and the next one has to show them again."""

Row = dict[str, Any]


def _email(number: int) -> str:
    return f"eva.{number:07d}@seed-{number % 97}.example"


def _name(number: int) -> str:
    return f"Lund {number:07d}"


_BODIES: dict[str, Callable[[list[int]], Row]] = {
    "hubspot": lambda numbers: {
        "contacts": [{"properties": {"email": _email(each), "lastname": _name(each)}} for each in numbers]
    },
    "salesforce": lambda numbers: {
        "records": {"Contact": [{"Email": _email(each), "LastName": _name(each)} for each in numbers]}
    },
    "pipedrive": lambda numbers: {
        "persons": [
            {"name": _name(each), "emails": [{"value": _email(each), "primary": True, "label": "work"}]}
            for each in numbers
        ]
    },
    "zoho": lambda numbers: {
        "records": {"Contacts": [{"Email": _email(each), "Last_Name": _name(each)} for each in numbers]}
    },
    "freshsales": lambda numbers: {
        "contacts": [
            {"last_name": _name(each), "emails": [{"value": _email(each), "is_primary": True}]} for each in numbers
        ]
    },
    "salesflare": lambda numbers: {
        "actions": [
            {
                "action": "create",
                "object": "contacts",
                "fields": {"email": _email(each), "lastname": _name(each)},
            }
            for each in numbers
        ]
    },
    "kommo": lambda numbers: {"notify": False, "contacts": [{"last_name": _name(each)} for each in numbers]},
    "dynamics": lambda numbers: {
        "rows": {"contacts": [{"emailaddress1": _email(each), "lastname": _name(each)} for each in numbers]}
    },
}


def fill(account: Account, clock: SimulatedClock, contacts: int, pace: Pace = BY_PEOPLE) -> None:
    """Store so many contacts, some at a time, without spending any of the limits."""
    body = _BODIES[account.crm]
    for numbers in chunks(iter(range(contacts)), pace.at_once):
        account.control("seed", body(numbers))
        clock.sleep(pace.apart_s)

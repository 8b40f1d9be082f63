"""When two CRMs say the same thing: written from the vendors' rules, not from the engine's.

Texts lose blanks at their ends (Salesforce trims what it stores), addresses of e-mail
and web are compared without case, numbers by value, dates by their UTC day (HubSpot
stores a moment where Salesforce stores a day), telephone numbers by what would be
dialled from abroad.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

CALLING_CODES: Mapping[str, tuple[str, str]] = {
    "Germany": ("49", "0"),
    "France": ("33", "0"),
    "Spain": ("34", ""),
    "Brazil": ("55", "0"),
    "Poland": ("48", ""),
    "Turkey": ("90", "0"),
    "Kazakhstan": ("7", "8"),
    "Israel": ("972", "0"),
    "United Arab Emirates": ("971", "0"),
    "Japan": ("81", "0"),
    "China": ("86", "0"),
    "South Korea": ("82", "0"),
    "India": ("91", "0"),
    "Vietnam": ("84", "0"),
    "Sweden": ("46", "0"),
    "Czechia": ("420", ""),
    "Greece": ("30", ""),
    "United Kingdom": ("44", "0"),
    "United States": ("1", "1"),
    "Nigeria": ("234", "0"),
}
"""Country as typed: calling code and what is dialled before a national number, from ITU's national plans."""

_SHORTEST_NUMBER = 5


def text(value: str) -> str:
    """Return a text without blanks at its ends.

    Example:
        >>> text(" Ana ")
        'Ana'
    """
    return value.strip()


def address(value: str) -> str:
    """Return an e-mail address without blanks and capitals."""
    return value.strip().lower()


def domain(value: str) -> str:
    """Return the host of a web address, without scheme, ``www.``, path and capitals.

    Example:
        >>> domain("https://www.Kola-Nut.example/"), domain("kola-nut.example")
        ('kola-nut.example', 'kola-nut.example')
    """
    host = re.sub(r"^[a-z]+://", "", value.strip().lower()).split("/")[0]
    return host.removeprefix("www.")


def number(value: str) -> str:
    """Return a number's value, whatever its form; a text that is none stays as it is.

    Example:
        >>> number("1054.50"), number("1054.5"), number("1.2E+3")
        ('1054.5', '1054.5', '1200')
    """
    try:
        found = Decimal(value.strip())
    except InvalidOperation:
        return value.strip()
    plain = f"{found:f}"
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def day(value: str) -> str:
    """Return the UTC day of a date or a moment.

    Example:
        >>> day("2026-03-01T00:00:00.000Z"), day("2026-03-01")
        ('2026-03-01', '2026-03-01')
    """
    return value.strip()[:10]


def word(value: str) -> str:
    """Return a picklist entry's letters and digits, so that labels and internal names meet.

    Example:
        >>> word("FOOD_BEVERAGES"), word("Food & Beverages")
        ('foodbeverages', 'foodbeverages')
    """
    return re.sub(r"[\W_]+", "", value).lower()


def dialled(value: str, *, country: str) -> str:
    """Return what would be dialled from abroad; a text without a number stays as it is.

    Args:
        value: as stored.
        country: of the record, as typed; tells what a national number means.

    Example:
        >>> dialled("030/2312 5555", country="Germany"), dialled("+49 (0)30 23125555", country="")
        ('493023125555', '493023125555')
    """
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    if len(digits) < _SHORTEST_NUMBER:
        return value.strip()
    if value.strip().startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    calling, trunk = CALLING_CODES.get(country.strip(), ("", ""))
    return calling + digits.removeprefix(trunk)


_KINDS: Mapping[str, Callable[[str], str]] = {
    "email": address,
    "owner": address,
    "domain": domain,
    "employees": number,
    "annual_revenue": number,
    "amount": number,
    "close_on": day,
    "industry": word,
}


def canonical(name: str, fields: Mapping[str, str]) -> str:
    """Return one field in the form in which CRMs can be compared; empty for nothing.

    Args:
        name: neutral field name.
        fields: the whole record, since a telephone number needs its country.
    """
    value = fields.get(name, "")
    if not value.strip():
        return ""
    if name in {"phone", "mobile_phone"}:
        return dialled(value, country=fields.get("country", ""))
    return _KINDS.get(name, text)(value)

"""What is known of a lead or a deal when a rule looks at it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Fact: TypeAlias = str | int | float | Decimal | bool | datetime | tuple[str, ...] | None
"""One value; numbers may also be decimal strings, as records hold them. ``None`` is unknown."""

Facts: TypeAlias = Mapping[str, Fact]
"""By name; a name that is absent is unknown."""


def number(value: Fact) -> Decimal | None:
    """Return a fact as a number, or ``None`` where it is none.

    Example:
        >>> number("3500.00"), number(70), number("imediato"), number(True)
        (Decimal('3500.00'), Decimal('70'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def plain(text: str) -> str:
    """Return a text without case, accents and outer blanks, as words are compared.

    Example:
        >>> plain(" Não ")
        'nao'
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).strip()


def is_known(value: Fact) -> bool:
    """Tell whether anything is known: neither ``None`` nor an empty text or list."""
    return value is not None and value not in ("", ())

"""Money divided by weights so that the parts add up to it, to the last cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

CENTS = 2
"""Decimal places of a part, where the amount has no more itself."""


def apportion(amount: str, weights: Sequence[Fraction]) -> tuple[str, ...]:
    """Divide an amount by weights; the parts add up to it exactly.

    What is left of whole cents goes to the largest remainders, the earlier first. Weights that are all zero count as
    equal.

    Args:
        amount: a decimal number.
        weights: 0 or more each, at least one.

    Returns:
        Decimal numbers without exponent, in the order of the weights.

    Example:
        >>> apportion("100", [Fraction(1), Fraction(1), Fraction(1)])
        ('33.34', '33.33', '33.33')
    """
    value = Decimal(amount)
    exponent = value.as_tuple().exponent
    places = max(CENTS, -exponent if isinstance(exponent, int) else CENTS)
    units = int(abs(value).scaleb(places).to_integral_value())
    total = sum(weights)
    shares = [units * (each / total if total else Fraction(1, len(weights))) for each in weights]
    parts = [int(each) for each in shares]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - shares[place], place))
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    sign = -1 if value < 0 else 1
    return tuple(_text(sign * each, places) for each in parts)


def _text(units: int, places: int) -> str:
    sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")


def total(parts: Sequence[str]) -> str:
    """Return the sum of decimal numbers, exactly.

    Example:
        >>> total(["33.34", "33.33", "33.33"]), total([])
        ('100', '0')
    """
    text = format(sum((Decimal(each) for each in parts), Decimal(0)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

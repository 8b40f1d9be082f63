"""Which time zone a recipient lives in, as far as a telephone number tells."""

from __future__ import annotations

BRAZIL = "America/Sao_Paulo"

BY_AREA = {
    **dict.fromkeys(("92", "97"), "America/Manaus"),
    **dict.fromkeys(("65", "66"), "America/Cuiaba"),
    "67": "America/Campo_Grande",
    "68": "America/Rio_Branco",
    "69": "America/Porto_Velho",
    "95": "America/Boa_Vista",
}
"""Brazilian area codes that are not on Brasília's time. The few towns of area 97 an hour behind are not told apart."""


def zone_of(phone: str, *, told: str = "", otherwise: str) -> str:
    """Return the IANA name of a recipient's zone.

    Args:
        phone: in E.164; only Brazilian numbers tell their area.
        told: what is known of the person; wins.
        otherwise: the workspace's zone.

    Example:
        >>> zone_of("+5592900000001", otherwise="UTC"), zone_of("+15550100", otherwise="UTC")
        ('America/Manaus', 'UTC')
    """
    if told:
        return told
    digits = "".join(letter for letter in phone if letter.isdigit())
    if digits.startswith("55") and len(digits) in {12, 13}:
        return BY_AREA.get(digits[2:4], BRAZIL)
    return otherwise

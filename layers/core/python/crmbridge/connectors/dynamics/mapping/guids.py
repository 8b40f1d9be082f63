"""Our record ids as GUIDs, and back."""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OURS_MS = range(1_700_000_000_000, 4_100_000_000_000)
"""Moments that may stand in an id of ours: years 2023 to 2099."""


def guid_of(record_id: str) -> str:
    """Return the row id that a record of ours has in a table that cannot hold our key.

    A record id's 26 characters are the same 128 bits as a row id, so that a repeated create finds the first one.

    Example:
        >>> guid_of("act_01JD000000000000000000000A")
        '01934000-0000-0000-0000-00000000000a'

    Raises:
        ValueError: it is no record id.
    """
    number = 0
    for letter in record_id[-26:]:
        number = number * 32 + _DIGITS.index(letter)
    text = f"{number & (1 << 128) - 1:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def record_id_of(prefix: str, row_id: str) -> str:
    """Return the record id that a row id was made of; an empty string when it was made of none.

    Example:
        >>> record_id_of("act", "01934000-0000-0000-0000-00000000000a")
        'act_01JD000000000000000000000A'
        >>> record_id_of("act", "e8d1c9a0-4f7b-ee11-8179-000d3a993550")
        ''
    """
    number = int(row_id.replace("-", ""), 16)
    if number >> 80 not in _OURS_MS:
        return ""
    letters = "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(26)))
    return f"{prefix}_{letters}"

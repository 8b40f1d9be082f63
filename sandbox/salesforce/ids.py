"""Record ids: 15 characters that mind their case, 18 that need not."""

from __future__ import annotations

import re
from collections import Counter

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
_SERIAL_DIGITS = 8
INSTANCE = "sb"


def with_suffix(short: str) -> str:
    """Turn 15 characters into 18.

    The suffix tells which of the 15 letters are capitals, five to a character.

    Example:
        >>> with_suffix("001000000000001")
        '001000000000001AAA'
    """
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, letter in enumerate(short[start : start + 5]) if letter.isupper())
        suffix += _ALPHABET[bits]
    return short + suffix


def normalised(text: object) -> str | None:
    """Return the 18 characters of a well-formed id, ``None`` for anything else.

    Example:
        >>> normalised("001sb0000000001")
        '001sb0000000001AAA'
        >>> normalised("nonsense") is None
        True
    """
    if not isinstance(text, str) or not _FORM.match(text):
        return None
    if len(text) == 15:
        return with_suffix(text)
    return _with_case_of_suffix(text)


def _with_case_of_suffix(text: str) -> str | None:
    short, suffix = text[:15], text[15:].upper()
    letters: list[str] = []
    for group, mark in enumerate(suffix):
        bits = _ALPHABET.find(mark)
        if bits < 0:
            return None
        for place, letter in enumerate(short[group * 5 : group * 5 + 5]):
            letters.append(letter.upper() if bits >> place & 1 else letter.lower())
    return "".join(letters) + suffix


class IdMint:
    """Hands out ids, one serial per key prefix, the same ones in every run."""

    def __init__(self) -> None:
        """Start every prefix at one."""
        self._next: Counter[str] = Counter()

    def mint(self, prefix: str) -> str:
        """Return the next 18-character id beginning with ``prefix``."""
        self._next[prefix] += 1
        serial = self._next[prefix]
        digits = ""
        while serial:
            serial, digit = divmod(serial, 62)
            digits = _DIGITS[digit] + digits
        return with_suffix(f"{prefix}{INSTANCE}00{digits.rjust(_SERIAL_DIGITS, '0')}")

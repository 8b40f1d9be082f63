"""Long texts as attributes: compressed, since DynamoDB bills every kilobyte that is written."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

LONG = 600
"""Bytes from which a text is compressed; a shorter one fits a kilobyte together with its keys, and stays readable."""

_LEVEL = 6


def packed(text: str) -> dict[str, Any]:
    """Return a text as an attribute: ``S``, or ``B`` with its zlib form where that is what makes it short.

    Example:
        >>> packed("short")
        {'S': 'short'}
        >>> list(packed("long " * 200))
        ['B']
    """
    plain = text.encode()
    if len(plain) < LONG:
        return {"S": text}
    small = zlib.compress(plain, _LEVEL)
    return {"S": text} if len(small) >= len(plain) else {"B": small}


def unpacked(attribute: Mapping[str, Any]) -> str:
    """Return the text of an attribute.

    Args:
        attribute: as ``packed`` made it; ``B`` may be Base64, as stream events hold it.
    """
    if "S" in attribute:
        return attribute["S"]
    held: str | bytes = attribute["B"]
    return zlib.decompress(b64decode(held) if isinstance(held, str) else held).decode()

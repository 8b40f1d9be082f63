"""Long texts as attributes: compressed, since DynamoDB bills every kilobyte that is written."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

LONG = 600
"""Bytes from which a text is compressed; a shorter one fits a kilobyte together with its keys, and stays readable."""

_COMMON = (
    b'"tags":["contacts":["con_01"deal_type":"probability":"close_on":"currency":"stage":"amount":"title":"'
    b'annual_revenue":"employees":"industry":"domain":"name":"lead_status":"lead_source":"company":"com_01"'
    b'description":"owner":"lifecycle_stage":"lead"mobile_phone":"+job_title":"last_name":"first_name":"email":"phone":"+'
    b'postal_code":"country":"state":"street":"city":"@example.com'
    b'{"by":"","changes":[["city",null,"],"created_at":"2026-01-01T00:00:00.000+00:00","due_for":{"int_01":0},"fields":{"'
    b'"last":{"at":"2026-01-01T00:00:00.000+00:00","by":"","changes":[],"integration_id":"int_01","kind":"imported"'
    b'"kind":"changed"kind":"settled","lost":[],"run_id":"run_01""},"links":{"int_01":{"base":{"owner":[null,"'
    b'external_id":"003","state":"active","version":"2026-01-01T00:00:00.000+0000"}},"record_id":"con_01","rev":'
    b',"stamps":{"city":[17,"int_01"],"},"v":1,"workspace_id":"'
)
"""What nearly every record and line of history says; the likeliest stands last.

Stored texts name it by its checksum: never change it, add a newer one and keep this.
"""

_DICTIONARIES = {zlib.adler32(each): each for each in (_COMMON,)}
_LEVEL = 6
_HAS_DICTIONARY = 0x20


def packed(text: str) -> dict[str, Any]:
    """Return a text as an attribute: ``S``, or ``B`` with its zlib form when it is long.

    Example:
        >>> packed("short")
        {'S': 'short'}
        >>> list(packed("long " * 200))
        ['B']
    """
    plain = text.encode()
    if len(plain) < LONG:
        return {"S": text}
    packer = zlib.compressobj(_LEVEL, zdict=_COMMON)
    return {"B": packer.compress(plain) + packer.flush()}


def unpacked(attribute: Mapping[str, Any]) -> str:
    """Return the text of an attribute.

    Args:
        attribute: as ``packed`` made it; ``B`` may be Base64, as stream events hold it.

    Raises:
        ValueError: it was written by a newer library.
    """
    if "S" in attribute:
        return attribute["S"]
    held: str | bytes = attribute["B"]
    small = b64decode(held) if isinstance(held, str) else held
    if not small[1] & _HAS_DICTIONARY:
        return zlib.decompress(small).decode()
    dictionary = _DICTIONARIES.get(int.from_bytes(small[2:6], "big"))
    if dictionary is None:
        raise ValueError("a text was compressed by a newer library than this one: update the layer")
    return zlib.decompressobj(zdict=dictionary).decompress(small).decode()

"""Tells two large sets of ids apart in a fixed amount of memory: only ids in unequal buckets need a closer look."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable

BUCKETS = 1024
"""With a million ids, one id that only one side has costs a closer look at about a thousand."""

_WRAP = (1 << 64) - 1
_ENTRY = struct.Struct("<HQ")


class Tally:
    """Per bucket of ids, the sum of their digests: what one side adds, the other takes away.

    An id counted twice only makes its bucket look unequal; that two unequal sides look equal by chance has odds of
    one to 2^64 a bucket.

    Example:
        >>> tally = Tally()
        >>> tally.add(["1", "2", "3"])
        >>> tally.take(["3", "1"])
        >>> tally.is_open("2"), tally.is_even()
        (True, False)
        >>> tally.take(["2"])
        >>> tally.is_even()
        True
    """

    def __init__(self, text: str = "") -> None:
        self._sums: dict[int, int] = dict(_ENTRY.iter_unpack(base64.b64decode(text)))

    def add(self, ids: Iterable[str]) -> None:
        """Count ids of one side."""
        for bucket, number in map(_place, ids):
            self._shift(bucket, number)

    def take(self, ids: Iterable[str]) -> None:
        """Count ids of the other side."""
        for bucket, number in map(_place, ids):
            self._shift(bucket, -number)

    def _shift(self, bucket: int, number: int) -> None:
        total = (self._sums.get(bucket, 0) + number) & _WRAP
        if total:
            self._sums[bucket] = total
        else:
            self._sums.pop(bucket, None)

    def is_open(self, each: str) -> bool:
        """Tell whether the two sides differ in an id's bucket."""
        return _place(each)[0] in self._sums

    def is_even(self) -> bool:
        """Tell whether both sides hold the same ids."""
        return not self._sums

    def to_text(self) -> str:
        """Return the unequal buckets' sums as text of at most 14 KB, empty when both sides are even."""
        return base64.b64encode(b"".join(_ENTRY.pack(*each) for each in sorted(self._sums.items()))).decode()


def _place(each: str) -> tuple[int, int]:
    number = int.from_bytes(hashlib.blake2b(each.encode(), digest_size=8).digest(), "big")
    return number % BUCKETS, number

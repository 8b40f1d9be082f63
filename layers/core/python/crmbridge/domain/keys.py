"""Which look-ups a record has: its external ids and its natural keys."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from crmbridge.domain.records import Record

NaturalKey: TypeAlias = Literal["email", "phone", "domain"]

NATURAL_KEY_FIELDS: dict[str, tuple[tuple[str, NaturalKey], ...]] = {
    "contact": (("email", "email"), ("phone", "phone"), ("mobile_phone", "phone")),
    "lead": (("email", "email"), ("phone", "phone"), ("mobile_phone", "phone")),
    "company": (("domain", "domain"),),
    "deal": (),
    "activity": (),
}
"""Per entity, which fields make look-ups, and under which key they are found."""


def external_keys(record: Record) -> frozenset[tuple[str, str]]:
    """Return (integration id, external id) of every link whose external id is known.

    Deleted links stay findable, so that a late event of a deleted record is recognised.
    """
    return frozenset((link.integration_id, link.external_id) for link in record.links.values() if link.external_id)


def natural_keys(record: Record) -> frozenset[tuple[NaturalKey, str]]:
    """Return (key, canonical value) of a live record; none for a tombstone.

    Example:
        >>> from crmbridge.domain.records import Record
        >>> natural_keys(Record("w", "con_1", "contact", fields={"email": "ana@example.com", "phone": None}))
        frozenset({('email', 'ana@example.com')})
    """
    if record.deleted_at is not None or record.merged_into:
        return frozenset()
    found: set[tuple[NaturalKey, str]] = set()
    for name, key in NATURAL_KEY_FIELDS[record.entity]:
        value = record.fields.get(name)
        if isinstance(value, str) and value:
            found.add((key, value))
    return frozenset(found)


def shard_of(record_id: str) -> int:
    """Return a record's shard, 0..15: a workspace's records are spread over that many partitions.

    Example:
        >>> 0 <= shard_of("con_01JD000000000000000000000A") <= 15
        True
    """
    return hashlib.sha256(record_id.encode()).digest()[0] >> 4


def digest(text: str) -> str:
    """Return a short, stable digest of a key value, so that no e-mail address becomes a table key.

    Example:
        >>> len(digest("ana@example.com"))
        32
    """
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""The brake against echoes: two systems that keep rewriting one field are stopped instead of fed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from crmbridge.domain.records import Fields, Link, Push, Record, Value
from crmbridge.domain.versions import version_ms

CODE = "ECHO_BRAKE"
"""Of a parked link whose field was written too often."""

WINDOW_S = 3600
MOST = 10
"""Pushes of one field to one CRM within the window, as far as they are counted; the next one parks the link."""

MOST_EVER = 20
"""Pushes within the window that not even values which were never sent before may exceed."""


def hot_fields(link: Link, wanted: Fields, *, now_s: int) -> tuple[str, ...]:
    """Return which of some fields must not be written again for now, ascending.

    Once the brake has parked a link, a value that was not among those sent lately is somebody's new edit and goes
    out, up to twice the limit: a loop that makes a new value each time is stopped there.

    Args:
        link: as stored; its ``parked`` tells whether the brake holds already.
        wanted: hub values about to be written, by field.
        now_s: our clock, epoch seconds.
    """
    holds = link.parked is not None and link.parked.code == CODE
    return tuple(sorted(name for name, value in wanted.items() if _is_hot(link, name, value, now_s, holds=holds)))


def _is_hot(link: Link, name: str, value: Value, now_s: int, *, holds: bool) -> bool:
    lately = _lately(link.pushes.get(name, ()), now_s)
    if len(lately) < MOST:
        return False
    is_new = holds and all(push.mark != mark_of(value) for push in lately)
    return not is_new or len(lately) >= MOST_EVER


def counted(before: Link | None, after: Link, sent: Fields, *, now_s: int) -> Link:
    """Return a link with some pushes counted, and those of more than an hour ago forgotten.

    A calm link counts nothing: counting begins with the second change of the same row within an hour, by the CRM's
    own versions; where a version tells no time, with the first push.

    Args:
        before: the link before the write, which tells the version it was made on.
        after: the link as settled by the write.
        sent: hub values that were written, by field.
        now_s: our clock, epoch seconds.
    """
    pushes = {name: kept for name, ring in after.pushes.items() if (kept := _lately(ring, now_s))}
    if before is not None and _is_lively(before, after):
        for name, value in sent.items():
            pushes[name] = (*pushes.get(name, ()), Push(now_s, mark_of(value)))[-MOST_EVER:]
    return after if pushes == after.pushes else replace(after, pushes=pushes)


def _is_lively(before: Link, after: Link) -> bool:
    then_ms, now_ms = version_ms(before.version), version_ms(after.version)
    return not then_ms or not now_ms or now_ms - then_ms < WINDOW_S * 1000


def _lately(ring: tuple[Push, ...], now_s: int) -> tuple[Push, ...]:
    return tuple(each for each in ring if now_s - each.at_s < WINDOW_S)


def mark_of(value: Value) -> int:
    """Return a small digest of a value, by which it is known again.

    Example:
        >>> mark_of("Recife") == mark_of("Recife"), mark_of("Recife") == mark_of("Olinda")
        (True, False)
    """
    return int.from_bytes(hashlib.blake2b(repr(value).encode(), digest_size=3).digest(), "big")


def words(names: Collection[str]) -> str:
    """Say why a link is parked, for people."""
    return (
        f"{', '.join(sorted(names))}: written more than {MOST} times within an hour. Another system seems to change it "
        "back; stop one of the two, then release the record, or edit the field once more"
    )


def release(record: Record, integration_ids: Collection[str]) -> Record:
    """Return the record with its parked writes to some CRMs due again, and their pushes forgotten."""
    links: Mapping[str, Link] = {
        key: replace(link, parked=None, attempts=0, retry_at=None, pushes={}) if key in integration_ids else link
        for key, link in record.links.items()
    }
    return replace(record, links=links)

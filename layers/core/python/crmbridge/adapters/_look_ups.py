"""What a save changes beside the record itself: the same answer for every record store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.domain.keys import NaturalKey, external_keys, natural_keys
from crmbridge.domain.records import Record
from crmbridge.ports import Save


@dataclass(frozen=True, slots=True)
class LookUps:
    """The look-ups that appear and vanish with one save, each ascending.

    Attributes:
        new_external: (integration id, external id), unique within the integration's entity.
        gone_external: likewise, no longer this record's.
        new_natural: (key, value), not unique.
        gone_natural: likewise, no longer this record's.
    """

    new_external: tuple[tuple[str, str], ...] = ()
    gone_external: tuple[tuple[str, str], ...] = ()
    new_natural: tuple[tuple[NaturalKey, str], ...] = ()
    gone_natural: tuple[tuple[NaturalKey, str], ...] = ()


NONE = LookUps()


def look_ups(save: Save) -> LookUps:
    """Return which look-ups a save adds and takes away; ``NONE`` itself when they stay as they are."""
    external, natural = external_keys(save.after), natural_keys(save.after)
    if save.before is None:
        if not external and not natural:
            return NONE
        return LookUps(new_external=tuple(sorted(external)), new_natural=tuple(sorted(natural)))
    old_external, old_natural = external_keys(save.before), natural_keys(save.before)
    if external == old_external and natural == old_natural:
        return NONE
    return LookUps(
        tuple(sorted(external - old_external)),
        tuple(sorted(old_external - external)),
        tuple(sorted(natural - old_natural)),
        tuple(sorted(old_natural - natural)),
    )


DUE_STEP_MS = 300_000
"""Steps in which due work is ordered, so that a save in between hardly ever moves it: a move costs two index writes."""


def due_at(record: Record) -> int:
    """Return the epoch milliseconds by which due records are ordered: five minutes fine, when each was last changed.

    Example:
        >>> due_at(Record("w", "con_1", "contact"))
        0
    """
    at_ms = 0 if record.last is None else round(record.last.at.timestamp() * 1000)
    return at_ms - at_ms % DUE_STEP_MS


def check_saves(saves: Sequence[Save]) -> None:
    """Refuse saves that break the port's own rules, before any of them is stored.

    Raises:
        ValueError: a revision that does not follow the one read, two saves of one record, or a save that
            turns one record into another.
    """
    seen: set[tuple[str, str]] = set()
    for save in saves:
        before, after = save.before, save.after
        place = (after.workspace_id, after.record_id)
        if after.rev != (0 if before is None else before.rev) + 1:
            raise ValueError(f"{after.record_id}: revision {after.rev} does not follow the one that was read")
        if place in seen:
            raise ValueError(f"{after.record_id}: saved twice in one call")
        if before is not None and (before.workspace_id, before.record_id) != place:
            raise ValueError(f"{after.record_id}: saved over {before.record_id}")
        seen.add(place)

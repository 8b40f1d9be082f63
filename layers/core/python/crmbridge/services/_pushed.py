"""What a push is about to write, and what became of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmbridge.domain.records import Record, Value
from crmbridge.ports import WriteOp


@dataclass(slots=True)
class Pushed:
    """Rows by outcome.

    Attributes:
        created: made in the CRM.
        updated: changed in the CRM.
        deleted: deleted in the CRM.
        linked: records that got an external id, by creating or by finding their twin.
        spared: due by the book, but the CRM says the same already; nothing was sent.
        surprised: the CRM had changed in the meantime; merged instead of overwritten.
        parked: refused for good, with the vendor's words.
        postponed: refused for now.
        braked: held by the brake against echoes, at least one field of them.
        waiting: cannot be sent in full before another record exists there.
        loaded: handed over in loads; what became of them is counted when they are looked for.
        calls: write calls issued.
    """

    created: int = 0
    updated: int = 0
    deleted: int = 0
    linked: int = 0
    spared: int = 0
    surprised: int = 0
    parked: int = 0
    postponed: int = 0
    braked: int = 0
    waiting: int = 0
    loaded: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One row about to be written.

    Attributes:
        record: as stored just before the call.
        sent: hub values that count as told to the CRM when the row succeeds.
        held_back: fields that stay due.
        unsaid: what the CRM holds in those of them that it cannot be told.
        braked: fields that the brake against echoes holds.
    """

    record: Record
    op: WriteOp
    sent: Mapping[str, Value]
    held_back: tuple[str, ...] = ()
    braked: tuple[str, ...] = ()
    unsaid: Mapping[str, Value] = field(default_factory=dict[str, Value])

"""What is known of rows while they are taken in, and counts of what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from crmbridge.domain.records import Record


@dataclass(slots=True)
class Absorbed:
    """What became of the ids that went in; ``seen == ok + parked`` always.

    Attributes:
        seen: ids taken in.
        created: new hub records.
        linked: rows that found their record by e-mail, domain or our own id.
        changed: records whose values changed.
        unchanged: rows that said nothing new; they cost no write.
        gone: deletions and merges noticed.
        missing: ids the CRM does not show, without evidence of deletion.
        quarantined: rows kept raw since they could not be understood.
        conflicts: values that lost a conflict.
        let_go: ids not read since the CRM cannot be reached; it is read as soon as it can be again.
    """

    seen: int = 0
    created: int = 0
    linked: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    missing: int = 0
    quarantined: int = 0
    conflicts: int = 0
    let_go: int = 0

    def add(self, other: Absorbed) -> None:
        """Add another count to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


COUNTED = {
    "imported": "created",
    "linked": "linked",
    "changed": "changed",
    "deleted": "gone",
    "held": "gone",
}
"""Which count each kind of stored change adds to."""


def counts_to_json(counts: Absorbed) -> dict[str, int]:
    """Return counts as JSON-ready values."""
    return {name: getattr(counts, name) for name in Absorbed.__slots__}


@dataclass(slots=True)
class Matched:
    """Records by external id, and the rows that must be read again now that their record is known."""

    by_external: dict[str, Record]
    reread: set[str] = field(default_factory=set[str])
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

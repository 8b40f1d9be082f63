"""What a record looks like after a write to one CRM succeeded, failed or was only intended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.domain.altering import altered
from crmbridge.domain.due import fingerprint
from crmbridge.domain.integrations import EntityRule
from crmbridge.domain.merge import Project, compact
from crmbridge.domain.records import (
    PROJECTED,
    Base,
    Fields,
    Link,
    Observation,
    Parked,
    Projected,
    Record,
    Value,
)

RETRY_BASE_S = 5
RETRY_MAX_S = 3600


def intend(record: Record, integration_id: str, *, not_again_before: datetime | None = None) -> Record:
    """Return the record with a create intended at one CRM, before any call is made.

    What an earlier try may have written stays known, for it may have been carried out.

    Args:
        not_again_before: should the answer be lost, no second try before this; ``None`` where what was made can be
            found at once.
    """
    tried = record.links.get(integration_id, Link(integration_id, state="creating"))
    return _with_link(record, altered(tried, retry_at=not_again_before, parked=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A write that one CRM took.

    Attributes:
        external_id: the CRM's id of what was written.
        sent: hub values of the fields that were written, or that the CRM cannot hold.
        observation: the CRM's state after the write, or ``None`` where it is not known; then the projection counts.
        is_create: also take what the CRM filled in by itself as agreed, so that a default is not read as an edit.
        held_back: on a create, fields that could not be sent yet and stay due (a reference to a record that
            this CRM has not got yet).
        told_in_part: those of them that were written as far as they could be; they stay due.
        existed: the create found a row of ours that an earlier try had made; what the hub has emptied since is no
            default of the CRM's and has to be emptied there too.
        unsaid: what the CRM holds in fields of ``sent`` that it cannot be told; it goes on to hold that.
        held: the hub's values when the row was written; the record's present ones when it has not moved since.
    """

    external_id: str
    sent: Fields
    observation: Observation | None
    is_create: bool
    held_back: Collection[str] = ()
    told_in_part: Collection[str] = ()
    existed: bool = False
    held: Fields | None = None
    unsaid: Fields = field(default_factory=dict[str, Value])

    @property
    def answered(self) -> Mapping[str, Value]:
        """What the CRM says the fields are now."""
        return self.unsaid if self.observation is None else {**self.unsaid, **self.observation.fields}


def settle(record: Record, written: Written, *, integration_id: str, project: Project) -> Record:
    """Return the record after one CRM took a write.

    The base becomes the values the CRM answered, against the hub's values *as they were sent*; had the hub moved on
    meanwhile, the newer value stays due.

    Args:
        project: the CRM's projection.
    """
    link = record.links.get(integration_id, Link(integration_id))
    if link.state == "creating" and record.deleted_at is not None:  # deleted everywhere while the create was under way
        return _with_link(record, Link(integration_id, written.external_id, "deleting"))
    settled = altered(
        link,
        external_id=written.external_id,
        state="deleting" if link.state == "deleting" else "active",
        version=link.version if written.observation is None else written.observation.version,
        base=compact(_agreed(record, link, written), record.fields, project(record.fields)),
        retry_at=None,
        attempts=0,
        parked=None,
    )
    return _with_link(record, settled)


def _agreed(record: Record, link: Link, written: Written) -> dict[str, Base]:
    answered = written.answered
    base = dict(link.base)
    for name in written.told_in_part:
        if name in base:
            base[name] = Base(base[name].hub, answered.get(name))
    for name, value in written.sent.items():
        base[name] = Base(value, _answer(answered, name))
    if written.is_create:
        base.update(_filled_in(record, link, written))
    return base


def _filled_in(record: Record, link: Link, written: Written) -> dict[str, Base]:
    """Return what a new row holds without having been told, and what it could not be told yet.

    What the hub has emptied since an earlier try is not there at all, in a row that is new.
    """
    answered, existed, held = written.answered, written.existed, written.held
    known = record.fields if held is None else held
    base: dict[str, Base] = {}
    if not existed:
        base.update((name, Base(known.get(name), None)) for name in link.base if name not in written.sent)
    for name, value in answered.items():
        if name not in written.sent:
            emptied = existed and name in known and known[name] is None and value is not None
            base[name] = Base(known.get(name), value, overruled=emptied)
    return base | {name: Base(None, answered.get(name)) for name in written.held_back}


def _answer(answered: Mapping[str, Value], name: str) -> Value | Projected:
    return answered.get(name, PROJECTED)


def park(
    record: Record,
    *,
    integration_id: str,
    rule: EntityRule,
    words: str,
    code: str,
    now: datetime,
    written: Record | None = None,
) -> Record:
    """Return the record with its write refused for good, until the record or the rule changes.

    Args:
        written: the record as it was when it was written; what it has become since was not refused.
    """
    link = record.links.get(integration_id, Link(integration_id, state="creating"))
    then = record if written is None else written
    parked = Parked(fingerprint(then, then.links.get(integration_id, link), rule), words, code, now)
    return _with_link(record, altered(link, parked=parked, attempts=link.attempts + 1, retry_at=None))


def postpone(record: Record, *, integration_id: str, retry_after_s: float | None, now: datetime) -> Record:
    """Return the record with its write to be tried again later: as the vendor says, else doubling from 5 s to 1 h."""
    link = record.links.get(integration_id, Link(integration_id, state="creating"))
    wait_s = min(RETRY_BASE_S * 2.0**link.attempts, RETRY_MAX_S) if retry_after_s is None else retry_after_s
    return _with_link(
        record, altered(link, attempts=link.attempts + 1, retry_at=now + timedelta(seconds=max(wait_s, 1.0)))
    )


def mark_gone(record: Record, *, integration_id: str, propagate: bool, now: datetime) -> Record:
    """Return the record after one CRM gave evidence that its copy is gone.

    The link stays, ``deleted``, so that the copy is never made again by accident.

    Args:
        propagate: also delete the other CRMs' copies and leave a tombstone in the hub.
        now: aware UTC.
    """
    link = record.links[integration_id]
    links = {
        **record.links,
        integration_id: altered(link, state="deleted", base={}, retry_at=None, parked=None),
    }
    if not propagate:
        return altered(record, links=links)
    for key, other in links.items():
        if key != integration_id and other.state in ("active", "invisible"):
            links[key] = altered(other, state="deleting", base={}, retry_at=None, parked=None)
    return altered(record, links=links, deleted_at=record.deleted_at or now)


def hold_gone(record: Record, *, integration_id: str) -> Record:
    """Return the record with its deletion in one CRM noted, and nothing else done about it."""
    return _with_link(record, altered(record.links[integration_id], state="held"))


def mark_deleted_there(record: Record, *, integration_id: str) -> Record:
    """Return the record after our delete was carried out by a CRM."""
    link = record.links[integration_id]
    return _with_link(record, altered(link, state="deleted", base={}, retry_at=None, parked=None, attempts=0))


def move_link(record: Record, *, integration_id: str, external_id: str) -> Record:
    """Return the record with its link following a merge to the surviving external id."""
    link = record.links[integration_id]
    return _with_link(record, altered(link, external_id=external_id, state="active", version=""))


def _with_link(record: Record, link: Link) -> Record:
    return altered(record, links={**record.links, link.integration_id: link})

"""The canonical record, its links to the CRMs, and what a CRM says of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.vocabulary import (
    ACTIVITY_KINDS,
    ENTITIES,
    FIELD_NAMES,
    PREFIXES,
    REFERENCES,
    Entity,
    Fields,
    Value,
    entity_of,
)

__all__ = [
    "ACTIVITY_KINDS",
    "ENTITIES",
    "FIELD_NAMES",
    "PREFIXES",
    "PROJECTED",
    "REFERENCES",
    "TRIED_MAX",
    "Base",
    "Conflict",
    "Entity",
    "FieldChange",
    "Fields",
    "Gone",
    "LastChange",
    "Link",
    "LinkState",
    "Lost",
    "Observation",
    "Parked",
    "Projected",
    "Push",
    "Record",
    "Side",
    "Stamp",
    "Unreadable",
    "Value",
    "entity_of",
]


class Projected(enum.Enum):
    """Says that a CRM agreed to its own rendering of the hub's value."""

    PROJECTED = "projected"


PROJECTED = Projected.PROJECTED

TRIED_MAX = 3
"""How many replaced values of one field are remembered for one CRM."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a CRM and the hub last agreed on for one field, kept only where it matters.

    Without a ``Base`` the CRM last agreed to exactly the projection of the hub's present value.

    Attributes:
        hub: the hub's value of that moment. ``hub`` differing from the record's value is a write that is due.
        remote: the value as the CRM itself last said it; ``PROJECTED`` for its rendering of ``hub``, so that
            nobody needs one CRM's mapping while merging another's change.
        overruled: the CRM's value lost a conflict, so it agreed to nothing: whatever the hub says is due, even should
            it come back to ``hub``.
        tried: hub values that were due after ``hub`` and replaced before the CRM was known to have them. Should it say
            one of them, that was our own write, whose answer was lost, and nobody's edit.
    """

    hub: Value
    remote: Value | Projected = PROJECTED
    overruled: bool = False
    tried: tuple[Value, ...] = ()


LinkState: TypeAlias = Literal["creating", "active", "deleting", "deleted", "invisible", "held"]
"""``creating``: a create was intended and its answer is not known yet. ``deleting``: a delete is due there.
``deleted``: gone there, never to be re-created. ``invisible``: not seen lately, without proof of deletion.
``held``: deleted there, but so many were that the brake holds until people have decided."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Why a write to one CRM is not tried again by itself.

    Attributes:
        fingerprint: digest of what was refused; a different digest is tried again.
        words: the vendor's own words.
        code: the vendor's own code.
        at: when it was refused.
    """

    fingerprint: str
    words: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """One of several pushes of a field within an hour.

    Attributes:
        at_s: our clock, epoch seconds.
        mark: small digest of the value.
    """

    at_s: int
    mark: int


@dataclass(frozen=True)
class Link:
    """One record's place in one CRM.

    Attributes:
        integration_id: which connected CRM account.
        external_id: the CRM's id; empty while ``creating``.
        state: see ``LinkState``.
        version: the CRM's version of the record as last merged (modified time or ETag); may be empty.
        base: per field, only where the agreed state is not the plain projection.
        retry_at: no write before this time, or ``None``.
        attempts: refused or failed writes in a row.
        parked: set when the CRM refused for good, or the brake against echoes holds.
        pushes: per field that was written repeatedly within an hour, when and what, oldest first; see ``domain.brake``.
    """

    integration_id: str
    external_id: str = ""
    state: LinkState = "active"
    version: str = ""
    base: Mapping[str, Base] = field(default_factory=dict[str, Base])
    retry_at: datetime | None = None
    attempts: int = 0
    parked: Parked | None = None
    pushes: Mapping[str, tuple[Push, ...]] = field(default_factory=dict[str, tuple[Push, ...]])


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by which CRM a field got its present value; orders conflicting edits.

    Attributes:
        at: the source CRM's own time, epoch milliseconds; 0 when unknown.
        integration_id: the source; breaks ties, ascending.
    """

    at: int
    integration_id: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's change: old and new, and where each came from."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that lost a conflict; kept so that nobody's edit vanishes without a trace."""

    field: str
    value: Value
    integration_id: str
    winner_integration_id: str
    policy: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an open conflict: a value, and who said it when."""

    value: Value
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that people must decide about; it stands still everywhere until they do.

    Attributes:
        base: the value both sides last agreed on.
        sides: by integration id, every differing value; the hub's present value under the id that set it.
        opened_at: when it was noticed.
    """

    base: Value
    sides: Mapping[str, Side]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class LastChange:
    """The latest change of a record, carried on the record so that the stream can journal it.

    Attributes:
        kind: ``imported``, ``linked``, ``changed``, ``resolved``, ``released``, ``deleted``, ``merged``; made by
            reading: ``reconciled``; by pushing: ``settled``, ``intended``, ``parked``, ``postponed``, ``invisible``.
        integration_id: where it came from (or went to, for ``settled`` and ``intended``).
        at: when the hub stored it.
        run_id: the sync run or request that did it; may be empty.
        changes: fields whose hub value changed.
        lost: values that lost a conflict in this change.
        by: who did it, when a person did it through our own API.
    """

    kind: str
    integration_id: str
    at: datetime
    run_id: str = ""
    changes: tuple[FieldChange, ...] = ()
    lost: tuple[Lost, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Record:
    """The hub's copy of one thing, with its links: one item in the records table.

    Attributes:
        record_id: ours; ``<3 letters of the entity>_<26 characters>``.
        fields: canonical values; references hold record ids.
        stamps: per field, who set it and when.
        links: by integration id.
        frozen: fields with an open conflict; nothing flows into or out of them.
        candidates: ids of records this one may be a double of; while there are any, it is written nowhere new.
        apart: ids of records that people said it is no double of; it is never joined with them again by itself.
        due_for: integrations that a write is due to, each with the epoch second before which it must wait
            (0 for none); derived by ``domain.due`` at every save and indexed by the store.
        rev: 0 before the first save, then +1 a save; every save is conditional on it.
        deleted_at: set when the record is a tombstone.
        merged_into: record id of the survivor when this one was merged away.
        last: the latest change.
    """

    workspace_id: str
    record_id: str
    entity: Entity
    fields: Fields = field(default_factory=dict[str, Value])
    stamps: Mapping[str, Stamp] = field(default_factory=dict[str, Stamp])
    links: Mapping[str, Link] = field(default_factory=dict[str, Link])
    frozen: Mapping[str, Conflict] = field(default_factory=dict[str, Conflict])
    candidates: tuple[str, ...] = ()
    due_for: Mapping[str, int] = field(default_factory=dict[str, int])
    rev: int = 0
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    merged_into: str = ""
    last: LastChange | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """What one CRM says of one record at one moment, in canonical values.

    Attributes:
        external_id: the CRM's id.
        fields: canonical values as the CRM states them, references excepted; absent means "not read".
        refs: reference fields as the CRM's own external ids; absent means "not read".
        version: the CRM's version of the row (modified time or ETag), comparable for equality only.
        modified_at: the CRM's own modified time, aware UTC, or ``None`` when it has none.
        field_times: the CRM's own time of single fields, where it keeps them.
        correlation_id: the value of our own external-id field there; empty when unset.
        author: the CRM's id of whoever made this version; empty where it does not tell.
        loose: fields that mean what ``fields`` says and do not stand in the CRM as we would write it.
    """

    external_id: str
    fields: Fields
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    version: str = ""
    modified_at: datetime | None = None
    field_times: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    correlation_id: str = ""
    author: str = ""
    loose: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gone:
    """Evidence that a CRM's record is gone: archived, deleted, merged or converted.

    Attributes:
        external_id: the id that is gone.
        merged_into: external id of the survivor, or empty when it was a plain deletion.
        at: the CRM's time of it, if told.
    """

    external_id: str
    merged_into: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be understood; kept raw in quarantine so that the cursor may pass.

    Attributes:
        external_id: its id if that much could be read, else empty.
        reason: which field and why.
        raw: the row as the CRM sent it, JSON text.
    """

    external_id: str
    reason: str
    raw: str

"""What goes to a CRM and what comes back, in canonical values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from crmbridge.domain.records import Fields, Gone, Observation, Unreadable
from crmbridge.errors import ProviderError


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a batch read by ids says.

    Attributes:
        found: by the external id that was asked for.
        gone: ids with evidence of deletion or merge.
        missing: ids the CRM does not show, without evidence of deletion.
        unreadable: rows that could not be understood, by external id.
    """

    found: Mapping[str, Observation]
    gone: Mapping[str, Gone] = field(default_factory=dict[str, Gone])
    missing: frozenset[str] = frozenset()
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict[str, Unreadable])


WriteKind: TypeAlias = Literal["create", "update", "upsert", "delete"]


@dataclass(frozen=True, slots=True)
class WriteOp:
    """One row of a batch write.

    Attributes:
        op_id: our record id; written to the CRM's external-id field on create and upsert.
        external_id: the CRM's id; empty for create and upsert.
        fields: canonical values to send, projected; references excepted. ``None`` clears.
        refs: reference fields to send, as the CRM's own external ids; an empty tuple clears.
        refs_before: the same fields as the CRM last said them, so that removals can be told.
        purge: of a delete: for good, as the CRM's own law of privacy has it, where it knows such a thing.
    """

    kind: WriteKind
    op_id: str
    external_id: str = ""
    fields: Fields = field(default_factory=dict[str, Any])
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    refs_before: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    purge: bool = False


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row.

    Attributes:
        op_id: of the row.
        external_id: the CRM's id after the write; for a conflict, the id of the record in the way if told.
        created: a new record was made.
        observation: the row as the CRM answered it, or ``None`` where it answers no values.
        error: ``None`` when it was written. A ``FatalProviderError`` is for good, a
            ``RetriableProviderError`` may succeed later.
        gone: the record to update or delete does not exist there any more.
        conflict: a create was refused since a record with the same unique value exists.
    """

    op_id: str
    external_id: str = ""
    created: bool = False
    observation: Observation | None = None
    error: ProviderError | None = None
    gone: bool = False
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of an entity as the CRM describes it."""

    name: str
    label: str
    type: str
    is_custom: bool
    is_writable: bool
    is_required: bool
    is_unique: bool
    max_length: int | None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a CRM's pipeline; ``stage_id`` is what records hold."""

    pipeline_id: str
    stage_id: str
    label: str
    is_closed: bool
    is_won: bool
    probability: int


@dataclass(frozen=True, slots=True)
class Owner:
    """A person who can own records in a CRM."""

    owner_id: str
    email: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """One webhook of ours as the CRM knows it.

    Attributes:
        subscription_id: the CRM's id; may be several of ours in one of theirs.
        events: what it is told, in the CRM's own words.
        expires_at: aware UTC, or ``None`` when it does not end.
        is_active: false when the CRM has switched it off (too many failed deliveries).
    """

    subscription_id: str
    url: str
    events: tuple[str, ...]
    expires_at: datetime | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """Which account a set of tokens belongs to."""

    account_id: str
    name: str
    time_zone: str
    currency: str

"""What a simulated CRM holds and tells: rows, and what a webhook says of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from crmbridge.domain.records import Entity, Observation, Value

PERSON, BRIDGE = "person", "bridge"


@dataclass(slots=True)
class Row:
    """One record of the CRM.

    Attributes:
        by: who made its present version.
        seen: what a reader is shown of its present version, once somebody asked.
        past: older and newer versions by the moment each began, where listings lag.
        broken: holds something that no connector can read.
        hidden: a sharing rule keeps it from us; people see it all the same.
    """

    external_id: str
    entity: Entity
    fields: dict[str, Value] = field(default_factory=dict)
    refs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    modified_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    correlation_id: str = ""
    deleted_at: datetime | None = None
    merged_into: str = ""
    by: str = PERSON
    seen: Observation | None = None
    past: list[tuple[datetime, Observation]] = field(default_factory=list)
    broken: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook says of one row."""

    entity: Entity
    external_id: str
    at: datetime
    by: str
    gone: bool = False
    merged_into: str = ""

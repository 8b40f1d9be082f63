"""What one organisation calls things, for one module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.connectors.zoho.mapping.schema import Schema
from crmbridge.connectors.zoho.mapping.stages import StageMap
from crmbridge.domain.custom_fields import CustomField


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One organisation's vocabulary for one module.

    Attributes:
        zone: the organisation's time zone, in which a due day is meant.
        owner_emails: e-mail address by user id, those who have left included.
        owner_ids: user id by e-mail address, of those who can be given records.
        stages: of deals, or the statuses of leads.
        has_pipelines: a new deal must name its pipeline.
        custom: the workspace's own fields of this entity.
    """

    schema: Schema
    zone: tzinfo = UTC
    owner_emails: Mapping[str, str] = field(default_factory=dict[str, str])
    owner_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    stages: StageMap = field(default_factory=StageMap)
    has_pipelines: bool = False
    custom: tuple[CustomField, ...] = ()


def zone_of(name: str) -> tzinfo:
    """Return a time zone, UTC where its name is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC

"""What one account calls things: its owners, stages, enumerations and time zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.connectors.hubspot.mapping.answers import AccountDetails, OwnerRow, Pipeline, Property
from crmbridge.connectors.hubspot.mapping.choices import Choice, choice_of
from crmbridge.connectors.hubspot.mapping.custom import OptionBook
from crmbridge.connectors.hubspot.mapping.rules import ObjectRule
from crmbridge.connectors.hubspot.mapping.stages import DEALS, LEADS, StageMap, stage_map_of
from crmbridge.domain.custom_fields import PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One account's vocabulary for one entity.

    Attributes:
        zone: the account's time zone, in which a closing day is meant.
        owner_emails: e-mail address by owner id, deactivated owners included.
        owner_ids: owner id by e-mail address, of those who can be given records.
        choices: by property name.
        options: of custom fields, by property name.
        properties: names of the properties the account has; of custom fields only those that can be written.
    """

    zone: tzinfo = UTC
    owner_emails: Mapping[str, str] = field(default_factory=dict[str, str])
    owner_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    choices: Mapping[str, Choice] = field(default_factory=dict[str, Choice])
    options: Mapping[str, OptionBook] = field(default_factory=dict[str, OptionBook])
    stages: StageMap = field(default_factory=StageMap)
    properties: frozenset[str] = frozenset()


def lexicon_of(
    rule: ObjectRule,
    *,
    properties: Iterable[Property],
    pipelines: Iterable[Pipeline] = (),
    owners: Iterable[OwnerRow] = (),
    account: AccountDetails | None = None,
    settings: Mapping[str, Mapping[str, str]] | None = None,
) -> Lexicon:
    """Build an account's vocabulary.

    Args:
        rule: the entity it is for.
        properties: all of the object's, with their options.
        settings: a workspace's own words: ``stages`` of deals, ``lead_stages``, and per choice field canonical word
            to HubSpot's value.
    """
    overrides = settings or {}
    defined = {each.name: each for each in properties}
    choices = {
        each.property: choice_of(each.property, defined[each.property].options, overrides.get(each.field))
        for each in rule.properties
        if each.kind == "choice" and each.property in defined
    }
    options = {
        each.property: OptionBook.of(defined[each.property].options, each.options)
        for each in rule.properties
        if each.kind in ("option", "options") and each.property in defined
    }
    shown_only = {each.property for each in rule.properties if each.field.startswith(PREFIX)} & {
        each.name for each in defined.values() if each.is_read_only
    }
    is_lead = rule.entity == "lead"
    people = [owner for owner in owners if owner.email]
    return Lexicon(
        zone=zone_of(account),
        owner_emails={owner.id: (owner.email or "").strip().lower() for owner in people},
        owner_ids={(owner.email or "").strip().lower(): owner.id for owner in people if not owner.archived},
        choices=choices,
        options=options,
        stages=stage_map_of(
            pipelines, overrides.get("lead_stages" if is_lead else "stages"), words=LEADS if is_lead else DEALS
        ),
        properties=frozenset(defined) - shown_only,
    )


def zone_of(account: AccountDetails | None) -> tzinfo:
    """Return an account's time zone, its present offset where the zone's name is not known here."""
    if account is None:
        return UTC
    try:
        return ZoneInfo(account.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone(timedelta(milliseconds=account.utc_offset_milliseconds))

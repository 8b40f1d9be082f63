"""Connected CRM accounts of a workspace and the rules by which each is kept in step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.mapping.overrides import Overrides
from crmbridge.domain.records import Entity
from crmbridge.domain.schedules import DEFAULT, Schedule

Direction: TypeAlias = Literal["bidirectional", "to_crm", "from_crm"]
Status: TypeAlias = Literal["pending", "active", "paused", "reauth_required"]
PolicyName: TypeAlias = Literal[
    "default",
    "last_modified_wins",
    "primary_wins",
    "secondary_wins",
    "crm_wins",
    "hub_wins",
    "merged",
    "manual",
]
DeletePolicy: TypeAlias = Literal["keep", "propagate"]
Circuit: TypeAlias = Literal["closed", "open", "half_open"]
"""Whether calls go through to a CRM: all, none, or one that finds out whether it answers again."""


COMPARE_EVERY_S = 4 * 3600
REPAIR_BUDGET = 10_000


@dataclass(frozen=True, slots=True)
class EntityRule:
    """How one entity is kept in step with one CRM.

    Attributes:
        enabled: whether this entity is synchronised at all.
        direction: ``to_crm`` never reads changes into the hub, ``from_crm`` never writes to the CRM.
        fields: the canonical fields taking part; all that the connector can hold.
        policies: who wins a conflict, by field; ``*`` for all fields without one of their own.
    """

    enabled: bool = True
    direction: Direction = "bidirectional"
    fields: tuple[str, ...] = ()
    policies: Mapping[str, PolicyName] = field(default_factory=dict[str, PolicyName])

    def reads(self, name: str) -> bool:
        """Tell whether the CRM's value of a field may enter the hub."""
        return self.enabled and self.direction != "to_crm" and name in self.fields

    def writes(self, name: str) -> bool:
        """Tell whether the hub's value of a field may be written to the CRM."""
        return self.enabled and self.direction != "from_crm" and name in self.fields


OFF = EntityRule(enabled=False)


@dataclass(frozen=True, slots=True)
class Integration:
    """One connected account of one CRM.

    Attributes:
        crm: the connector's folder name.
        account_id: the CRM's own id of the account (HubSpot portal, Salesforce organisation); empty while pending.
        actor_id: the CRM's own id of the user that our writes are made as; empty where it has none.
        base_url: the account's API host as the token answer named it; empty for the connector's default.
        domain: the account's own domain or data centre as the workspace named it (Freshsales, Kommo, Zoho,
            Dynamics); empty where the CRM needs none.
        environment: ``production`` or ``sandbox`` (decides Salesforce's login host).
        rules: per entity; an entity without a rule is off.
        interval_s: seconds between incremental reads.
        compare_every_s: seconds between full comparisons, 0 for none but those that people ask for.
        repair_budget: rows that one such comparison may repair.
        schedule: when it is looked after beside that.
        is_primary: this CRM wins conflicts under ``primary_wins``.
        policy: who wins a conflict; ``default`` is ``primary_wins`` once the workspace has a primary CRM,
            ``last_modified_wins`` before.
        rank: under ``crm_wins``, a lower rank wins over a higher one; unique in its workspace.
        on_delete: what a deletion there does to the other CRMs.
        blocked_until: nothing is sent to the CRM before this time (quota, outage), or ``None``.
        failures: failed calls in a row; drives the back-off.
        connections: how often people have connected it; tells a grant that died from the one that took its place.
        hook_digest: SHA-256 of the secret in the webhook path, for CRMs that sign nothing.
        circuit: ``open`` after so many of them that the CRM is left alone until one probe succeeds.
        calls_per_minute: a limit below the vendor's own that people have set, 0 for none.
        settings: connector-specific overrides, such as stage maps.
        custom_fields: beside the fields of every record; each may take part like any other.
        field_maps: where the CRM holds fields otherwise than its connector would.
        mapping_version: counts the changes of ``field_maps``.
        remapping: id of the change of ``field_maps`` that is being carried out; the CRM is left alone meanwhile.
        unavailable: entities that this account has not, each with why; their rules rest until it has them.
    """

    workspace_id: str
    integration_id: str
    crm: str
    name: str
    status: Status = "pending"
    account_id: str = ""
    actor_id: str = ""
    base_url: str = ""
    domain: str = ""
    environment: Literal["production", "sandbox"] = "production"
    rules: Mapping[Entity, EntityRule] = field(default_factory=dict[Entity, EntityRule])
    interval_s: int = 900
    compare_every_s: int = COMPARE_EVERY_S
    repair_budget: int = REPAIR_BUDGET
    schedule: Schedule = DEFAULT
    is_primary: bool = False
    policy: PolicyName = "default"
    rank: int = 0
    on_delete: DeletePolicy = "keep"
    blocked_until: datetime | None = None
    failures: int = 0
    connections: int = 0
    hook_digest: str = ""
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    circuit: Circuit = "closed"
    calls_per_minute: int = 0
    custom_fields: tuple[CustomField, ...] = ()
    field_maps: Overrides = ()
    mapping_version: int = 0
    remapping: str = ""
    unavailable: Mapping[Entity, str] = field(default_factory=dict[Entity, str])
    created_at: datetime | None = None
    version: int = 0

    def rule(self, entity: Entity) -> EntityRule:
        """Return the rule of an entity, ``OFF`` when there is none or the account has no such records."""
        return OFF if entity in self.unavailable else self.rules.get(entity, OFF)


def primary_of(integrations: Iterable[Integration]) -> str:
    """Return the id of the primary integration, or an empty string without one.

    Example:
        >>> primary_of([Integration("w", "b", "salesforce", "B", is_primary=True)])
        'b'
    """
    return min((each.integration_id for each in integrations if each.is_primary), default="")

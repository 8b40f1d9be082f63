"""Create, read, change and delete the integrations of a workspace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from crmbridge.domain.custom_fields import PREFIX, CustomField
from crmbridge.domain.integrations import EntityRule, Integration, PolicyName, Status
from crmbridge.domain.records import ENTITIES, Entity
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services._hook_paths import shut_hooks
from crmbridge.services._hooks import drop_hooks
from crmbridge.services._integration_json import rule_to_json
from crmbridge.services._reading import read_until
from crmbridge.services._schedules import read_schedule, show_schedule
from crmbridge.services._wanted_fields import agree, read_wanted, show_wanted
from crmbridge.services.connect_crm import log_out
from crmbridge.services.hub import Hub, change_integration, load_integrations, save_integration
from crmbridge.services.prepare_account import prepare

DIRECTIONS = ("bidirectional", "to_crm", "from_crm")
POLICIES = (
    "default",
    "last_modified_wins",
    "primary_wins",
    "secondary_wins",
    "crm_wins",
    "hub_wins",
    "merged",
    "manual",
)
RANK_MAX = 1000
INTERVAL_MIN, INTERVAL_MAX = 1, 24 * 60
COMPARE_MIN, COMPARE_MAX = 15, 30 * 24 * 60
BUDGET_MAX = 1_000_000
CALLS_MAX = 100_000
NAME_MAX = 120
DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,198}[A-Za-z0-9])?)?")


def create_integration(hub: Hub, workspace_id: str, body: Mapping[str, Any]) -> Integration:
    """Create a pending integration from a request's body.

    Args:
        workspace_id: from verified claims only.
        body: ``provider``, ``name``, and optionally ``environment``, ``domain``, ``isPrimary``, ``policy``,
            ``syncConfig{direction, syncInterval, compareInterval … (minutes), repairBudget, entities{...}}``,
            ``customFields[{entity, name, label, kind, remoteName, options}]``, ``settings``.

    Raises:
        RequestRejectedError: a field is missing or wrong; says which.
        NotFoundError: there is no such provider.
    """
    crm = _text(body, "provider")
    declared = hub.connectors.declaration(crm)
    draft = Integration(
        workspace_id=workspace_id,
        integration_id=hub.new_id("int"),
        crm=crm,
        name=_text(body, "name", default=declared.label),
        created_at=hub.now(),
    )
    integration = save_integration(hub, configured(hub, draft, body))
    try:
        hub.documents.put(Document("WORKSPACES", workspace_id, {}))
    except ConflictError:
        return integration
    return integration


def update_integration(hub: Hub, integration: Integration, body: Mapping[str, Any]) -> Integration:
    """Change name, rules, policy, custom fields or pause state.

    Custom fields that a connected CRM does not have yet are made there first.

    Raises:
        RequestRejectedError: a field is wrong; says which.
        AuthorizationExpiredError: fields are to be made and the grant is dead.
        ProviderError: fields are to be made and the CRM refuses, or gives no usable answer; nothing was changed.
    """
    changed = configured(hub, integration, body)
    if "paused" in body:
        changed = replace(changed, status=_paused(integration, paused=_flag(body, "paused")))
    wanted = {
        name: getattr(changed, name)
        for name in (
            "name",
            "environment",
            "domain",
            "is_primary",
            "policy",
            "rank",
            "on_delete",
            "rules",
            "custom_fields",
            "interval_s",
            "compare_every_s",
            "schedule",
            "repair_budget",
            "calls_per_minute",
            "settings",
            "status",
        )
        if getattr(changed, name) != getattr(integration, name)
    }
    if "custom_fields" in wanted and integration.status in ("active", "paused"):
        unavailable = prepare(hub, changed)
        wanted |= {} if unavailable == integration.unavailable else {"unavailable": unavailable}
    return change_integration(hub, integration, **wanted) if wanted else integration


def delete_integration(hub: Hub, integration: Integration) -> None:
    """Disconnect at the vendor and remove the integration; records keep their history.

    Raises:
        RetriableProviderError: the vendor gave no usable answer; nothing was removed, try again.
    """
    log_out(hub, integration)
    remove_integration(hub, integration)


def remove_integration(hub: Hub, integration: Integration) -> None:
    """Remove an integration that holds no grant, and its webhook paths."""
    drop_hooks(hub, integration)
    shut_hooks(hub, integration)
    held = hub.documents.get(f"{integration.workspace_id}#INTEGRATION", integration.integration_id)
    if held is not None:
        hub.documents.delete(held)


def show(integration: Integration) -> dict[str, Any]:
    """Return an integration as the API shows it; without any secret."""
    blocked_until = integration.blocked_until
    return {
        "id": integration.integration_id,
        "provider": integration.crm,
        "name": integration.name,
        "status": integration.status,
        "environment": integration.environment,
        "domain": integration.domain,
        "accountId": integration.account_id,
        "isPrimary": integration.is_primary,
        "policy": integration.policy,
        "rank": integration.rank,
        "onDelete": integration.on_delete,
        "syncConfig": {
            "syncInterval": integration.interval_s // 60,
            "compareInterval": integration.compare_every_s // 60,
            **show_schedule(integration.schedule),
            "repairBudget": integration.repair_budget,
            "callsPerMinute": integration.calls_per_minute,
            "entities": {entity: rule_to_json(rule) for entity, rule in integration.rules.items()},
        },
        "customFields": [show_wanted(each) for each in integration.custom_fields],
        "unavailable": dict(integration.unavailable),
        "blockedUntil": None if blocked_until is None else blocked_until.isoformat(),
    }


def health(hub: Hub) -> dict[str, Any]:
    """Return the platform's health for monitors: healthy while at least one integration is."""
    workspaces = [each.sk for each in hub.documents.query("WORKSPACES")]
    integrations = [each for name in workspaces for each in load_integrations(hub, name).values()]
    healthy = sum(each.status == "active" and each.failures == 0 for each in integrations)
    ok = healthy > 0 or not integrations
    return {
        "status": "healthy" if ok else "unhealthy",
        "integrations": len(integrations),
        "healthy": healthy,
        "lastSync": max((read_until(hub, name) for name in workspaces), default="") or None,
    }


# -------------------------------------------------------------------------------------------------- reading bodies


def configured(hub: Hub, integration: Integration, body: Mapping[str, Any]) -> Integration:
    """Return an integration as a request's body would have it, not stored.

    Raises:
        RequestRejectedError: a field is wrong; says which.
    """
    sync = _object(body, "syncConfig")
    minutes = _whole(sync, "syncInterval", INTERVAL_MIN, INTERVAL_MAX, integration.interval_s // 60)
    every = _whole(sync, "compareInterval", 0, COMPARE_MAX, integration.compare_every_s // 60)
    if 0 < every < COMPARE_MIN:
        raise _wrong("syncConfig.compareInterval", f"0 for never, or minutes from {COMPARE_MIN} to {COMPARE_MAX}")
    custom = _custom_fields(hub, integration, body)
    return replace(
        integration,
        name=_text(body, "name", default=integration.name),
        domain=_domain(body, integration.domain),
        environment=cast("Any", _choice(body, "environment", ("production", "sandbox"), integration.environment)),
        is_primary=_flag(body, "isPrimary", default=integration.is_primary),
        policy=cast("Any", _choice(body, "policy", POLICIES, integration.policy)),
        rank=_rank(hub, integration, body),
        on_delete=cast("Any", _choice(body, "onDelete", ("keep", "propagate"), integration.on_delete)),
        interval_s=minutes * 60,
        compare_every_s=every * 60,
        schedule=read_schedule(sync, integration.schedule),
        repair_budget=_whole(sync, "repairBudget", 0, BUDGET_MAX, integration.repair_budget),
        calls_per_minute=_whole(sync, "callsPerMinute", 0, CALLS_MAX, integration.calls_per_minute),
        rules=_rules(hub, integration, sync, custom),
        custom_fields=custom,
        settings=_settings(integration, body),
    )


def _whole(sync: Mapping[str, Any], name: str, least: int, most: int, default: int) -> int:
    value = sync.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(f"syncConfig.{name}", f"a whole number from {least} to {most}")
    return value


def _custom_fields(hub: Hub, integration: Integration, body: Mapping[str, Any]) -> tuple[CustomField, ...]:
    supports = hub.connectors.declaration(integration.crm).supports
    wanted = read_wanted(body, integration.custom_fields, supports)
    if wanted != integration.custom_fields:
        others = load_integrations(hub, integration.workspace_id).values()
        agree(wanted, [each for each in others if each.integration_id != integration.integration_id])
        _keep_mapped(integration, wanted)
    return wanted


def _keep_mapped(integration: Integration, wanted: tuple[CustomField, ...]) -> None:
    """Refuse to let go of a custom field, or of its kind, that the mapping makes use of."""
    used = {(each.entity, name) for each in integration.field_maps for name in (each.field, each.place)}
    kept = {(each.entity, each.name): each.kind for each in wanted}
    for each in integration.custom_fields:
        if (each.entity, each.name) in used and kept.get((each.entity, each.name)) != each.kind:
            raise RequestRejectedError(
                f"the mapping makes use of {each.entity}.{each.name}",
                field="customFields",
                next_step="change the integration's mappings first",
            )


def _rules(
    hub: Hub, integration: Integration, sync: Mapping[str, Any], custom: tuple[CustomField, ...]
) -> dict[Entity, EntityRule]:
    supports = hub.connectors.declaration(integration.crm).supports
    everywhere = _choice(sync, "direction", DIRECTIONS, "bidirectional", prefix="syncConfig.")
    given = _object(sync, "entities", prefix="syncConfig.")
    for name in given:
        if name not in supports.entities:
            raise _wrong(f"syncConfig.entities.{name}", f"one of {', '.join(supports.entities)}")
    rules: dict[Entity, EntityRule] = {}
    for entity in ENTITIES:
        if entity not in supports.entities:
            continue
        at = f"syncConfig.entities.{entity}"
        wanted = _object(given, entity, prefix="syncConfig.entities.")
        held = integration.rules.get(entity)
        placed = (each.field for each in integration.field_maps if each.entity == entity and each.held_in)
        own = (*supports.fields[entity], *(each.name for each in custom if each.entity == entity))
        can = tuple(dict.fromkeys((*own, *placed)))
        fields = _names(wanted, _carried(integration, entity, can), at=f"{at}.fields")
        if set(fields) - set(can):
            raise _wrong(f"{at}.fields", f"fields of {', '.join(can)}")
        as_before = held.direction if held and "direction" not in sync else everywhere
        rules[entity] = EntityRule(
            enabled=_flag(wanted, "enabled", default=held.enabled if held else True, prefix=f"{at}."),
            direction=cast("Any", _choice(wanted, "direction", DIRECTIONS, as_before, prefix=f"{at}.")),
            fields=fields,
            policies=_policies(wanted, held, fields, at=f"{at}.policies"),
        )
    return rules


def _carried(integration: Integration, entity: Entity, can: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that go on taking part, with the custom ones that are new; all of a new entity.

    Args:
        can: everything that can take part now.
    """
    if entity not in integration.rules:
        return can
    held = integration.rules[entity].fields
    before = {*held, *(each.name for each in integration.custom_fields if each.entity == entity)}
    fresh = (each for each in can if each.startswith(PREFIX) and each not in before)
    return (*(each for each in held if each in can or not each.startswith(PREFIX)), *fresh)


def _policies(
    body: Mapping[str, Any], held: EntityRule | None, fields: tuple[str, ...], *, at: str
) -> dict[str, PolicyName]:
    policies: dict[str, PolicyName] = dict(held.policies) if held else {}
    for name, policy in _object(body, "policies", prefix=at.removesuffix("policies")).items():
        if name != "*" and name not in fields:
            raise _wrong(f"{at}.{name}", "a field that takes part, or *")
        if policy not in POLICIES:
            raise _wrong(f"{at}.{name}", f"one of {', '.join(POLICIES)}")
        policies[name] = policy
    return policies


def _rank(hub: Hub, integration: Integration, body: Mapping[str, Any]) -> int:
    """Return the rank under ``crm_wins``; two CRMs of one rank could not be put in order, so that is refused."""
    rank: object = body.get("rank", integration.rank)
    if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank <= RANK_MAX:
        raise _wrong("rank", f"a whole number from 0 to {RANK_MAX}")
    if "rank" in body:
        others = load_integrations(hub, integration.workspace_id).values()
        if any(each.rank == rank and each.integration_id != integration.integration_id for each in others):
            raise _wrong("rank", "a number that no other integration has")
    return rank


def _settings(integration: Integration, body: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    given = _object(body, "settings")
    settings = {name: dict(values) for name, values in integration.settings.items()}
    for name, values in given.items():
        if not isinstance(values, dict) or not all(
            isinstance(each, str) for each in cast("dict[str, Any]", values).values()
        ):
            raise _wrong(f"settings.{name}", "an object of texts")
        settings[name] = cast("dict[str, str]", values)
    return settings


def _domain(body: Mapping[str, Any], default: str) -> str:
    """Return the account's own domain or data centre; what a CRM makes of it is its connector's business."""
    value: object = body.get("domain", default)
    if not isinstance(value, str) or not DOMAIN.fullmatch(value):
        raise _wrong("domain", "a host name or a data centre, such as acme.kommo.com or eu")
    return value.lower()


def _paused(integration: Integration, *, paused: bool) -> Status:
    if paused and integration.status == "active":
        return "paused"
    if not paused and integration.status == "paused":
        return "active"
    return integration.status


def _text(body: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > NAME_MAX:
        raise _wrong(name, f"a text of 1 to {NAME_MAX} characters")
    return value.strip()


def _names(body: Mapping[str, Any], default: tuple[str, ...], *, at: str) -> tuple[str, ...]:
    value: object = body.get("fields", default)
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in cast("list[object]", value)):
        raise _wrong(at, "a list of field names")
    return tuple(cast("list[str]", value))


def _flag(body: Mapping[str, Any], name: str, *, default: bool = False, prefix: str = "") -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise _wrong(prefix + name, "true or false")
    return value


def _choice(body: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str, *, prefix: str = "") -> str:
    value = body.get(name, default)
    if value not in choices:
        raise _wrong(prefix + name, f"one of {', '.join(choices)}")
    return value


def _object(body: Mapping[str, Any], name: str, *, prefix: str = "") -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise _wrong(prefix + name, "an object")
    return cast("dict[str, Any]", value)


def _wrong(field: str, wanted: str) -> RequestRejectedError:
    return RequestRejectedError(f"{field} must be {wanted}", field=field, next_step=f"send {field} as {wanted}")

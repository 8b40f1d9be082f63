"""Integrations as JSON-ready values and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.integrations import COMPARE_EVERY_S, REPAIR_BUDGET, EntityRule, Integration
from crmbridge.domain.mapping.overrides import override_from_json, override_to_json
from crmbridge.domain.schedules import Schedule


def integration_to_json(integration: Integration) -> dict[str, Any]:
    """Return an integration as JSON-ready values; holds no secret."""
    return {
        "workspace_id": integration.workspace_id,
        "integration_id": integration.integration_id,
        "crm": integration.crm,
        "name": integration.name,
        "status": integration.status,
        "account_id": integration.account_id,
        "actor_id": integration.actor_id,
        "base_url": integration.base_url,
        "domain": integration.domain,
        "environment": integration.environment,
        "rules": {entity: rule_to_json(rule) for entity, rule in integration.rules.items()},
        "interval_s": integration.interval_s,
        "compare_every_s": integration.compare_every_s,
        "repair_budget": integration.repair_budget,
        "schedule": asdict(integration.schedule),
        "is_primary": integration.is_primary,
        "policy": integration.policy,
        "rank": integration.rank,
        "on_delete": integration.on_delete,
        "blocked_until": _out(integration.blocked_until),
        "failures": integration.failures,
        "connections": integration.connections,
        "hook_digest": integration.hook_digest,
        "circuit": integration.circuit,
        "calls_per_minute": integration.calls_per_minute,
        "settings": {name: dict(values) for name, values in integration.settings.items()},
        "custom_fields": [custom_field_to_json(each) for each in integration.custom_fields],
        "field_maps": [override_to_json(each) for each in integration.field_maps],
        "mapping_version": integration.mapping_version,
        "remapping": integration.remapping,
        "unavailable": dict(integration.unavailable),
        "created_at": _out(integration.created_at),
    }


def integration_from_json(body: Mapping[str, Any], *, version: int) -> Integration:
    """Read an integration from JSON-ready values."""
    return Integration(
        workspace_id=body["workspace_id"],
        integration_id=body["integration_id"],
        crm=body["crm"],
        name=body["name"],
        status=body["status"],
        account_id=body["account_id"],
        actor_id=body.get("actor_id", ""),
        base_url=body["base_url"],
        domain=body.get("domain", ""),
        environment=body["environment"],
        rules={entity: rule_from_json(rule) for entity, rule in body["rules"].items()},
        interval_s=body["interval_s"],
        compare_every_s=body.get("compare_every_s", COMPARE_EVERY_S),
        repair_budget=body.get("repair_budget", REPAIR_BUDGET),
        schedule=Schedule(**body.get("schedule", {})),
        is_primary=body["is_primary"],
        policy=body["policy"],
        rank=body.get("rank", 0),
        on_delete=body["on_delete"],
        blocked_until=_in(body["blocked_until"]),
        failures=body["failures"],
        connections=body.get("connections", 0),
        hook_digest=body["hook_digest"],
        settings=body["settings"],
        circuit=body.get("circuit", "closed"),
        calls_per_minute=body.get("calls_per_minute", 0),
        custom_fields=tuple(custom_field_from_json(each) for each in body.get("custom_fields", ())),
        field_maps=tuple(override_from_json(each) for each in body.get("field_maps", ())),
        mapping_version=body.get("mapping_version", 0),
        remapping=body.get("remapping", ""),
        unavailable=dict(body.get("unavailable", {})),
        created_at=_in(body["created_at"]),
        version=version,
    )


def rule_to_json(rule: EntityRule) -> dict[str, Any]:
    """Return a rule as JSON-ready values."""
    return {
        "enabled": rule.enabled,
        "direction": rule.direction,
        "fields": list(rule.fields),
        "policies": dict(rule.policies),
    }


def rule_from_json(body: Mapping[str, Any]) -> EntityRule:
    """Read a rule from JSON-ready values."""
    return EntityRule(
        enabled=body["enabled"],
        direction=body["direction"],
        fields=tuple(body["fields"]),
        policies=dict(body.get("policies", {})),
    )


def custom_field_to_json(custom: CustomField) -> dict[str, Any]:
    """Return a custom field as JSON-ready values."""
    return {**asdict(custom), "options": list(custom.options)}


def custom_field_from_json(body: Mapping[str, Any]) -> CustomField:
    """Read a custom field from JSON-ready values."""
    return CustomField(
        entity=body["entity"],
        name=body["name"],
        label=body["label"],
        kind=body["kind"],
        remote_name=body["remote_name"],
        options=tuple(body["options"]),
    )


def _out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _in(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

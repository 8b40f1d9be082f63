"""Tell how an integration is doing, what it maps, and which limits it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from crmbridge.domain.declaration import Connector
from crmbridge.domain.integrations import Integration, primary_of
from crmbridge.domain.policy import policy_of
from crmbridge.domain.records import FIELD_NAMES, Entity
from crmbridge.services._reports import list_reports
from crmbridge.services._runs import Run, list_runs
from crmbridge.services.hub import Hub, entities_of, is_open, load_integrations
from crmbridge.services.share_budgets import limits_of, load_budget
from crmbridge.services.show_quotas import used_percent

RUNS_COUNTED = 20
"""Latest runs that the error rate is taken from."""

DUE_MAX = 1000
"""Due writes are counted up to this many an entity."""


def show_status(hub: Hub, integration: Integration) -> dict[str, Any]:
    """Return health, last sync, counts of the last comparison, error rate and due work."""
    runs = [each for each in list_runs(hub, integration.workspace_id, integration.integration_id) if not each.is_live]
    latest = runs[:RUNS_COUNTED]
    bad = sum(each.status in ("failed", "stalled") for each in latest)
    done = next((each for each in runs if each.status in ("done", "partial")), None)
    blocked = integration.blocked_until
    return {
        "integrationId": integration.integration_id,
        "status": integration.status,
        "health": _health(integration, latest, hub.now()),
        "circuit": integration.circuit,
        "quotaUsedPercent": used_percent(load_budget(hub, integration), limits_of(hub, integration), hub.now()),
        "failures": integration.failures,
        "blockedUntil": None if blocked is None or blocked <= hub.now() else blocked.isoformat(),
        "lastSync": None if done is None else done.progress_at.isoformat(),
        "errorRatePercent": 100 * bad // len(latest) if latest else 0,
        "unavailable": dict(integration.unavailable),
        "counts": _counts(hub, integration),
        "due": _due(hub, integration),
    }


def _health(integration: Integration, latest: list[Run], now: datetime) -> str:
    if integration.status in ("pending", "reauth_required") or integration.circuit == "open":
        return "unhealthy"
    if integration.failures or (latest and latest[0].status in ("failed", "partial", "stalled")):
        return "degraded"
    return "healthy" if is_open(integration, now) or integration.status == "paused" else "degraded"


def _counts(hub: Hub, integration: Integration) -> dict[str, dict[str, Any]]:
    """Return, per entity, what the latest comparison counted."""
    found: dict[str, dict[str, Any]] = {}
    for report in list_reports(hub, integration.workspace_id, integration.integration_id):
        told = {name: report[name] for name in ("there", "here", "equal", "parity_percent", "ended_at")}
        found.setdefault(report["entity"], told)
    return found


def _due(hub: Hub, integration: Integration) -> dict[str, int]:
    """Return, per entity, how many writes are due there now."""
    where = (integration.workspace_id, integration.integration_id)
    return {
        entity: len(hub.records.due(where[0], entity, where[1], now=hub.now(), limit=DUE_MAX))
        for entity in entities_of(hub, integration)
    }


def show_mapping(hub: Hub, integration: Integration) -> dict[str, Any]:
    """Return, per entity, every field: whether it takes part, who wins its conflicts, and what the CRM makes of it."""
    declared = hub.connectors.declaration(integration.crm)
    primary = primary_of(load_integrations(hub, integration.workspace_id).values())
    entities: dict[str, Any] = {}
    for entity in declared.supports.entities:
        rule = integration.rule(entity)
        names = (*FIELD_NAMES[entity], *(each.name for each in integration.custom_fields if each.entity == entity))
        entities[entity] = {
            "enabled": rule.enabled,
            "unavailable": integration.unavailable.get(entity, ""),
            "direction": rule.direction,
            "fields": [
                {
                    "name": name,
                    "isHeld": name in declared.supports.fields[entity] or name not in FIELD_NAMES[entity],
                    "takesPart": name in rule.fields,
                    "policy": policy_of(integration, entity, name, primary=primary),
                    "remoteName": _remote_name(integration, entity, name),
                    "rewrites": declared.supports.rewrites.get(f"{entity}.{name}", ""),
                }
                for name in names
            ],
        }
    settings = {name: dict(values) for name, values in integration.settings.items()}
    return {"integrationId": integration.integration_id, "entities": entities, "settings": settings}


def _remote_name(integration: Integration, entity: Entity, name: str) -> str:
    named = (each.remote_name for each in integration.custom_fields if (each.entity, each.name) == (entity, name))
    return next(named, "")


def show_crm(declared: Connector) -> Mapping[str, Any]:
    """Return what a connector says of its CRM: how to connect it, what it holds and what it can do."""
    supports = declared.supports
    return {
        "name": declared.name,
        "label": declared.label,
        "apiVersion": declared.api_version,
        "docsUrl": declared.docs_url,
        "auth": list(supports.auth),
        "entities": {entity: list(supports.fields[entity]) for entity in supports.entities},
        "webhooks": supports.webhooks,
        "subscribes": supports.subscribes,
        "customFields": supports.custom_fields,
        "reportsDeletions": supports.reports_deletions,
        "reportsMerges": supports.reports_merges,
        "editions": dict(supports.editions),
        "notBuilt": dict(supports.not_built),
    }


def show_rows(rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return owners, stages or fields as the API shows them, in the names of our own."""
    return [{_camel(name): each for name, each in asdict(row).items()} for row in rows]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)

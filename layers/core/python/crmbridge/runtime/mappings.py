"""What the routes of field mappings do: read, check, change, rehearse."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from crmbridge import runtime
from crmbridge.domain.integrations import Integration
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.runtime._api import Api
from crmbridge.services._override_json import read_overrides, show_override
from crmbridge.services._pushed import Pushed
from crmbridge.services.change_mappings import (
    Verdict,
    change_mappings,
    judge_overrides,
    mapping_versions,
    remapping_state,
    with_overrides,
)
from crmbridge.services.manage_integrations import configured

ROWS = 200


def get_mappings(api: Api, integration_id: str) -> dict[str, Any]:
    """Show the overrides of an integration's mapping, whether they are in force, and what does not come back by them.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    return _shown(api.integration(integration_id))


def put_mappings(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Change the overrides of an integration's mapping: ``fields`` replaces all of them.

    Nothing of the hub changes by it. The CRM is left alone until every record is turned to the new mapping, then
    compared as a whole; what it holds otherwise is written there anew. Rehearse it first.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: an override cannot be carried out, or loses something that ``accepts`` does not name.
        ConflictError: the mapping has moved since ``version``, or is being changed.
        ForbiddenError: the caller is no admin.
    """
    body, integration = api.body(), api.integration(integration_id)
    changed = change_mappings(
        runtime.hub(),
        integration,
        read_overrides(body["fields"]),
        expected=body.get("version"),
        accepted=body.get("accepts", []),
        by=api.caller().name,
    )
    return _shown(changed), 202 if changed.remapping else 200


def list_mapping_versions(api: Api, integration_id: str) -> dict[str, Any]:
    """List every version of an integration's overrides, newest first: what they were, since when, by whom.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: limit or cursor is wrong.
    """
    found = mapping_versions(runtime.hub(), api.integration(integration_id))
    return api.page(found, key=lambda each: f"{each['version']:06d}", newest_first=True)


def validate_mappings(api: Api, integration_id: str) -> dict[str, Any]:
    """Check overrides without storing them: what is wrong with each field and what to do, and what would not come back.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: the body is not a list of overrides.
        ForbiddenError: the caller is no operator.
    """
    integration = api.integration(integration_id)
    verdict = judge_overrides(runtime.hub(), integration, read_overrides(api.body()["fields"]))
    problems = [{"field": each.at, "reason": each.reason, "nextStep": each.next_step} for each in verdict.problems]
    return {"integrationId": integration_id, "ok": not problems, "problems": problems, **_costs(verdict)}


def dry_run_mappings(api: Api, integration_id: str) -> dict[str, Any]:
    """Rehearse a sync: every write it would make to the CRM, field by field and byte for byte; nothing leaves.

    Without ``fields`` and ``syncConfig`` it is about what is due now; with them about what would be due if they were
    stored. The CRM's rows are read as the sync would, within its limits.

    Raises:
        NotFoundError: the workspace has no such integration.
        RequestRejectedError: the integration is not connected, an override cannot be carried out, the cursor is wrong.
        ConflictError: what is due has moved since the page before, or the mapping is being changed.
        ForbiddenError: the caller is no operator.
        AuthorizationExpiredError: the grant is dead.
        FatalProviderError: the CRM refuses to be read.
        RetriableProviderError: the CRM gives no usable answer.
    """
    from crmbridge.services._recording import shown_batch  # noqa: PLC0415 - no other route pushes
    from crmbridge.services.dry_run import dry_run  # noqa: PLC0415 - as above

    hub, body, integration = runtime.hub(), api.body(), api.integration(integration_id)
    draft = _draft(integration, body)
    found = dry_run(
        hub,
        integration,
        draft=draft,
        entity=body.get("entity"),
        cursor=body.get("cursor"),
        limit=body.get("limit", ROWS),
    )
    under = draft or integration
    more = {} if found.next_cursor is None else {"nextCursor": found.next_cursor}
    return {
        "integrationId": integration_id,
        "provider": integration.crm,
        "mappingVersion": integration.mapping_version,
        "isDraft": draft is not None,
        "batches": [shown_batch(each, Rendering(each.entity, under.field_maps)) for each in found.batches],
        "counts": {each.name: getattr(found.counts, each.name) for each in fields(Pushed)},
        "stopped": dict(found.stopped),
        **more,
    }


def _draft(integration: Integration, body: dict[str, Any]) -> Integration | None:
    """Return the integration as the body would have it, ``None`` when it asks for no change."""
    if "fields" not in body and "syncConfig" not in body:
        return None
    hub, draft = runtime.hub(), integration
    if "fields" in body:
        draft = with_overrides(hub, draft, read_overrides(body["fields"]))
    if "syncConfig" in body:
        draft = replace(draft, rules=configured(hub, draft, {"syncConfig": body["syncConfig"]}).rules)
    return draft


def _shown(integration: Integration) -> dict[str, Any]:
    hub = runtime.hub()
    return {
        "integrationId": integration.integration_id,
        "version": integration.mapping_version,
        **remapping_state(hub, integration),
        "fields": [show_override(each) for each in integration.field_maps],
        **_costs(judge_overrides(hub, integration, integration.field_maps)),
    }


def _costs(verdict: Verdict) -> dict[str, Any]:
    return {
        "rewrites": [{"field": name, "reason": each} for name, each in verdict.rewrites.items()],
        "displaced": [{"field": name, "reason": each} for name, each in verdict.displaced.items()],
    }

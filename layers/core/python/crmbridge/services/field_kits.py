"""Make a kit of custom fields in every connected CRM that can have them."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.integrations import Integration
from crmbridge.domain.workflows.field_kits import KITS, kit_for
from crmbridge.errors import NotFoundError, ProviderError, RequestRejectedError
from crmbridge.services._wanted_fields import show_wanted
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.manage_integrations import update_integration


def make_kit(hub: Hub, workspace_id: str, kit: str) -> list[dict[str, Any]]:
    """Add a kit's fields to every integration of a workspace; those a CRM has already are used as they are.

    Returns:
        One result per integration; a CRM that refuses hinders no other.

    Raises:
        NotFoundError: there is no such kit.
    """
    if kit not in KITS:
        raise NotFoundError(f"there is no kit {kit[:60]!r}", field="kit", next_step=f"use one of {', '.join(KITS)}")
    return [_made(hub, each, kit) for each in load_integrations(hub, workspace_id).values()]


def _made(hub: Hub, integration: Integration, kit: str) -> dict[str, Any]:
    supports = hub.connectors.declaration(integration.crm).supports
    missing = kit_for(kit, integration.crm, supports, integration.custom_fields)
    shown = {"integrationId": integration.integration_id, "provider": integration.crm, "fields": len(missing)}
    if not missing:
        return {**shown, "result": "unchanged", "words": ""}
    try:
        update_integration(hub, integration, _body(integration, missing))
    except (ProviderError, RequestRejectedError) as error:
        return {**shown, "result": "refused", "words": str(error)}
    by_hand = "" if supports.custom_fields else "this CRM's API makes no fields: those that people have made are used"
    return {**shown, "result": "made", "words": by_hand}


def _body(integration: Integration, missing: tuple[CustomField, ...]) -> dict[str, Any]:
    return {"customFields": [show_wanted(each) for each in (*integration.custom_fields, *missing)]}

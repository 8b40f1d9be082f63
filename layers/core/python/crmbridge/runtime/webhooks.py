"""What the signed-in routes of webhooks do: tell how they stand at the vendor, have them made, have them removed."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.integrations import Integration
from crmbridge.runtime import hub
from crmbridge.runtime._api import Api
from crmbridge.runtime.api import hook_url
from crmbridge.services._hook_paths import open_hook
from crmbridge.services._hooks import load_hooks
from crmbridge.services.want_subscriptions import must_be_active, set_up, show_hooks, take_down

OVERLAP_S = 24 * 3600
"""How long an older secret is served where people have to change the address in the CRM's screens, in seconds."""


def get_webhooks(api: Api, integration_id: str) -> dict[str, Any]:
    """Tell how an integration's webhooks stand at its CRM.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    integration = api.integration(integration_id)
    return show_hooks(hub(), integration, load_hooks(hub(), integration))


def set_webhooks_up(api: Api, integration_id: str) -> dict[str, Any]:
    """Have an integration's webhooks made, checked and repaired now: ``{"rotate": true}`` with a new secret.

    Raises:
        RequestRejectedError: this CRM's webhooks are set up by hand, or it has none, or it is not connected.
        NotFoundError: the workspace has no such integration.
        ConflictError: they are being changed at this moment; try again.
    """
    integration = api.integration(integration_id)
    rotate: bool = api.body().get("rotate", False)
    supports = hub().connectors.declaration(integration.crm).supports
    if rotate and supports.webhooks and not (supports.subscribes or supports.webhook_signature):
        return _by_hand(api, integration)
    hooks = set_up(hub(), integration, hook_url(api, integration.crm), rotate=rotate)
    return show_hooks(hub(), integration, hooks)


def _by_hand(api: Api, integration: Integration) -> dict[str, Any]:
    """Give people a new secret address, told this once; the older one is served for another day.

    Raises:
        RequestRejectedError: the integration is not connected.
    """
    must_be_active(integration)
    url = hook_url(api, integration.crm)
    open_hook(hub(), integration, hook_secret=url.rpartition("/")[2], overlap_s=OVERLAP_S)
    return {**show_hooks(hub(), integration, None), "webhookUrl": url}


def take_webhooks_down(api: Api, integration_id: str) -> dict[str, Any]:
    """Have an integration's webhooks removed at its CRM; changes are then found by reading alone.

    Raises:
        RequestRejectedError: this CRM's webhooks are set up by hand, or it has none.
        NotFoundError: the workspace has no such integration.
        ConflictError: they are being changed at this moment; try again.
    """
    integration = api.integration(integration_id)
    return show_hooks(hub(), integration, take_down(hub(), integration))

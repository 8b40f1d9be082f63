"""What the signed-in routes of webhooks do: tell how they stand at the vendor, have them made, have them removed."""

from __future__ import annotations

from typing import Any

from crmbridge.runtime import hub
from crmbridge.runtime._api import Api
from crmbridge.runtime.api import hook_url
from crmbridge.services._hooks import load_hooks
from crmbridge.services.want_subscriptions import set_up, show_hooks, take_down


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
    hooks = set_up(hub(), integration, hook_url(api, integration.crm), rotate=rotate)
    return show_hooks(hub(), integration, hooks)


def take_webhooks_down(api: Api, integration_id: str) -> dict[str, Any]:
    """Have an integration's webhooks removed at its CRM; changes are then found by reading alone.

    Raises:
        RequestRejectedError: this CRM's webhooks are set up by hand, or it has none.
        NotFoundError: the workspace has no such integration.
        ConflictError: they are being changed at this moment; try again.
    """
    integration = api.integration(integration_id)
    return show_hooks(hub(), integration, take_down(hub(), integration))

"""Webhook paths whose secret people put into a CRM's screens themselves."""

from __future__ import annotations

from dataclasses import replace

from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import digest
from crmbridge.ports import Document
from crmbridge.services.hub import Hub, change_integration


def open_hook(hub: Hub, integration: Integration, *, hook_secret: str, overlap_s: int = 0) -> None:
    """Let the webhook path with this secret lead to an active integration; replaces an older secret.

    Args:
        integration: one whose webhooks people set up.
        hook_secret: fresh; only its digest is stored.
        overlap_s: how long the older secret is served beside it, in seconds.
    """
    old, fresh = _hook(hub, integration), digest(hook_secret)
    body = {
        "workspace_id": integration.workspace_id,
        "integration_id": integration.integration_id,
        "account_id": integration.account_id,
    }
    before = integration.hook_digest if overlap_s and old is not None else ""
    hook = Document(_hook_pk(integration, fresh), "owner", {**body, "before": before})
    hub.documents.put(hook, unconditionally=True)
    change_integration(hub, integration, hook_digest=fresh)
    if old is not None and integration.hook_digest != fresh:
        _shut(hub, integration, old.body.get("before", ""))
        if overlap_s:
            hub.documents.put(replace(old, expires_at=int(hub.now().timestamp()) + overlap_s))
        else:
            _shut(hub, integration, integration.hook_digest)


def shut_hooks(hub: Hub, integration: Integration) -> None:
    """Let an integration's webhook paths lead nowhere, the one of an overlap too; twice does no harm."""
    hook = _hook(hub, integration)
    if hook is not None:
        _shut(hub, integration, hook.body.get("before", ""))
        _shut(hub, integration, integration.hook_digest)


def _hook(hub: Hub, integration: Integration) -> Document | None:
    return hub.documents.get(_hook_pk(integration, integration.hook_digest), "owner")


def _shut(hub: Hub, integration: Integration, hook_digest: str) -> None:
    """Let a webhook path lead nowhere; twice does no harm."""
    hook = hub.documents.get(_hook_pk(integration, hook_digest), "owner") if hook_digest else None
    if hook is not None:
        hub.documents.delete(hook)


def _hook_pk(integration: Integration, hook_digest: str) -> str:
    return f"HOOK#{integration.crm}#{hook_digest}"

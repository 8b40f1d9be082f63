"""How each integration of a workspace stands, and what has happened since that was last told."""

from __future__ import annotations

from datetime import datetime

from crmbridge.domain.events.of_states import CIRCUIT_OPENS_AFTER, Standing, happened
from crmbridge.domain.integrations import Integration
from crmbridge.services._hooks import Hooks, load_all_hooks
from crmbridge.services._telling import WORKSPACE, Telling

HOOKS_FAIL_AFTER = 3
"""Tries in a row after which webhooks that cannot be set up count as off."""

QUOTA_WAIT_S = 300
"""A CRM that makes us wait longer than this for its quota, in seconds, is running out of it."""


def tell_standings(telling: Telling) -> None:
    """Collect what has happened to the integrations of a workspace."""
    hooks = load_all_hooks(telling.hub, telling.workspace_id)
    held = _held(telling)
    for integration_id, integration in telling.integrations.items():
        braked = tuple(sorted(held.get(integration_id, ())))
        now = standing_of(integration, hooks.get(integration_id), braked, telling.now)
        page = telling.page(integration_id)
        page.provider = integration.crm
        _tell(telling, integration_id, now)
        if page.standing is not None or now.status != "pending":
            page.standing = now
    for integration_id in sorted(telling.pages.keys() - telling.integrations.keys() - {WORKSPACE}):
        _tell(telling, integration_id, None)
        telling.drop(integration_id)


def standing_of(integration: Integration, hooks: Hooks | None, held: tuple[str, ...], now: datetime) -> Standing:
    """Return how an integration stands.

    Args:
        integration: as it is now.
        hooks: what is known of its webhooks.
        held: entities whose deletions are held.
        now: our clock.
    """
    blocked_s = 0.0 if integration.blocked_until is None else (integration.blocked_until - now).total_seconds()
    return Standing(
        status=integration.status,
        circuit="open" if integration.failures >= CIRCUIT_OPENS_AFTER else "closed",
        quota="low" if blocked_s > QUOTA_WAIT_S and integration.failures == 0 else "fine",
        webhooks="disabled" if hooks is not None and hooks.failures >= HOOKS_FAIL_AFTER else "fine",
        held=held,
    )


def _tell(telling: Telling, integration_id: str, now: Standing | None) -> None:
    page = telling.page(integration_id)
    for kind, data in happened(page.standing, now):
        telling.add(kind, integration_id, cause=f"{page.version} {data.get('entity', '')}", data=data)
        telling.notify(kind, integration_id, **data)


def _held(telling: Telling) -> dict[str, list[str]]:
    """Return, by integration id, the entities whose deletions the brake holds."""
    found: dict[str, list[str]] = {}
    for each in telling.hub.documents.query(f"{telling.workspace_id}#DELETIONS"):
        if each.body["braked"]:
            integration_id, _, entity = each.sk.partition("#")
            found.setdefault(integration_id, []).append(entity)
    return found

"""How each integration of a workspace stands, and what has happened since that was last told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge.domain.budgets import Budget
from crmbridge.domain.declaration import Limits
from crmbridge.domain.events.of_states import Standing, happened
from crmbridge.domain.integrations import Integration
from crmbridge.services._hooks import Hooks, load_all_hooks
from crmbridge.services._telling import WORKSPACE, Telling
from crmbridge.services.share_budgets import load_budget

HOOKS_FAIL_AFTER = 3
"""Tries in a row after which webhooks that cannot be set up count as off."""

QUOTA_WAIT_S = 300
"""A CRM that makes us wait longer than this for its quota, in seconds, is running out of it."""

LOW, FINE_AGAIN = 0.2, 0.3
"""Share of an allowance that is left: below the first it is running out, above the second it is not any more."""

LONG_S = 12 * 3600
"""Windows and allowances shorter than this, in seconds, run out and come back all the time."""

TOLD_S = 24 * 3600
"""How long what a CRM told of an allowance is believed, in seconds."""


def tell_standings(telling: Telling) -> None:
    """Collect what has happened to the integrations of a workspace."""
    hooks = load_all_hooks(telling.hub, telling.workspace_id)
    held = _held(telling)
    for integration_id, integration in telling.integrations.items():
        braked = tuple(sorted(held.get(integration_id, ())))
        page = telling.page(integration_id)
        page.provider = integration.crm
        was_low = page.standing is not None and page.standing.quota == "low"
        limits = telling.hub.connectors.declaration(integration.crm).limits
        left = left_of_days(limits, load_budget(telling.hub, integration), telling.now)
        is_low = is_running_out(integration, left, telling.now, was_low=was_low)
        now = standing_of(integration, hooks.get(integration_id), braked, is_low=is_low)
        _tell(telling, integration_id, now)
        if page.standing is not None or now.status != "pending":
            page.standing = now
    for integration_id in sorted(telling.pages.keys() - telling.integrations.keys() - {WORKSPACE}):
        _tell(telling, integration_id, None)
        telling.drop(integration_id)


def standing_of(integration: Integration, hooks: Hooks | None, held: tuple[str, ...], *, is_low: bool) -> Standing:
    """Return how an integration stands.

    Args:
        integration: as it is now.
        hooks: what is known of its webhooks.
        held: entities whose deletions are held.
        is_low: whether its quota is running out.
    """
    return Standing(
        status=integration.status,
        circuit="closed" if integration.circuit == "closed" else "open",
        quota="low" if is_low else "fine",
        webhooks="disabled" if hooks is not None and hooks.failures >= HOOKS_FAIL_AFTER else "fine",
        held=held,
    )


def left_of_days(limits: Limits, budget: Budget, now: datetime) -> list[float]:
    """Return which shares are left of what a CRM allows in half a day or longer, as far as it has told lately."""
    windows = {f"rate.{at}": each.per_s for at, each in enumerate(limits.rates)}
    windows |= {f"allowance.{at}": each.per_s for at, each in enumerate(limits.allowances)}
    now_ms = now.timestamp() * 1000
    return [
        0.0 if level.opens_ms > now_ms else level.left / level.most
        for name, level in budget.levels.items()
        if windows.get(name, 0.0) >= LONG_S and level.most and now_ms - level.told_ms < TOLD_S * 1000
    ]


def is_running_out(integration: Integration, left: Sequence[float], now: datetime, *, was_low: bool) -> bool:
    """Tell whether a CRM's quota is running out: it makes us wait for long, or little of an allowance is left.

    Args:
        integration: whose CRM.
        left: shares that are left of its allowances, 0..1.
        now: our clock.
        was_low: whether it was running out at the last look; then it takes more to be fine again.
    """
    blocked_s = 0.0 if integration.blocked_until is None else (integration.blocked_until - now).total_seconds()
    if blocked_s > QUOTA_WAIT_S and integration.circuit == "closed" and integration.failures == 0:
        return True
    return min(left, default=1.0) < (FINE_AGAIN if was_low else LOW)


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

"""One worker finds out whether a CRM that was left alone answers again; all others wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crmbridge.domain.integrations import Integration
from crmbridge.errors import ConflictError
from crmbridge.services.hub import Hub, change_integration, is_open, save_integration


def enter(hub: Hub, integration: Integration) -> Integration | None:
    """Return an integration whose CRM may be called now, ``None`` where it may not.

    While the circuit is not closed, one worker at a time gets through, as the probe: it says so by the same stored
    moment that keeps all others off, so that another may try when it has died.
    """
    if not is_open(integration, hub.now()):
        return None
    if integration.circuit == "closed":
        return integration
    until = hub.now() + timedelta(seconds=hub.lease_s)
    try:
        return save_integration(hub, replace(integration, circuit="half_open", blocked_until=until))
    except ConflictError:
        return None


def withdraw(hub: Hub, integration: Integration) -> None:
    """Let another be the probe, after one that had no call to make; costs nothing while the circuit is closed."""
    if integration.circuit == "half_open":
        change_integration(hub, integration, circuit="open", blocked_until=hub.now())

"""Say what webhooks an integration should have, find out whose are due to be looked at, and show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.services._hooks import (
    Hooks,
    load_all_hooks,
    load_hooks,
    open_address,
    save_hooks,
    sealed,
    subscription_to_json,
    unsealed,
)
from crmbridge.services.hub import Hub, entities_of, is_open

ASKED_AGAIN_S = 300
"""Seconds after which a look that was asked for and did not come about is asked for again."""

TRIES = 3


def subscribes(hub: Hub, integration: Integration) -> bool:
    """Tell whether an integration's webhooks are set up by us."""
    return hub.connectors.declaration(integration.crm).supports.subscribes


def want_on_connecting(hub: Hub, integration: Integration, address: str) -> str:
    """Note, before anything else can happen, where a CRM that is being connected is to send its webhooks.

    An address that is in use already stays, unless this deployment has moved. Webhooks that people had removed stay
    removed.

    Args:
        integration: with the account it is being connected to.
        address: fresh, with a secret at its end.

    Returns:
        The address in use; empty where we set none up.
    """
    if not address or not subscribes(hub, integration):
        return ""
    held = load_hooks(hub, integration)
    if held is not None and not held.wanted:
        return ""
    hooks = _stored(hub, lambda: _wish(hub, integration, address, rotate=False))
    used = unsealed(hub, integration, hooks.address)
    open_address(hub, integration, used)
    return used


def address_of(hub: Hub, integration: Integration) -> str:
    """Return the address that an integration's webhooks are sent to, with its secret; empty for none of ours."""
    hooks = load_hooks(hub, integration)
    return unsealed(hub, integration, hooks.address) if hooks is not None and hooks.wanted else ""


def set_up(hub: Hub, integration: Integration, address: str, *, rotate: bool) -> Hooks:
    """Have an integration's webhooks made, checked and repaired now; twice does no harm.

    Args:
        address: fresh, with a secret at its end; taken where none is in use.
        rotate: take it in any case; the address before is served until the vendor no longer knows it.

    Raises:
        RequestRejectedError: this CRM's webhooks are not set up through its API, or it is not connected.
        ConflictError: somebody else changes them at this moment.
    """
    _must_subscribe(hub, integration)
    must_be_active(integration)
    hooks = _stored(hub, lambda: _asked(hub, _wish(hub, integration, address, rotate=rotate)))
    open_address(hub, integration, unsealed(hub, integration, hooks.address))
    _send(hub, hooks)
    return hooks


def take_down(hub: Hub, integration: Integration) -> Hooks | None:
    """Have an integration's webhooks removed; changes are then found by reading alone. Twice does no harm.

    Raises:
        RequestRejectedError: this CRM's webhooks are not set up through its API.
        ConflictError: somebody else changes them at this moment.
    """
    _must_subscribe(hub, integration)
    hooks = load_hooks(hub, integration)
    if hooks is None or hooks.state == "off":
        return hooks
    hooks = _stored(hub, lambda: _asked(hub, _farewell(hub, integration)))
    _send(hub, hooks)
    return hooks


def ask_where_due(hub: Hub, workspace_id: str, integrations: Iterable[Integration]) -> int:
    """Have the webhooks looked at whose time has come, or whose integration's rules have changed.

    Returns:
        How many integrations' webhooks were asked for.
    """
    now = hub.now()
    ours = [each for each in integrations if is_open(each, now) and subscribes(hub, each)]
    found = load_all_hooks(hub, workspace_id) if ours else {}
    count = 0
    for integration in ours:
        hooks = found.get(integration.integration_id)
        if hooks is not None and _is_due(hub, integration, hooks, now):
            with suppress(ConflictError):
                _send(hub, save_hooks(hub, _asked(hub, hooks)))
                count += 1
    return count


def show_hooks(hub: Hub, integration: Integration, hooks: Hooks | None) -> dict[str, Any]:
    """Return an integration's webhooks as the API shows them; without the secret of their address."""
    if not subscribes(hub, integration):
        by_hand = hub.connectors.declaration(integration.crm).supports.webhooks
        return {"state": "by_hand" if by_hand else "polling", "items": []}
    if hooks is None:
        return {"state": "none", "items": []}
    return {
        "state": hooks.state,
        "url": unsealed(hub, integration, hooks.address).rpartition("/")[0],
        "entities": list(hooks.entities),
        "items": [subscription_to_json(each) for each in hooks.known],
        "checkedAt": _text(hooks.checked_at),
        "nextCheckAt": _text(hooks.due_at) if hooks.state != "off" else None,
        "failures": hooks.failures,
        "words": hooks.words,
        "restored": hooks.restored,
        "lostAt": _text(hooks.lost_at),
    }


def _wish(hub: Hub, integration: Integration, address: str, *, rotate: bool) -> Hooks:
    """Return what is wanted from now on; the address in use stays where it can."""
    workspace_id, integration_id, now = integration.workspace_id, integration.integration_id, hub.now()
    hooks = load_hooks(hub, integration) or Hooks(workspace_id=workspace_id, integration_id=integration_id, due_at=now)
    hooks = replace(hooks, wanted=True, failures=0, words="", due_at=now, asked_at=None)
    used = unsealed(hub, integration, hooks.address)
    if used and not rotate and used.rpartition("/")[0] == address.rpartition("/")[0]:
        return hooks
    retired = (*hooks.retired, hooks.address) if hooks.address else hooks.retired
    return replace(hooks, address=sealed(hub, integration, address), retired=retired, known=(), checked_at=None)


def _farewell(hub: Hub, integration: Integration) -> Hooks:
    hooks = load_hooks(hub, integration)
    if hooks is None:
        raise ConflictError("the integration was disconnected in the meantime")
    return replace(hooks, wanted=False, failures=0, words="", due_at=hub.now())


def _stored(hub: Hub, wish: Callable[[], Hooks]) -> Hooks:
    """Store a wish, whatever a worker has learnt of the vendor in the meantime.

    Raises:
        ConflictError: it kept moving under three tries.
    """
    for _ in range(TRIES - 1):
        with suppress(ConflictError):
            return save_hooks(hub, wish())
    return save_hooks(hub, wish())


def _asked(hub: Hub, hooks: Hooks) -> Hooks:
    """Return the same as being looked at from now: noted before it is asked for, two planners cannot ask twice."""
    now = hub.now()
    return replace(hooks, asked_at=now, due_at=min(hooks.due_at, now))


def _send(hub: Hub, hooks: Hooks) -> None:
    hub.queues.send_steps([SyncStep(hooks.workspace_id, hooks.integration_id, "", task="webhooks")])


def _is_due(hub: Hub, integration: Integration, hooks: Hooks, now: datetime) -> bool:
    if hooks.state == "off" or (hooks.asked_at is not None and now - hooks.asked_at < _patience(hooks)):
        return False
    return hooks.due_at <= now or (hooks.wanted and hooks.entities != entities_of(hub, integration))


def _patience(hooks: Hooks) -> timedelta:
    """Return how long a look that was asked for may take; one that came about is no longer waited for."""
    is_over = hooks.asked_at is not None and hooks.due_at > hooks.asked_at
    return timedelta() if is_over else timedelta(seconds=ASKED_AGAIN_S)


def must_be_active(integration: Integration) -> None:
    """Refuse what only a connected integration can have.

    Raises:
        RequestRejectedError: it is not connected, or paused.
    """
    if integration.status != "active":
        raise RequestRejectedError(
            f"the integration is {integration.status}", field="integrationId", next_step="connect or resume it first"
        )


def _must_subscribe(hub: Hub, integration: Integration) -> None:
    if not subscribes(hub, integration):
        label = hub.connectors.declaration(integration.crm).label
        raise RequestRejectedError(
            f"{label}'s webhooks are not set up through its API",
            field="integrationId",
            next_step="set them up as docs/webhooks.md says, or rely on reading",
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

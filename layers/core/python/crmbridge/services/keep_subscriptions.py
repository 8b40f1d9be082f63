"""Keep an integration's webhooks at its vendor as they should be: made, renewed, brought into line, removed.

The address is stored before the vendor hears of it, and the vendor's list is read before anything is made: whatever
is interrupted is found again. One worker at a time is at an integration's webhooks. Reading goes on regardless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConflictError,
    FatalProviderError,
    LeaseHeldError,
    ProviderError,
    RetriableProviderError,
)
from crmbridge.ports import SubscribingClient, Subscription
from crmbridge.services._hooks import Hooks, close_address, drop_hooks, load_hooks, open_address, save_hooks, unsealed
from crmbridge.services._leases import Lease, lease
from crmbridge.services.hub import Hub, block, entities_of, is_open, load_integrations, require_reauthorization

CHECK_EVERY_S = 4 * 3600
"""How often the vendor is asked whether they still stand, in seconds."""

RETRY_S = 60
"""Seconds until the first new try after a failure that may pass; doubles up to ``CHECK_EVERY_S``."""

REFUSED_S = 3600
"""The same after the vendor refused, which seldom passes by itself."""

WORDS_MAX = 500
WAIT_S, WAITS = 0.5, 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a try.

    Attributes:
        made: subscriptions that were not there before.
        lost: subscriptions that the vendor had switched off, lost or cut short, and that were made whole again.
        removed: subscriptions taken away.
    """

    hooks: Hooks
    made: int = 0
    lost: int = 0
    removed: int = 0


def keep_subscriptions(hub: Hub, step: SyncStep) -> Kept | None:
    """Bring one integration's webhooks into line with what is wanted.

    Returns:
        ``None`` when there is nothing to do now, or somebody else is at it; the planner asks again.
    """
    integration = load_integrations(hub, step.workspace_id).get(step.integration_id)
    if integration is None or integration.circuit != "closed" or not is_open(integration, hub.now()):
        return None
    try:
        with lease(hub, step.workspace_id, _lease(integration)) as held:
            hooks = load_hooks(hub, integration)
            return None if hooks is None else _keep(hub, integration, hooks, held)
    except (LeaseHeldError, ConflictError):
        return None


def remove_subscriptions(hub: Hub, integration: Integration) -> None:
    """Remove an integration's webhooks at the vendor and forget them, before its grant is given back.

    Where the vendor refuses, or the grant is dead already, they stay there and find the door shut.

    Raises:
        RetriableProviderError: the vendor gave no usable answer; nothing was forgotten, try again.
        LeaseHeldError: another worker is at them for too long.
    """
    if load_hooks(hub, integration) is None:
        return
    for left in range(WAITS, -1, -1):
        try:
            with lease(hub, integration.workspace_id, _lease(integration)):
                hooks = load_hooks(hub, integration)
                if hooks is not None:
                    _take_away(hub, integration, hooks)
                drop_hooks(hub, integration)
                return
        except LeaseHeldError:
            if not left:
                raise
            hub.sleep(WAIT_S)


def _take_away(hub: Hub, integration: Integration, hooks: Hooks) -> None:
    try:
        client = _client(hub, integration)
        for text in (hooks.address, *hooks.retired):
            if text:
                client.unsubscribe(unsealed(hub, integration, text))
    except (AuthorizationExpiredError, FatalProviderError):
        return


def _keep(hub: Hub, integration: Integration, hooks: Hooks, held: Lease) -> Kept:
    try:
        kept = _brought_into_line(hub, integration, hooks, held)
    except AuthorizationExpiredError as error:
        require_reauthorization(hub, integration)
        kept = Kept(_failed(hub, integration, hooks, error, CHECK_EVERY_S))
    except RetriableProviderError as error:
        if error.is_quota:
            block(hub, integration, error)
        kept = Kept(_failed(hub, integration, hooks, error, error.retry_after_s or RETRY_S * 2**hooks.failures))
    except ProviderError as error:
        kept = Kept(_failed(hub, integration, hooks, error, REFUSED_S * 2**hooks.failures))
    return replace(kept, hooks=save_hooks(hub, kept.hooks))


def _brought_into_line(hub: Hub, integration: Integration, hooks: Hooks, held: Lease) -> Kept:
    client, address = _client(hub, integration), unsealed(hub, integration, hooks.address)
    entities = entities_of(hub, integration) if hooks.wanted else ()
    made = lost = removed = 0
    after: tuple[Subscription, ...] = ()
    if address and entities:
        open_address(hub, integration, address)
        standing = _told([each for each in client.subscriptions(address) if each.url == address and each.is_active])
        after = client.subscribe(address, now=hub.now(), entities=entities)
        made = len({key for key, _ in _told(after)} - {key for key, _ in standing})
        lost = len({key for key, _ in _told(hooks.known) - standing})
    elif address:
        removed += client.unsubscribe(address)
    for text in hooks.retired:
        held.renew()
        removed += client.unsubscribe(unsealed(hub, integration, text))
        close_address(hub, integration, unsealed(hub, integration, text))
    if not hooks.wanted:
        close_address(hub, integration, address)
    now = hub.now()
    done = replace(
        hooks,
        address=hooks.address if hooks.wanted else "",
        retired=(),
        entities=entities,
        known=after,
        checked_at=now,
        due_at=_next(now, after),
        failures=0,
        words="",
        restored=hooks.restored + lost,
        lost_at=now if lost else hooks.lost_at,
    )
    return Kept(done, made=made, lost=lost, removed=removed)


def _failed(hub: Hub, integration: Integration, hooks: Hooks, error: ProviderError, wait_s: float) -> Hooks:
    now = hub.now()
    return replace(
        hooks,
        entities=_wanted(hub, integration, hooks),
        due_at=now + timedelta(seconds=min(max(wait_s, 1.0), CHECK_EVERY_S)),
        failures=hooks.failures + 1,
        words=_without_secrets(hub, integration, hooks, str(error))[:WORDS_MAX],
    )


def _without_secrets(hub: Hub, integration: Integration, hooks: Hooks, words: str) -> str:
    """Return a vendor's words, which may repeat an address, without the secret that ends it."""
    for text in (hooks.address, *hooks.retired):
        secret = unsealed(hub, integration, text).rpartition("/")[2]
        words = words.replace(secret, "…") if secret else words
    return words


def _wanted(hub: Hub, integration: Integration, hooks: Hooks) -> tuple[Entity, ...]:
    return entities_of(hub, integration) if hooks.wanted else ()


def _next(now: datetime, subscriptions: tuple[Subscription, ...]) -> datetime:
    """Return when to look again: in some hours, and well before the first of them ends."""
    ends = [each.expires_at for each in subscriptions if each.expires_at is not None]
    wait = timedelta(seconds=CHECK_EVERY_S)
    if ends:
        wait = min(wait, max((min(ends) - now) / 2, timedelta(seconds=RETRY_S)))
    return now + wait


def _told(subscriptions: Iterable[Subscription]) -> set[tuple[str, str]]:
    """Return each subscription's id with each event that it tells of."""
    return {(each.subscription_id, event) for each in subscriptions for event in each.events}


def _client(hub: Hub, integration: Integration) -> SubscribingClient:
    return cast("SubscribingClient", hub.connectors.client(integration))


def _lease(integration: Integration) -> str:
    return f"hooks#{integration.integration_id}"

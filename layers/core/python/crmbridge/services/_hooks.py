"""What is known of one integration's webhooks at its vendor, and the addresses they are sent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import digest
from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError
from crmbridge.ports import Document, Subscription
from crmbridge.services.hub import Hub

HookState: TypeAlias = Literal["pending", "active", "failing", "removing", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """One integration's webhooks.

    Attributes:
        wanted: false once people had them removed.
        address: where they are to be sent, encrypted; empty once they were removed.
        retired: earlier addresses, encrypted, whose subscriptions are not removed yet.
        due_at: when the vendor is asked next.
        asked_at: when somebody was last told to ask it, or ``None``.
        checked_at: when the vendor last confirmed them, or ``None``.
        entities: whose changes were last asked for.
        known: the subscriptions as the vendor last told them.
        failures: tries in a row that failed.
        words: why the last try failed.
        restored: how many the vendor had switched off or lost, and were made again.
        lost_at: when that was last seen, or ``None``.
    """

    workspace_id: str
    integration_id: str
    due_at: datetime
    wanted: bool = True
    address: str = ""
    retired: tuple[str, ...] = ()
    asked_at: datetime | None = None
    checked_at: datetime | None = None
    entities: tuple[Entity, ...] = ()
    known: tuple[Subscription, ...] = ()
    failures: int = 0
    words: str = ""
    restored: int = 0
    lost_at: datetime | None = None
    version: int = 0

    @property
    def state(self) -> HookState:
        """How they stand: ``active`` when the vendor has confirmed them, ``failing`` when the last try failed."""
        if self.failures:
            return "failing"
        if not self.wanted:
            return "removing" if self.address or self.retired else "off"
        return "pending" if self.checked_at is None else "active"


def load_hooks(hub: Hub, integration: Integration) -> Hooks | None:
    """Return what is known of an integration's webhooks, ``None`` when nobody ever wanted any."""
    document = hub.documents.get(f"{integration.workspace_id}#HOOKS", integration.integration_id)
    return None if document is None else _read(document)


def load_all_hooks(hub: Hub, workspace_id: str) -> dict[str, Hooks]:
    """Return the same of all integrations of a workspace, by integration id."""
    return {each.sk: _read(each) for each in hub.documents.query(f"{workspace_id}#HOOKS")}


def save_hooks(hub: Hub, hooks: Hooks) -> Hooks:
    """Store it on the condition that it has not moved since it was read.

    Raises:
        ConflictError: it has moved.
    """
    return replace(hooks, version=hub.documents.put(_written(hooks)).version)


def drop_hooks(hub: Hub, integration: Integration) -> None:
    """Close every address of an integration and forget its webhooks; having none is success.

    The document stays, expired: its version counts on, so that a worker who slept through it all cannot mistake a
    successor's for its own.

    Raises:
        ConflictError: somebody else changes them at this moment.
    """
    hooks = load_hooks(hub, integration)
    if hooks is None:
        return
    for sealed in (hooks.address, *hooks.retired):
        close_address(hub, integration, unsealed(hub, integration, sealed))
    hub.documents.put(replace(_written(hooks), body={}, expires_at=int(hub.now().timestamp())))


def sealed(hub: Hub, integration: Integration, address: str) -> str:
    """Encrypt an address: whoever knows it can speak for the vendor."""
    return hub.cipher.encrypt(address, context=_context(integration))


def unsealed(hub: Hub, integration: Integration, text: str) -> str:
    """Decrypt an address; an empty one is empty."""
    return hub.cipher.decrypt(text, context=_context(integration)) if text else ""


def open_address(hub: Hub, integration: Integration, address: str) -> None:
    """Let calls to an address lead to an integration with its CRM account; twice does no harm."""
    body = {
        "workspace_id": integration.workspace_id,
        "integration_id": integration.integration_id,
        "account_id": integration.account_id,
    }
    held = hub.documents.get(_pk(integration, address), "owner")
    if held is None or held.body != body:
        hub.documents.put(Document(_pk(integration, address), "owner", body), unconditionally=True)


def close_address(hub: Hub, integration: Integration, address: str) -> None:
    """Let calls to an address lead nowhere; twice does no harm."""
    held = hub.documents.get(_pk(integration, address), "owner") if address else None
    if held is None:
        return
    try:
        hub.documents.delete(held)
    except ConflictError:
        return


def _pk(integration: Integration, address: str) -> str:
    return f"HOOK#{integration.crm}#{digest(address.rpartition('/')[2])}"


def _context(integration: Integration) -> dict[str, str]:
    return {"workspace": integration.workspace_id, "integration": integration.integration_id, "of": "webhook"}


def _written(hooks: Hooks) -> Document:
    body: dict[str, Any] = {each.name: getattr(hooks, each.name) for each in fields(Hooks)}
    del body["version"]
    for name in _TIMES:
        moment: datetime | None = body[name]
        body[name] = None if moment is None else moment.isoformat()
    known = [subscription_to_json(each) for each in hooks.known]
    body.update(retired=list(hooks.retired), entities=list(hooks.entities), known=known)
    return Document(f"{hooks.workspace_id}#HOOKS", hooks.integration_id, body, version=hooks.version)


def _read(document: Document) -> Hooks:
    body: dict[str, Any] = {**document.body, "version": document.version}
    for name in _TIMES:
        body[name] = None if body[name] is None else datetime.fromisoformat(body[name])
    known = tuple(_subscription(each) for each in body["known"])
    body.update(retired=tuple(body["retired"]), entities=tuple(body["entities"]), known=known)
    return Hooks(**body)


_TIMES = ("due_at", "asked_at", "checked_at", "lost_at")


def subscription_to_json(each: Subscription) -> dict[str, Any]:
    """Return a subscription as it is stored and shown; without its address, which holds a secret."""
    return {
        "id": each.subscription_id,
        "events": list(each.events),
        "active": each.is_active,
        "expiresAt": None if each.expires_at is None else each.expires_at.isoformat(),
    }


def _subscription(row: Mapping[str, Any]) -> Subscription:
    ends = row["expiresAt"]
    return Subscription(
        subscription_id=row["id"],
        url="",
        events=tuple(row["events"]),
        expires_at=None if ends is None else datetime.fromisoformat(ends),
        is_active=row["active"],
    )

"""Verify a webhook, find whose it is, queue what it hints at, acknowledge: in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from crmbridge.domain.keys import digest
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.webhook import WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import NotFoundError, SignatureError
from crmbridge.services._app_secrets import signing_secrets

if TYPE_CHECKING:
    from crmbridge.domain.vocabulary import Entity
    from crmbridge.ports import AppSecrets, Documents, Now, Queues, WebhookDoor

IDS_PER_HINT = 100


class Doors(Protocol):
    """Where a CRM's webhook door is found."""

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return what verifies and reads a CRM's webhooks."""
        ...


class Reception(Protocol):
    """What receiving webhooks needs; a ``Hub`` has it, and so much more that loading it would keep a CRM waiting."""

    @property
    def documents(self) -> Documents:
        """Control state: whose an account or a secret is."""
        ...

    @property
    def queues(self) -> Queues:
        """Where hints go."""
        ...

    @property
    def connectors(self) -> Doors:
        """The CRMs."""
        ...

    @property
    def secrets(self) -> AppSecrets:
        """Our applications' credentials."""
        ...

    @property
    def now(self) -> Now:
        """Our clock."""
        ...


@dataclass(frozen=True, slots=True)
class Owner:
    """Which integration a webhook belongs to."""

    workspace_id: str
    integration_id: str


@dataclass(slots=True)
class Received:
    """What a call held.

    Attributes:
        answer: what the CRM wants to hear.
        queued: events that became hints.
        unknown: events of a type we have no row for, by the vendor's name.
        ownerless: events of accounts nobody has connected.
    """

    answer: WebhookAnswer
    queued: int = 0
    unknown: dict[str, int] = field(default_factory=dict[str, int])
    ownerless: int = 0


def receive_signed(desk: Reception, crm: str, call: WebhookCall) -> Received:
    """Take a call of a vendor that signs; each event is routed by the account id in the signed body.

    A signature that does not match may be one of a secret that was put in place since ours was read.

    Raises:
        SignatureError: the call is not the vendor's; nothing was queued.
        WebhookRejectedError: the body is not what the vendor documents; nothing was queued.
    """
    door = desk.connectors.webhooks(crm)
    known = signing_secrets(desk.secrets.get(crm))
    try:
        door.verify(call, secrets=known, now=desk.now())
    except SignatureError:
        secrets = signing_secrets(desk.secrets.get(crm, anew=True))
        if secrets == known:
            raise
        door.verify(call, secrets=secrets, now=desk.now())
    return _queue(desk, crm, door.parse(call), door.answer(), owner=None)


def receive_secret(desk: Reception, crm: str, call: WebhookCall, *, secret: str) -> Received:
    """Take a call of a vendor that signs nothing: the secret in the path names the integration.

    Raises:
        NotFoundError: no integration has this secret; nothing was queued.
        SignatureError: the call is of another account than the integration's.
        WebhookRejectedError: the body is not what the vendor documents; nothing was queued.
    """
    document = desk.documents.get(f"HOOK#{crm}#{digest(secret)}", "owner") if secret else None
    if document is None:
        raise NotFoundError("there is no such webhook", next_step="set the webhook up again")
    door = desk.connectors.webhooks(crm)
    door.verify(call, secrets=[secret], now=desk.now())
    events = door.parse(call)
    account_id = document.body["account_id"]
    if any(each.account_id != account_id for each in events):
        raise SignatureError("the call is of another account than the integration's")
    owner = Owner(document.body["workspace_id"], document.body["integration_id"])
    return _queue(desk, crm, events, door.answer(), owner=owner)


def receive_events(desk: Reception, crm: str, events: Sequence[WebhookEvent]) -> Received:
    """Take events that came over a bus which AWS itself has authenticated."""
    return _queue(desk, crm, events, WebhookAnswer(200, "text/plain", ""), owner=None)


def _queue(
    desk: Reception, crm: str, events: Sequence[WebhookEvent], answer: WebhookAnswer, *, owner: Owner | None
) -> Received:
    received = Received(answer)
    owners: dict[str, Owner | None] = {}
    grouped: dict[tuple[Owner, Entity], list[WebhookEvent]] = {}
    for event in events:
        if event.kind == "unknown" or event.entity is None:
            received.unknown[event.name] = received.unknown.get(event.name, 0) + 1
            continue
        if owner is None and event.account_id not in owners:
            owners[event.account_id] = _owner(desk, crm, event.account_id)
        whose = owner or owners[event.account_id]
        if whose is None:
            received.ownerless += 1
            continue
        grouped.setdefault((whose, event.entity), []).append(event)
        received.queued += 1
    hints = [hint for (whose, entity), found in grouped.items() for hint in _hints(whose, entity, found)]
    if hints:
        desk.queues.send_changes(hints)
    return received


def _hints(owner: Owner, entity: Entity, events: Sequence[WebhookEvent]) -> list[ChangeHint]:
    ids = list(dict.fromkeys(each.external_id for each in events))
    gone = {each.external_id for each in events if each.kind == "gone"}
    newest, authors = _newest(events), _authors(events)
    merged = {each.external_id: each.merged_into for each in events if each.kind == "merged"}
    ids.extend(each for each in merged.values() if each and each not in ids)
    return [
        ChangeHint(
            workspace_id=owner.workspace_id,
            integration_id=owner.integration_id,
            entity=entity,
            external_ids=tuple(chunk),
            gone=tuple(each for each in chunk if each in gone),
            merged_into={each: merged[each] for each in chunk if each in merged},
            modified_ms={each: newest[each].modified_ms for each in chunk if each in newest},
            modified_by={each: authors[each] for each in chunk if each in authors},
        )
        for chunk in (ids[start : start + IDS_PER_HINT] for start in range(0, len(ids), IDS_PER_HINT))
    ]


def _newest(events: Sequence[WebhookEvent]) -> dict[str, WebhookEvent]:
    """Return the newest event of each record; none for a record of which any event tells no time."""
    newest: dict[str, WebhookEvent] = {}
    for event in events:
        held = newest.get(event.external_id)
        if held is None or event.modified_ms > held.modified_ms:
            newest[event.external_id] = event
    timeless = {event.external_id for event in events if event.modified_ms == 0 or event.kind != "changed"}
    return {key: event for key, event in newest.items() if key not in timeless}


def _authors(events: Sequence[WebhookEvent]) -> dict[str, str]:
    """Return who changed each record, where every event of it names the same author and nothing but a change."""
    named: dict[str, set[str]] = {}
    for event in events:
        known = event.kind == "changed" and event.modified_by.isascii()
        named.setdefault(event.external_id, set()).add(event.modified_by if known else "")
    return {key: next(iter(found)) for key, found in named.items() if len(found) == 1 and "" not in found}


def _owner(desk: Reception, crm: str, account_id: str) -> Owner | None:
    document = desk.documents.get(f"ACCOUNT#{crm}#{account_id}", "owner")
    return None if document is None else Owner(document.body["workspace_id"], document.body["integration_id"])

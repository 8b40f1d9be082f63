"""Which entities are being read for the first time, and which have been."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

READING_S = 30
"""A first read that shows no progress for this long no longer holds writes back, in seconds."""


SWEEP_EVERY_S = 600
"""How often the delayed second horizon is read, in seconds."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one integration's entity has been read, by the CRM's own clock.

    Attributes:
        live_at: everything changed before this was stored.
        swept_at: everything changed before this was read a second time, after index lag and late commits.
        swept_on: when (our clock) the last sweep ran; only decides when the next one is due.
        gone_at: deletions before this were stored.
        version: of the document, for the next save.
    """

    live_at: datetime
    swept_at: datetime
    swept_on: datetime
    gone_at: datetime
    version: int = 0


def load_cursor(hub: Hub, workspace_id: str, integration_id: str, entity: Entity) -> Cursor | None:
    """Return the cursor, or ``None`` while the entity has never been read to the end."""
    document = hub.documents.get(f"{workspace_id}#CURSOR", f"{integration_id}#{entity}")
    if document is None:
        return None
    times = {name: datetime.fromisoformat(document.body[name]) for name in _TIMES}
    return Cursor(**times, version=document.version)


def was_read(hub: Hub, workspace_id: str, integration_id: str, entity: Entity) -> bool:
    """Tell whether an entity has been read to its end."""
    return hub.documents.get(f"{workspace_id}#CURSOR", f"{integration_id}#{entity}") is not None


def known_entities(hub: Hub, workspace_id: str, integration_id: str) -> set[str]:
    """Return the entities of an integration that have been read to their end."""
    found = hub.documents.query(f"{workspace_id}#CURSOR", f"{integration_id}#")
    return {each.sk.rpartition("#")[2] for each in found}


def save_cursor(hub: Hub, workspace_id: str, integration_id: str, entity: Entity, cursor: Cursor) -> None:
    """Store the cursor, after everything it passes has been stored.

    Raises:
        ConflictError: another run moved it in the meantime.
    """
    body = {name: getattr(cursor, name).isoformat() for name in _TIMES}
    pk, sk = f"{workspace_id}#CURSOR", f"{integration_id}#{entity}"
    hub.documents.put(Document(pk, sk, body, version=cursor.version))


def forget_cursor(hub: Hub, workspace_id: str, integration_id: str, entity: Entity) -> None:
    """Have an entity read from its first record on again, and everything else told to that CRM."""
    document = hub.documents.get(f"{workspace_id}#CURSOR", f"{integration_id}#{entity}")
    if document is not None:
        with suppress(ConflictError):
            hub.documents.delete(document)


def read_until(hub: Hub, workspace_id: str) -> str:
    """Return the latest moment up to which any CRM of a workspace was read, ISO 8601; empty before the first."""
    return max((each.body["live_at"] for each in hub.documents.query(f"{workspace_id}#CURSOR")), default="")


_TIMES = ("live_at", "swept_at", "swept_on", "gone_at")


def mark_reading(hub: Hub, workspace_id: str, integration_id: str, entity: Entity) -> None:
    """Note that a first read of an entity makes progress, so that writers wait for full batches."""
    hub.documents.put(
        Document(
            f"{workspace_id}#READING",
            f"{entity}#{integration_id}",
            {},
            expires_at=int(hub.now().timestamp()) + READING_S,
        ),
        unconditionally=True,
    )


def unmark_reading(hub: Hub, workspace_id: str, integration_id: str, entity: Entity) -> None:
    """Note that the first read of an entity is over."""
    document = hub.documents.get(f"{workspace_id}#READING", f"{entity}#{integration_id}")
    if document is not None:
        hub.documents.delete(document)


def is_being_read(hub: Hub, workspace_id: str, entity: Entity) -> bool:
    """Tell whether any CRM of the workspace is being read for the first time for an entity."""
    return bool(hub.documents.query(f"{workspace_id}#READING", f"{entity}#"))


def since_of(cursor: Cursor, *, now: datetime) -> datetime:
    """Return where an incremental read begins: the live horizon, or the delayed one when its sweep is due."""
    due = now - cursor.swept_on >= timedelta(seconds=SWEEP_EVERY_S)
    return cursor.swept_at if due else cursor.live_at

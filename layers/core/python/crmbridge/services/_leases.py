"""Leases: one worker at a piece of work at a time, taken over when its holder has died."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from crmbridge.errors import ConflictError, LeaseHeldError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub


class Lease:
    """A lease in hand; renew it before every step that outlasts it."""

    def __init__(self, hub: Hub, document: Document) -> None:
        self._hub = hub
        self._document = document

    def renew(self) -> None:
        """Hold on for another term.

        Raises:
            LeaseHeldError: somebody took the lease over; stop at once, without writing anything more.
        """
        expires_at = _epoch(self._hub.now()) + self._hub.lease_s
        try:
            self._document = self._hub.documents.put(replace(self._document, expires_at=expires_at))
        except ConflictError as error:
            raise LeaseHeldError(f"lost the lease on {self._document.sk}", retry_after_s=self._hub.lease_s) from error

    def release(self) -> None:
        """Let go; a lease that was lost already is left alone.

        The document stays, expired: its version counts on, so that a holder who slept through a whole later lease
        cannot mistake a successor's document for its own.
        """
        with suppress(ConflictError):
            self._hub.documents.put(replace(self._document, expires_at=_epoch(self._hub.now())))


def is_held(hub: Hub, workspace_id: str, name: str) -> bool:
    """Tell whether somebody holds a lease at this moment."""
    return hub.documents.get(f"{workspace_id}#LEASE", name) is not None


@contextmanager
def lease(hub: Hub, workspace_id: str, name: str) -> Generator[Lease]:
    """Hold a lease for the time of a block.

    Raises:
        LeaseHeldError: somebody else holds it; ``retry_after_s`` tells when it ends if they have died.
    """
    now = _epoch(hub.now())
    pk = f"{workspace_id}#LEASE"
    document = Document(pk, name, {"holder": hub.new_id("lse")}, expires_at=now + hub.lease_s)
    try:
        held = Lease(hub, hub.documents.put(document))
    except ConflictError as error:
        other = hub.documents.get(pk, name)
        left_s = hub.lease_s if other is None or other.expires_at is None else other.expires_at - now
        raise LeaseHeldError(f"somebody else is at {name}", retry_after_s=max(left_s, 1)) from error
    try:
        yield held
    finally:
        held.release()


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())

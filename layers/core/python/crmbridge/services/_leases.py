"""Leases: one worker at a piece of work at a time, taken over when its holder has died."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge.errors import ConflictError, LeaseHeldError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

RENEWED_AFTER = 4
"""A lease is renewed once a fourth of its term has gone; before that, asking costs nothing."""


class Lease:
    """A lease in hand; renew it before every step that outlasts it."""

    def __init__(self, hub: Hub, document: Document) -> None:
        self._hub = hub
        self._document = document

    def renew(self) -> None:
        """Hold on for another term, unless this one has hardly begun.

        Raises:
            LeaseHeldError: somebody took the lease over; stop at once, without writing anything more.
        """
        expires_at = _epoch(self._hub.now()) + self._hub.lease_s
        if expires_at - (self._document.expires_at or 0) < self._hub.lease_s / RENEWED_AFTER:
            return
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


@dataclass(slots=True)
class Claim:
    """A lease that is taken when it is first needed, and not before: taking and letting go are two writes."""

    hub: Hub
    workspace_id: str
    name: str
    held: Lease | None = None

    def hold(self) -> None:
        """Take the lease, or hold on to it for another term.

        Raises:
            LeaseHeldError: somebody else holds it; ``retry_after_s`` tells when it ends if they have died.
        """
        if self.held is None:
            self.held = _taken(self.hub, self.workspace_id, self.name)
        else:
            self.held.renew()

    def keep(self) -> None:
        """Hold on to the lease if it was taken.

        Raises:
            LeaseHeldError: somebody took it over; stop at once, without writing anything more.
        """
        if self.held is not None:
            self.held.renew()


def is_held(hub: Hub, workspace_id: str, name: str) -> bool:
    """Tell whether somebody holds a lease at this moment."""
    return hub.documents.get(f"{workspace_id}#LEASE", name) is not None


@contextmanager
def lease(hub: Hub, workspace_id: str, name: str) -> Generator[Lease]:
    """Hold a lease for the time of a block.

    Raises:
        LeaseHeldError: somebody else holds it; ``retry_after_s`` tells when it ends if they have died.
    """
    held = _taken(hub, workspace_id, name)
    try:
        yield held
    finally:
        held.release()


@contextmanager
def claim(hub: Hub, workspace_id: str, name: str) -> Generator[Claim]:
    """Let a block take a lease when it needs it, and let go of it at the end."""
    claimed = Claim(hub, workspace_id, name)
    try:
        yield claimed
    finally:
        if claimed.held is not None:
            claimed.held.release()


def _taken(hub: Hub, workspace_id: str, name: str) -> Lease:
    now = _epoch(hub.now())
    pk = f"{workspace_id}#LEASE"
    document = Document(pk, name, {"holder": hub.new_id("lse")}, expires_at=now + hub.lease_s)
    try:
        return Lease(hub, hub.documents.put(document))
    except ConflictError as error:
        other = hub.documents.get(pk, name)
        left_s = hub.lease_s if other is None or other.expires_at is None else other.expires_at - now
        raise LeaseHeldError(f"somebody else is at {name}", retry_after_s=max(left_s, 1)) from error


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())

"""Where records and control state are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from crmbridge.domain.records import Entity, Record
    from crmbridge.ports.sources import Page


@dataclass(frozen=True, slots=True)
class Save:
    """One record to store.

    Attributes:
        before: the record as it was read, ``None`` for a new one.
        after: the record to store; its ``rev`` is ``before.rev + 1`` (1 for a new one).
    """

    before: Record | None
    after: Record


class RecordStore(Protocol):
    """Holds the records with their look-ups and the index of due work; see docs/key-schema.md."""

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records by id, strongly consistent; ids unknown to the workspace are left out."""
        ...

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id, strongly consistent; unlinked external ids are left out."""
        ...

    def find_key(
        self,
        workspace_id: str,
        entity: Entity,
        key: Literal["email", "phone", "domain"],
        values: Sequence[str],
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of live records that hold a canonical key value, ascending; strongly consistent."""
        ...

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records, each atomically with its look-ups and on the condition that it has not moved.

        Args:
            saves: 0..n; at most one per record id.

        Returns:
            In input order, ``True`` where stored; ``False`` where ``before`` was no longer the stored state,
            or one of the external ids already belongs to another record. One refused save never hinders another.
        """
        ...

    def save_together(self, saves: Sequence[Save]) -> bool:
        """Store a few records of one workspace as one: all of them or none, whoever looks meanwhile.

        An external id that one of them gives up may be taken by another.

        Args:
            saves: 1..10; at most one per record id.

        Returns:
            ``False`` where any ``before`` was no longer the stored state, or an external id belongs to a record that
            is not among them; nothing was stored then.
        """
        ...

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due to one integration, longest due first.

        Args:
            now: records that must wait beyond this moment are left out.
            limit: at most this many, 1..n.
        """
        ...

    def list_new(self, workspace_id: str, entity: Entity, *, after: str, limit: int) -> tuple[Record, ...]:
        """Return the oldest records of an entity that are newer than one, oldest first.

        Args:
            after: record id; ids ascend in time. Empty for all.
            limit: at most this many, 1..n.
        """
        ...

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of all records of an entity, tombstones included, in a stable order."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A small piece of control state.

    Attributes:
        pk: partition, beginning with the workspace or naming a global look-up.
        sk: place in the partition.
        body: JSON-ready values (str, int, bool, None, list, dict; no floats).
        version: 0 before the first save, then +1 a save.
        expires_at: epoch second after which the document counts as absent, or ``None``.
    """

    pk: str
    sk: str
    body: Mapping[str, Any]
    version: int = 0
    expires_at: int | None = None


class Documents(Protocol):
    """Holds control state: integrations, tokens, cursors, leases, OAuth states, runs."""

    def get(self, pk: str, sk: str) -> Document | None:
        """Read one document, strongly consistent; ``None`` when absent or expired."""
        ...

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        """Store a document whose ``version`` is the one that was read (0 for a new one).

        An expired document counts as absent, so a version of 0 replaces it.

        Returns:
            The document with its new version.

        Raises:
            ConflictError: the stored version is another one (not with ``unconditionally``).
        """
        ...

    def append(self, documents: Sequence[Document]) -> None:
        """Write documents that never change again, such as lines of history, whatever is there.

        Writing the same ones again does no harm. Their ``version`` is stored as 1.
        """
        ...

    def delete(self, document: Document) -> None:
        """Remove a document on the condition that its version is still the stored one.

        Raises:
            ConflictError: it has moved or is gone already.
        """
        ...

    def query(self, pk: str, prefix: str = "") -> tuple[Document, ...]:
        """Return a partition's live documents whose ``sk`` begins with a prefix, ascending, all pages."""
        ...

"""The seams of CRMs that work off large amounts by themselves, in jobs that outlive whoever asked for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

from crmbridge.domain.records import Entity, Observation
from crmbridge.ports.rows import WriteOp
from crmbridge.ports.sources import Page

LoadState: TypeAlias = Literal["open", "running", "over"]
"""Handed over and not begun; being worked at; nothing more will come of it, whatever has."""


class ExportingClient(Protocol):
    """What the client of a connector with ``supports.exports`` can do beside ``CrmClient``."""

    def export(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every record that was live when the listing began, each at least once.

        For first reads: rows are as old as the listing, and may come twice where the CRM gave up in between. The
        cursor is all that is needed to go on, for any process, for days. A page may be empty and say ``ready_in_s``.

        Raises:
            RetriableProviderError, AuthorizationExpiredError, FatalProviderError: as for ``CrmClient``.
        """
        ...


class LoadingClient(Protocol):
    """What the client of a connector with ``supports.loads`` can do beside ``CrmClient``: writes that take minutes.

    What becomes of each row is found out afterwards, by looking for it, as for any write whose answer was lost.
    """

    def open_load(self, entity: Entity, ops: Sequence[WriteOp]) -> str:
        """Hand over new rows and return the load's id; nothing is written before it is started.

        Args:
            ops: upserts, at most ``limits.load_max``; a row that a load cannot carry is left out.

        Raises:
            FatalProviderError: the CRM takes no such load, or none now; write by batches.
            RetriableProviderError: as for ``CrmClient``; nothing was or will be written.
        """
        ...

    def start_load(self, load_id: str) -> None:
        """Let the CRM begin.

        Raises:
            FatalProviderError: it is not there to be begun, any more.
            RetriableProviderError: with ``may_have_applied`` when it may have begun all the same.
        """
        ...

    def look_at_load(self, load_id: str) -> LoadState:
        """Tell how far a load is; one that the CRM does not know (any more) is over."""
        ...

    def stop_load(self, load_id: str) -> None:
        """Ask for the end of a load, one way or the other; what it has written stays."""
        ...

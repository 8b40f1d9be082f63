"""What became of one row of a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors.dynamics.client._errors import NO_KEY_VALUE, NOT_FOUND, PROVIDER
from crmbridge.connectors.dynamics.mapping.places import Place, row_id_of
from crmbridge.connectors.dynamics.mapping.stages import Target
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, ProviderError
from crmbridge.ports import RowResult, WriteOp


@dataclass(slots=True)
class Outcome:
    """One row on its way.

    Attributes:
        place: its table, ``None`` when it has none and was refused for that.
        target: the state that it shall have in the end.
        row: as Dataverse answered it, empty when it was not written.
    """

    op: WriteOp
    place: Place | None
    target: Target | None = None
    row: Mapping[str, Any] = field(default_factory=dict[str, Any])
    result: RowResult | None = None

    @property
    def at(self) -> Place:
        """The table of a row that has one.

        Raises:
            ValueError: it has none: our own bug.
        """
        if self.place is None:
            raise ValueError(f"{self.op.op_id} has no table")
        return self.place


def refused(op: WriteOp, place: Place, error: ProviderError, *, is_conflict: bool) -> RowResult:
    """Return the result of a refusal; the same code speaks of the row and of a row that it refers to."""
    row_id = row_id_of(place, op.external_id)
    is_own = error.code == NO_KEY_VALUE or (error.code == NOT_FOUND and bool(row_id) and row_id in str(error).lower())
    return RowResult(op.op_id, op.external_id, error=error, gone=is_own, conflict=is_conflict)


def misplaced(entity: Entity, op: WriteOp) -> RowResult:
    """Return the result of a row whose id is none of the entity's tables."""
    words = f"{op.external_id[:80]!r} is no id of a {entity} there"
    error = FatalProviderError(words, provider=PROVIDER, status=404, code=NOT_FOUND)
    return RowResult(op.op_id, op.external_id, error=error, gone=True)


def unplaced(op: WriteOp) -> RowResult:
    """Return the result of an activity of a kind that has no table."""
    words = f"an activity of the kind {op.fields.get('kind')!r} has no place there"
    return RowResult(op.op_id, error=FatalProviderError(words, provider=PROVIDER, status=400, code="NO_PLACE"))

"""Rows of one module on their way to Zoho, and which rows are whose."""

from __future__ import annotations

from dataclasses import dataclass, field

from crmbridge.connectors.zoho.client.errors import PROVIDER, Row, is_missing, row_error
from crmbridge.connectors.zoho.client.reading import record_id_in
from crmbridge.connectors.zoho.mapping import Lexicon, Payload, Place
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp


@dataclass(slots=True)
class Batch:
    """Rows of one module on their way.

    Attributes:
        sent: what each row says, by op id.
        results: what became of each row, by op id.
        primaries: the contact that deals name, by record id.
        marks: our id in the text of notes, by record id.
    """

    place: Place
    ops: list[WriteOp]
    lexicon: Lexicon
    sent: dict[str, Payload] = field(default_factory=dict[str, Payload])
    results: dict[str, RowResult] = field(default_factory=dict[str, RowResult])
    primaries: dict[str, str] = field(default_factory=dict[str, str])
    marks: dict[str, str] = field(default_factory=dict[str, str])

    def record_id(self, op: WriteOp) -> str:
        """Return a row's record, as Zoho knows it."""
        return record_id_in(self.place, op.external_id)

    def going(self) -> list[WriteOp]:
        """Return the rows that nothing has become of yet."""
        return [op for op in self.ops if op.op_id not in self.results]


def belongs(place: Place, op: WriteOp) -> bool:
    """Tell whether a row is one of a module's."""
    if op.kind in ("create", "upsert"):
        return not place.activity or op.fields.get("kind") == place.activity
    return bool(record_id_in(place, op.external_id))


def homeless(op: WriteOp) -> RowResult:
    """Judge a row that no module takes: an id of none of them, or a kind of activity Zoho has no place for."""
    is_new = op.kind in ("create", "upsert")
    words = f"there is no place for {op.fields.get('kind')!r} in Zoho" if is_new else "there is no such record in Zoho"
    error = FatalProviderError(words, provider=PROVIDER, status=400, code="NO_SUCH_PLACE" if is_new else "INVALID_DATA")
    return RowResult(op.op_id, op.external_id, error=error, gone=not is_new)


def without_repeats(rows: list[tuple[int, WriteOp]]) -> list[list[tuple[int, WriteOp]]]:
    """Cut rows so that no record stands twice in one call, and no row's fate is mistaken for another's."""
    batches: list[list[tuple[int, WriteOp]]] = [[]]
    seen: set[str] = set()
    for number, op in rows:
        keys = {op.op_id, op.external_id or op.op_id}
        if keys & seen:
            batches.append([])
            seen = set()
        batches[-1].append((number, op))
        seen |= keys
    return batches


def deleted(op: WriteOp, row: Row | None) -> RowResult:
    """Return what became of a row to delete."""
    if row is None:
        error = RetriableProviderError("Zoho's answer says nothing of this row", provider=PROVIDER, code="UNACCOUNTED")
        return RowResult(op.op_id, op.external_id, error=error)
    if row.get("status") != "error":
        return RowResult(op.op_id, op.external_id)
    return RowResult(op.op_id, op.external_id, error=row_error(row), gone=is_missing(row))

"""What is different about writing notes: they are on one record and stay there, and our id is in their text."""

from __future__ import annotations

from crmbridge.connectors.zoho.client.batches import Batch
from crmbridge.connectors.zoho.client.errors import PROVIDER, Row
from crmbridge.connectors.zoho.client.notes import Notes
from crmbridge.connectors.zoho.client.reading import Reader
from crmbridge.connectors.zoho.mapping.notes import CONTENT, parent_of, refs_in, unmarked
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteOp


def refuse_some_notes(batch: Batch, notes: Notes) -> None:
    """Refuse new notes that are on nothing, and all where we could not find them again were an answer lost.

    Source: Zoho CRM API v8, create notes: ``Parent_Id`` is required.
    """
    if not batch.place.is_bare:
        return
    hidden = notes.refusal()
    words = "a note in Zoho is on a deal, a contact or a company, and this one has none"
    orphan = FatalProviderError(words, provider=PROVIDER, status=400, code="NEEDS_PARENT")
    for op in batch.going():
        error = hidden or (None if parent_of(op.refs)[0] else orphan)
        if error is not None:
            batch.results[op.op_id] = RowResult(op.op_id, "", error=error)


def look_at_notes(batch: Batch, reader: Reader) -> None:
    """Read notes before they change: our id stays in their text, and none is moved to another record.

    Source: Zoho CRM API v8, update notes: the title and the text can change.
    """
    if not batch.place.is_bare:
        return
    rows = reader.rows(batch.place, [batch.record_id(op) for op in batch.ops])
    held = {str(row["id"]): row for row in rows}
    batch.marks = {record_id: unmarked(row.get(CONTENT))[1] for record_id, row in held.items()}
    for op in batch.ops:
        if _moves(op, held.get(batch.record_id(op), {})):
            words = "a note in Zoho stays with what it was written on"
            error = FatalProviderError(words, provider=PROVIDER, status=400, code="NOT_BUILT")
            batch.results[op.op_id] = RowResult(op.op_id, op.external_id, error=error)


def _moves(op: WriteOp, held: Row) -> bool:
    """Tell whether a note would have to leave its deal, contact or company for another one."""
    return any(op.refs.get(name) and not set(ids) & set(op.refs[name]) for name, ids in refs_in(held).items())

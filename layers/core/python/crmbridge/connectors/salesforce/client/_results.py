"""What became of one row, out of Salesforce's answer or without asking it."""

from __future__ import annotations

from crmbridge.connectors.salesforce.client._api import Row
from crmbridge.connectors.salesforce.client._errors import (
    DUPLICATE,
    GONE,
    PROVIDER,
    refusal,
    row_error,
)
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept, id18, id_of
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteOp

DOUBTFUL = frozenset({"INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED"})
"""Said of the row itself as well as of a record it refers to."""


def is_misplaced(entity: Kept, op: WriteOp) -> bool:
    return op.kind in ("update", "delete") and not id_of(entity, op.external_id)


def misplaced(entity: Kept, op: WriteOp) -> RowResult:
    """Refuse an id that is not of the entity's object, such as the contact that a lead was converted into."""
    is_converted = entity == "lead" and bool(id_of("contact", op.external_id))
    code = "CANNOT_UPDATE_CONVERTED_LEAD" if is_converted else "MALFORMED_ID"
    words = "the lead was converted; its contact goes on" if is_converted else f"{op.external_id[:40]!r} is no id"
    error = FatalProviderError(f"{code}: {words} of {OBJECTS[entity]}", provider=PROVIDER, code=code)
    return RowResult(op.op_id, op.external_id, error=error)


def untouched(entity: Kept, op: WriteOp) -> RowResult:
    return RowResult(op.op_id, id_of(entity, op.external_id))


def result_of(entity: Kept, op: WriteOp, answer: Row) -> RowResult:
    known_id = id_of(entity, op.external_id)
    if answer.get("success") is True:
        external_id = id18(str(answer.get("id") or "")) or known_id
        return RowResult(op.op_id, external_id, created=bool(answer.get("created", op.kind == "create")))
    found = refusal(answer.get("errors"))
    is_new = op.kind in ("create", "upsert")
    in_the_way = next((id18(each) for each in found.ids if id_of(entity, each)), "") if is_new else known_id
    return RowResult(
        op.op_id,
        in_the_way if found.code in DUPLICATE or not is_new else "",
        error=row_error(found),
        gone=found.code in (GONE | DOUBTFUL if op.kind == "delete" else () if is_new else GONE),
        conflict=is_new and found.code in DUPLICATE,
    )

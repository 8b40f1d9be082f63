"""What became of each row of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crmbridge.connectors.hubspot.client.errors import PROVIDER, existing_id, is_conflict, is_missing, row_error
from crmbridge.connectors.hubspot.mapping import ErrorBody, Lexicon, ObjectRule, Row, observe
from crmbridge.domain.records import Observation
from crmbridge.errors import ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

LIFECYCLE = "lifecyclestage"


@dataclass(slots=True)
class Batch:
    """One batch on its way.

    Attributes:
        sent: properties by op id, of the rows that go into the call.
        results: what became of each row, by op id.
    """

    rule: ObjectRule
    ops: Sequence[WriteOp]
    lexicon: Lexicon
    sent: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    results: dict[str, RowResult] = field(default_factory=dict[str, RowResult])

    def going(self) -> list[WriteOp]:
        """Return the rows that go into the call, in input order."""
        return [op for op in self.ops if op.op_id in self.sent]


def written(batch: Batch, op: WriteOp, row: Row) -> RowResult:
    """Return the result of a row that HubSpot answered."""
    observation: Observation | None
    try:
        observation = observe(batch.rule, row, batch.lexicon)
    except ValueError:
        observation = None
    created = op.kind == "create" or (op.kind == "upsert" and row.new)
    return RowResult(op.op_id, row.id, created=created, observation=observation)


def refused(op: WriteOp, error: ProviderError, body: ErrorBody | None = None) -> RowResult:
    """Return the result of a row that HubSpot refused."""
    is_new = op.kind in ("create", "upsert")
    conflict = is_new and is_conflict(error)
    external_id = existing_id(error, body) if conflict else op.external_id
    return RowResult(op.op_id, external_id, error=error, conflict=conflict, gone=not is_new and is_missing(error))


def unaccounted(op: WriteOp, unnamed: Sequence[ErrorBody]) -> RowResult:
    """Judge a row that is neither among the results nor named by an error."""
    if unnamed:
        return refused(op, row_error(unnamed[0]), unnamed[0])
    error = RetriableProviderError(
        "HubSpot's answer says nothing of this row", provider=PROVIDER, code="UNACCOUNTED", may_have_applied=True
    )
    return RowResult(op.op_id, op.external_id, error=error)


def kept_stage(batch: Batch, op: WriteOp) -> bool:
    """Tell whether HubSpot kept a later life-cycle stage than the one it was sent."""
    wanted = batch.sent[op.op_id].get(LIFECYCLE)
    observation = batch.results[op.op_id].observation
    if not wanted or observation is None or "lifecycle_stage" not in observation.fields:
        return False
    choice = batch.lexicon.choices.get(LIFECYCLE)
    return choice is not None and observation.fields["lifecycle_stage"] != choice.word(wanted)


def joined(first: Observation | None, second: Observation | None) -> Observation | None:
    """Return what two answers of one record say together, the second being newer."""
    if first is None or second is None:
        return second or first
    return replace(second, fields={**first.fields, **second.fields}, correlation_id=first.correlation_id)

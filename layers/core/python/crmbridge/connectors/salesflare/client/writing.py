"""Rows written: contacts made many in a call, everything else one by one, each row's fate told by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.connectors.salesflare.client.calls import Calls
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import PROVIDER, is_validation
from crmbridge.connectors.salesflare.client.making import Maker
from crmbridge.connectors.salesflare.client.reading import Reader
from crmbridge.connectors.salesflare.client.rows import each_row, gone_row, kind_of
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.observing import Row
from crmbridge.connectors.salesflare.mapping.projecting import changed_body
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch on its way."""

    rule: ObjectRule
    ops: Sequence[WriteOp]
    lexicon: Lexicon


class Writer:
    """Writes records of one team."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, maker: Maker) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._maker = maker

    def write(self, rule: ObjectRule, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind; see ``CrmClient.write``.

        Raises:
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        if not ops:
            return ()
        kind = kind_of(ops)
        fields = {name for op in ops for name in op.fields}
        lexicon = self._catalogue.lexicon(rule, with_owners="owner" in fields, with_tags="tags" in fields)
        if kind == "create":
            results = self._maker.make(rule, ops, lexicon)
        else:
            results = self._one_by_one(Batch(rule, ops, lexicon), kind)
        if any(each.error is not None and is_validation(each.error) for each in results.values()):
            self._catalogue.forget()
        return tuple(results[op.op_id] for op in ops)

    def _one_by_one(self, batch: Batch, kind: WriteKind) -> dict[str, RowResult]:
        if kind == "upsert":
            raise FatalProviderError("Salesflare knows no upsert by our own id", provider=PROVIDER, code="NOT_BUILT")
        if kind == "delete":
            return each_row(batch.ops, lambda op: self._delete(batch.rule, op))
        rows = {str(row["id"]): row for row in self._reader.rows(batch.rule, [op.external_id for op in batch.ops])}
        return each_row(batch.ops, lambda op: self._update(batch, op, rows.get(op.external_id)))

    def _update(self, batch: Batch, op: WriteOp, row: Row | None) -> RowResult:
        if row is None or row.get("archived"):
            return gone_row(op)
        try:
            body = changed_body(batch.rule, op.fields, batch.lexicon, row=row, account=op.refs.get("company"))
        except ValueError as error:
            refusal = FatalProviderError(str(error), provider=PROVIDER, status=400, code="NO_SUCH_STAGE")
            return RowResult(op.op_id, op.external_id, error=refusal)
        if body:
            self._calls.send("PUT", f"/{batch.rule.path}/{op.external_id}", body)
        return RowResult(op.op_id, op.external_id)

    def _delete(self, rule: ObjectRule, op: WriteOp) -> RowResult:
        self._calls.send("DELETE", f"/{rule.path}/{op.external_id}")
        return RowResult(op.op_id, op.external_id)

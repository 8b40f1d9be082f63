"""Batches of writes, each row's fate told by itself.

Kommo names the refused rows of a batch and does not say whether it wrote the others. So the others are looked for
among the newest records, and those that are not there are sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crmbridge.connectors.kommo import EXTERNAL_ID
from crmbridge.connectors.kommo.client.calls import Calls, embedded_rows, is_record
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.errors import PROVIDER, RowsRefusedError, is_missing
from crmbridge.connectors.kommo.client.finding import Finder
from crmbridge.connectors.kommo.client.linking import Linker
from crmbridge.connectors.kommo.client.reading import Reader
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.connectors.kommo.mapping.rendering import needs_before, rendered, stage_of
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

BATCH = 50
"""Rows in one call; 250 are taken, and 50 recommended. Source: Kommo, limitations."""

Body = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """One batch on its way.

    Attributes:
        sent: rows by op id, of those that go into the call.
        results: what became of each row, by op id.
    """

    rule: ObjectRule
    ops: Sequence[WriteOp]
    lexicon: Lexicon
    sent: dict[str, Body] = field(default_factory=dict[str, Body])
    results: dict[str, RowResult] = field(default_factory=dict[str, RowResult])

    def going(self) -> list[WriteOp]:
        """Return the rows that are still to be sent, in input order."""
        return [op for op in self.ops if op.op_id in self.sent and op.op_id not in self.results]


class Writer:
    """Writes records of one account."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, finder: Finder) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._finder = finder
        self._linker = Linker(calls)

    def write(self, rule: ObjectRule, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind; see ``CrmClient.write``.

        Raises:
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        if not ops:
            return ()
        kinds = {op.kind for op in ops}
        if len(kinds) > 1 or len(ops) > BATCH:
            raise ValueError(f"one call writes up to {BATCH} rows of one kind, not {len(ops)} of {sorted(kinds)}")
        writers: Mapping[WriteKind, Callable[[Batch], None]] = {"create": self._create, "update": self._update}
        if ops[0].kind not in writers:
            return tuple(not_built(op) for op in ops)
        with_owners = any(op.fields.get("owner") for op in ops)
        batch = Batch(rule, ops, self._catalogue.lexicon(rule, with_owners=with_owners))
        writers[ops[0].kind](batch)
        if any(each.error is not None and each.error.code == "NotSupportedChoice" for each in batch.results.values()):
            self._catalogue.forget()
        return tuple(batch.results[op.op_id] for op in ops)

    # ------------------------------------------------------------------------------------- creates

    def _create(self, batch: Batch) -> None:
        ours = batch.lexicon.by_code(EXTERNAL_ID)
        if ours is None:
            self._catalogue.forget()
            raise RetriableProviderError(
                "our own field does not exist in this account yet", provider=PROVIDER, code="EXTERNAL_ID_FIELD_MISSING"
            )
        for op in batch.ops:
            payload = rendered(batch.rule, op.fields, batch.lexicon, before=None)
            payload.custom[ours.field_id] = [{"value": op.op_id}]
            body: Body = {**payload.body(), "request_id": op.op_id}
            tags = body.pop("tags_to_add", None)
            parts = {**({"tags": tags} if tags else {}), **self._inline(batch.rule, op)}
            batch.sent[op.op_id] = {**body, **({"_embedded": parts} if parts else {})}
        self._until_told(batch, self._create_once)
        self._link(batch)

    @staticmethod
    def _inline(rule: ObjectRule, op: WriteOp) -> dict[str, Any]:
        """Return the links that go along with a lead to create; contacts take none along."""
        if rule.entity != "deal":
            return {}
        named = {rule.linked[name]: [{"id": int(each)} for each in ids] for name, ids in op.refs.items() if ids}
        return {**named}

    def _create_once(self, batch: Batch, going: list[WriteOp]) -> None:
        path = f"/{batch.rule.path}"
        answer = self._calls.send("POST", path, [batch.sent[op.op_id] for op in going])
        told = {str(row.get("request_id")): str(row.get("id") or "") for row in embedded_rows(answer, batch.rule.path)}
        for op in going:
            external_id = told.get(op.op_id, "")
            batch.results[op.op_id] = (
                RowResult(op.op_id, external_id, created=True) if external_id else _unaccounted(op)
            )

    # ------------------------------------------------------------------------------------- updates

    def _update(self, batch: Batch) -> None:
        wanted = [op.external_id for op in batch.ops if needs_before(batch.rule, op.fields)]
        rows = self._reader.rows(batch.rule, wanted) if wanted else []
        before = {str(row["id"]): row for row in rows if is_record(row)}
        for op in batch.ops:
            held = before.get(op.external_id)
            if op.external_id in wanted and held is None:
                batch.results[op.op_id] = _gone(op)
                continue
            try:
                payload = rendered(
                    batch.rule, op.fields, batch.lexicon, before=held or {}, pipeline=stage_of(held or {})
                )
            except ValueError as error:
                refusal = FatalProviderError(str(error), provider=PROVIDER, status=400, code="NO_SUCH_STAGE")
                batch.results[op.op_id] = RowResult(op.op_id, op.external_id, error=refusal)
                continue
            body = payload.body()
            if body:
                batch.sent[op.op_id] = {"id": int(op.external_id), **body}
        self._until_told(batch, self._update_once)
        for op in batch.ops:
            batch.results.setdefault(op.op_id, RowResult(op.op_id, op.external_id))
        self._link(batch)

    def _update_once(self, batch: Batch, going: list[WriteOp]) -> None:
        answer = self._calls.send("PATCH", f"/{batch.rule.path}", [batch.sent[op.op_id] for op in going])
        told = {str(row.get("id")) for row in embedded_rows(answer, batch.rule.path)}
        silent = [op for op in going if op.external_id not in told]
        there = self._reader.alive(batch.rule, [op.external_id for op in silent]) if silent else set[str]()
        for op in going:
            is_gone = op in silent and op.external_id not in there
            batch.results[op.op_id] = _gone(op) if is_gone else RowResult(op.op_id, op.external_id)

    # ------------------------------------------------------------------------------------- parts of them

    def _until_told(self, batch: Batch, send: Callable[[Batch, list[WriteOp]], None]) -> None:
        """Send what is to be sent, again without the rows that were refused, until every row's fate is known.

        Raises:
            FatalProviderError: refused as a whole, and there is more than one row to blame.
            RetriableProviderError: with ``may_have_applied`` when rows were found written before.
        """
        while going := batch.going():
            try:
                send(batch, going)
            except RetriableProviderError as error:
                error.may_have_applied |= any(each.error is None for each in batch.results.values())
                raise
            except RowsRefusedError as error:
                refused = _named(going, error)
                if not refused:
                    raise
                batch.results.update({op.op_id: _refused(op, cause) for op, cause in refused})
                if going[0].kind == "create" and batch.going():
                    self._find_written(batch)
            except FatalProviderError as error:
                if len(going) > 1 or error.status not in (400, 404, 422):
                    raise
                batch.results[going[0].op_id] = _refused(going[0], error)

    def _find_written(self, batch: Batch) -> None:
        """Find the rows that were created although others of their batch were refused."""
        found = self._finder.made_lately(batch.rule, [op.op_id for op in batch.going()])
        for op_id, observation in found.items():
            batch.results[op_id] = RowResult(op_id, observation.external_id, created=True)

    def _link(self, batch: Batch) -> None:
        """Bring the references of written rows about.

        Raises:
            RetriableProviderError: with ``may_have_applied``: the records are written, their references may not be.
        """
        written = [(op, result.external_id) for op in batch.ops if (result := batch.results[op.op_id]).error is None]
        if batch.ops[0].kind == "create" and batch.rule.entity == "deal":
            return
        try:
            failed = self._linker.write(batch.rule, written)
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        for op_id, error in failed.items():
            batch.results[op_id] = replace(batch.results[op_id], error=error)


def not_built(op: WriteOp) -> RowResult:
    """Refuse what Kommo's API has no call for."""
    words = "Kommo's API deletes nothing: delete it in Kommo" if op.kind == "delete" else "Kommo knows no upsert"
    error = FatalProviderError(words, provider=PROVIDER, code="NOT_SUPPORTED")
    return RowResult(op.op_id, op.external_id, error=error)


def _named(going: Sequence[WriteOp], error: RowsRefusedError) -> list[tuple[WriteOp, FatalProviderError]]:
    """Return the rows a refusal names, by what we called them or by their place."""
    named = {key: cause for key, cause in error.rows.items()}
    found = [(op, named[op.op_id]) for op in going if op.op_id in named]
    return found or [(op, named[str(place)]) for place, op in enumerate(going) if str(place) in named]


def _refused(op: WriteOp, error: ProviderError) -> RowResult:
    return RowResult(op.op_id, op.external_id, error=error, gone=op.kind == "update" and is_missing(error))


def _gone(op: WriteOp) -> RowResult:
    error = FatalProviderError("Kommo does not show this record any more", provider=PROVIDER, status=404)
    return RowResult(op.op_id, op.external_id, error=error, gone=True)


def _unaccounted(op: WriteOp) -> RowResult:
    error = RetriableProviderError(
        "Kommo's answer says nothing of this row", provider=PROVIDER, code="UNACCOUNTED", may_have_applied=True
    )
    return RowResult(op.op_id, op.external_id, error=error)

"""Batches of writes, each row's fate told by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls, objects
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import (
    PROVIDER,
    named,
    row_error,
)
from crmbridge.connectors.hubspot.client.linking import LinkChanges, inline_links, write_links
from crmbridge.connectors.hubspot.client.outcomes import (
    LIFECYCLE,
    Batch,
    joined,
    kept_stage,
    refused,
    unaccounted,
    written,
)
from crmbridge.connectors.hubspot.client.reading import BATCH, Reader
from crmbridge.connectors.hubspot.client.rows import MARK, rows_of
from crmbridge.connectors.hubspot.mapping import (
    HEADERS,
    BatchAnswer,
    ErrorBody,
    ObjectRule,
    completed,
    properties_to_write,
)
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

_STALE = frozenset({"INVALID_OPTION", "INVALID_OWNER_ID", "PROPERTY_DOESNT_EXIST", "NO_SUCH_STAGE"})
"""Refusals that say that the account's definitions are no longer what we read."""

_ROW_REFUSALS = frozenset({400, 404, 409})


class Writer:
    """Writes records of one account."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader

    def write(self, rule: ObjectRule, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind; see ``CrmClient.write``.

        Raises:
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        if not ops:
            return ()
        kinds = {op.kind for op in ops}
        if len(kinds) > 1 or len(ops) > BATCH:
            raise ValueError(f"one call writes up to {BATCH} rows of one kind, not {len(ops)} of {sorted(kinds)}")
        writers: Mapping[WriteKind, Callable[[Batch], None]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }
        with_owners = any(op.fields.get("owner") for op in ops)
        batch = Batch(rule, ops, self._catalogue.lexicon(rule, with_owners=with_owners))
        writers[ops[0].kind](batch)
        if any(result.error is not None and result.error.code in _STALE for result in batch.results.values()):
            self._catalogue.forget()
        return tuple(batch.results[op.op_id] for op in ops)

    # ------------------------------------------------------------------------------------- the four kinds

    def _create(self, batch: Batch) -> None:
        for op in batch.ops:
            properties = properties_to_write(batch.rule, op.fields, batch.lexicon, is_new=True)
            batch.sent[op.op_id] = {**completed(batch.rule, properties, op.op_id), EXTERNAL_ID: op.op_id}
        inputs = [
            {
                "objectWriteTraceId": op.op_id,
                "properties": batch.sent[op.op_id],
                "associations": inline_links(batch.rule, op.refs),
            }
            for op in batch.ops
        ]
        self._send(batch, "create", inputs)
        if batch.rule.entity == "contact":
            self._take_over(batch)

    def _upsert(self, batch: Batch) -> None:
        for op in batch.ops:
            properties = properties_to_write(batch.rule, op.fields, batch.lexicon, is_new=False)
            batch.sent[op.op_id] = {**self._with_pipeline(batch, op, properties), EXTERNAL_ID: op.op_id}
        inputs = [
            {
                "id": op.op_id,
                "idProperty": EXTERNAL_ID,
                "objectWriteTraceId": op.op_id,
                "properties": batch.sent[op.op_id],
            }
            for op in batch.ops
        ]
        self._send(batch, "upsert", inputs)
        self._link(batch)

    def _update(self, batch: Batch) -> None:
        self._plan_updates(batch)
        going = batch.going()
        if going:
            self._send(batch, "update", _updates(going, batch.sent))
            self._move_back(batch)
        for op in batch.ops:
            batch.results.setdefault(op.op_id, RowResult(op.op_id, op.external_id))
        self._link(batch)

    def _delete(self, batch: Batch) -> None:
        purged = [op for op in batch.ops if op.purge and batch.rule.entity == "contact"]
        for op in purged:
            self._calls.post(BatchAnswer, objects(batch.rule.path, "/gdpr-delete"), {"objectId": op.external_id})
        inputs = [{"id": op.external_id} for op in batch.ops if op not in purged]
        if inputs:
            self._calls.post(BatchAnswer, objects(batch.rule.path, "/batch/archive"), {"inputs": inputs})
        batch.results.update({op.op_id: RowResult(op.op_id, op.external_id) for op in batch.ops})

    # ------------------------------------------------------------------------------------- parts of them

    def _plan_updates(self, batch: Batch) -> None:
        """Decide what to send for each row; a record keeps its pipeline where there is more than one."""
        pipelines: dict[str, str] = {}
        stage = batch.rule.staged()
        staged = [op.external_id for op in batch.ops if stage and op.fields.get(stage)]
        if staged and len(batch.lexicon.stages.targets) > 1:
            pipelines = self._reader.properties_of(batch.rule, staged, batch.rule.pipeline[0])
        headers = self._headers(batch)
        for op in batch.ops:
            try:
                properties = properties_to_write(
                    batch.rule,
                    op.fields,
                    batch.lexicon,
                    pipeline_id=pipelines.get(op.external_id, ""),
                    headers=headers.get(op.external_id),
                )
            except ValueError as error:
                refusal = FatalProviderError(str(error), provider=PROVIDER, status=400, code="NO_SUCH_STAGE")
                batch.results[op.op_id] = RowResult(op.op_id, op.external_id, error=refusal)
                continue
            if properties:
                batch.sent[op.op_id] = properties

    def _headers(self, batch: Batch) -> dict[str, str]:
        """Return the headers of e-mails whose sender or receivers change: they are written as a whole."""
        ids = [op.external_id for op in batch.ops if {"email_from", "email_to"} & op.fields.keys()]
        return self._reader.properties_of(batch.rule, ids, HEADERS) if ids and batch.rule.kind == "email" else {}

    def _with_pipeline(self, batch: Batch, op: WriteOp, properties: dict[str, str]) -> dict[str, str]:
        pipeline, stage = batch.rule.pipeline
        if not stage or stage not in properties:
            return properties
        target = batch.lexicon.stages.target(str(op.fields.get(batch.rule.staged())))
        return {**properties, pipeline: target[0]} if target else properties

    def _take_over(self, batch: Batch) -> None:
        """Let contacts that were made for leads become the contacts that are to be created: addresses are unique."""
        results = batch.results
        ops = {results[op.op_id].external_id: op for op in batch.ops if results[op.op_id].conflict}
        ops.pop("", None)
        held = self._reader.properties_of(batch.rule, list(ops), EXTERNAL_ID) if ops else {}
        ours = {each: op for each, op in ops.items() if held.get(each, "").startswith(MARK)}
        if not ours:
            return
        for op in ours.values():
            del results[op.op_id]
        self._send(batch, "update", _updates([replace(op, external_id=each) for each, op in ours.items()], batch.sent))
        self._link(replace(batch, ops=list(ours.values())))

    def _send(self, batch: Batch, verb: str, inputs: list[dict[str, Any]]) -> None:
        """Send one batch and note what became of each row.

        Raises:
            FatalProviderError: refused as a whole, and there is more than one row to blame.
        """
        try:
            answer = self._calls.post(BatchAnswer, objects(batch.rule.path, f"/batch/{verb}"), {"inputs": inputs}).body
        except FatalProviderError as error:
            going = batch.going()
            if len(going) > 1 or error.status not in _ROW_REFUSALS:
                if error.code in _STALE:
                    self._catalogue.forget()
                raise
            batch.results[going[0].op_id] = refused(going[0], error)
            return
        self._take(batch, answer)

    def _take(self, batch: Batch, answer: BatchAnswer) -> None:
        going = batch.going()
        rows, _ = rows_of(answer.results)
        by_key = {key: op for op in going for key in (op.op_id, op.external_id) if key}
        for row in rows:
            op = by_key.get(row.object_write_trace_id or "") or by_key.get(row.properties.get(EXTERNAL_ID) or "")
            op = op or by_key.get(row.id)
            if op is not None:
                batch.results[op.op_id] = written(batch, op, row)
        unnamed: list[ErrorBody] = []
        for each in answer.errors:
            keys = named(each, "objectWriteTraceId", "ids", "id", EXTERNAL_ID)
            ops = [by_key[key] for key in keys if key in by_key and by_key[key].op_id not in batch.results]
            batch.results.update({op.op_id: refused(op, row_error(each), each) for op in ops})
            if not ops:
                unnamed.append(each)
        for op in going:
            if op.op_id not in batch.results:
                batch.results[op.op_id] = unaccounted(op, unnamed)

    def _move_back(self, batch: Batch) -> None:
        """Move life-cycle stages back where HubSpot kept the later one: clear, then set again."""
        kept = [op for op in batch.going() if kept_stage(batch, op)]
        for value in ("", None) if kept else ():
            again = {op.op_id: {LIFECYCLE: batch.sent[op.op_id][LIFECYCLE] if value is None else value} for op in kept}
            path = objects(batch.rule.path, "/batch/update")
            answer = self._calls.post(BatchAnswer, path, {"inputs": _updates(kept, again)}).body
            for row in rows_of(answer.results)[0]:
                op = next((each for each in kept if each.external_id == row.id), None)
                if op is not None and value is None:
                    before = batch.results[op.op_id]
                    seen = written(batch, op, row).observation
                    batch.results[op.op_id] = replace(before, observation=joined(before.observation, seen))

    def _link(self, batch: Batch) -> None:
        """Bring the references of written rows about.

        Raises:
            RetriableProviderError: with ``may_have_applied``: the records are written, their references may not be.
        """
        changes = LinkChanges()
        for op in batch.ops:
            result = batch.results[op.op_id]
            if result.error is None:
                changes.note(op, result.external_id)
        try:
            failed = write_links(self._calls, batch.rule, changes)
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        for op in batch.ops:
            result = batch.results[op.op_id]
            if result.error is None and result.external_id in failed:
                batch.results[op.op_id] = replace(result, error=failed[result.external_id])


def _updates(ops: Sequence[WriteOp], sent: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{"id": op.external_id, "objectWriteTraceId": op.op_id, "properties": sent[op.op_id]} for op in ops]

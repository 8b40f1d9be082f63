"""Batches of writes, each row's fate told by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from crmbridge.connectors.zoho.client import coql
from crmbridge.connectors.zoho.client.batches import Batch, belongs, deleted, homeless, without_repeats
from crmbridge.connectors.zoho.client.calls import Calls, chunks
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import (
    PROVIDER,
    Row,
    details_of,
    duplicates_of,
    existing_id,
    is_missing,
    row_error,
)
from crmbridge.connectors.zoho.client.finding import Finder
from crmbridge.connectors.zoho.client.linking import primary_of, write_contacts
from crmbridge.connectors.zoho.client.note_writing import look_at_notes, refuse_some_notes
from crmbridge.connectors.zoho.client.notes import Notes
from crmbridge.connectors.zoho.client.reading import IDS_MAX, Reader, record_id_in
from crmbridge.connectors.zoho.client.tagging import set_tags
from crmbridge.connectors.zoho.mapping import Payload, link, payload, places_of
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

ROWS_MAX = 100
_STALE = frozenset({"INVALID_QUERY", "INVALID_DATA"})


class Writer:
    """Writes records of one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, finder: Finder, notes: Notes) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._finder = finder
        self._notes = notes

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind; see ``CrmClient.write``.

        Raises:
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        if not ops:
            return ()
        kinds = {op.kind for op in ops}
        if len(kinds) > 1 or len(ops) > ROWS_MAX:
            raise ValueError(f"one call writes up to {ROWS_MAX} rows of one kind, not {len(ops)} of {sorted(kinds)}")
        writers: Mapping[WriteKind, Callable[[Batch], None]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }
        results: dict[int, RowResult] = {}
        for place in places_of(entity):
            mine = [(number, op) for number, op in enumerate(ops) if belongs(place, op)]
            if not mine:
                continue
            for some in without_repeats(mine):
                batch = Batch(place, [op for _, op in some], self._catalogue.lexicon(place))
                writers[ops[0].kind](batch)
                results.update({number: batch.results[op.op_id] for number, op in some})
        return tuple(results.get(number) or homeless(op) for number, op in enumerate(ops))

    # ------------------------------------------------------------------------------------- the four kinds

    def _create(self, batch: Batch) -> None:
        refuse_some_notes(batch, self._notes)
        self._known_doubles(batch)
        for op in batch.going():
            batch.sent[op.op_id] = self._with_primary(batch, op, payload(batch.place, op, batch.lexicon))
        self._send(batch, "POST", f"/{batch.place.module}", {})
        self._follow(batch)

    def _upsert(self, batch: Batch) -> None:
        our_id = batch.lexicon.schema.our_id
        if our_id is None or batch.place.activity:
            self._create(batch)
            return
        for op in batch.ops:
            batch.sent[op.op_id] = self._with_primary(batch, op, payload(batch.place, op, batch.lexicon))
        self._send(batch, "POST", f"/{batch.place.module}/upsert", {"duplicate_check_fields": [our_id.name]})
        self._follow(batch)

    def _update(self, batch: Batch) -> None:
        self._read_primaries(batch)
        look_at_notes(batch, self._reader)
        for op in batch.going():
            record_id = batch.record_id(op)
            said = payload(batch.place, op, batch.lexicon, record_id, mark=batch.marks.get(record_id, ""))
            batch.sent[op.op_id] = self._with_primary(batch, op, said)
        unsaid = [op for op in batch.going() if not batch.sent[op.op_id].has_values]
        held = {op.op_id: RowResult(op.op_id, op.external_id) for op in unsaid}
        batch.results.update(held)
        self._send(batch, "PUT", f"/{batch.place.module}", {})
        self._follow(batch)

    def _delete(self, batch: Batch) -> None:
        for some in chunks(batch.ops, IDS_MAX):
            ids = ",".join(batch.record_id(op) for op in some)
            rows = self._calls.send("DELETE", f"/{batch.place.module}", "data", params={"ids": ids})
            told = {str(details_of(row).get("id") or ""): row for row in rows}
            for number, op in enumerate(some):
                row = told.get(batch.record_id(op)) or (rows[number] if len(rows) == len(some) else None)
                batch.results[op.op_id] = deleted(op, row)

    # ------------------------------------------------------------------------------------- parts of them

    def _send(self, batch: Batch, method: str, path: str, more: Mapping[str, object]) -> None:
        """Send the rows nothing has become of yet, and note what did; rows are answered in their order."""
        going = batch.going()
        if not going:
            return
        body = {"data": [batch.sent[op.op_id].row for op in going], **more}
        rows = self._calls.send(method, path, "data", json=body)
        if len(rows) != len(going):
            raise RetriableProviderError(
                f"Zoho answered {len(rows)} of {len(going)} rows",
                provider=PROVIDER,
                code="UNACCOUNTED",
                may_have_applied=True,
            )
        for op, row in zip(going, rows, strict=True):
            batch.results[op.op_id] = self._result(batch, op, row)
        if any(row.get("code") in _STALE for row in rows):
            self._catalogue.forget()

    def _result(self, batch: Batch, op: WriteOp, row: Row) -> RowResult:
        if row.get("status") != "error":
            record_id = str(details_of(row).get("id") or "") or batch.record_id(op)
            created = op.kind == "create" or row.get("action") == "insert"
            return RowResult(op.op_id, batch.place.external_id(record_id), created=created)
        error = row_error(row)
        doubles = duplicates_of(row)
        if doubles and op.kind != "update":
            record_id = next((found for each in doubles if (found := self._holder(batch, op, each))), "")
            external_id = batch.place.external_id(record_id) if record_id else ""
            return RowResult(op.op_id, external_id, error=error, conflict=True)
        return RowResult(op.op_id, op.external_id, error=error, gone=op.kind == "update" and is_missing(row))

    def _holder(self, batch: Batch, op: WriteOp, details: Row) -> str:
        """Return the record that holds a unique value; Zoho does not always tell."""
        told = existing_id(details)
        name = str(details.get("api_name") or "")
        value = batch.sent[op.op_id].row.get(name)
        if told or not name or not isinstance(value, str):
            return told
        query = coql.select(batch.place.module, coql.one_of(name, [value]), columns="id")
        rows = self._calls.query(query).rows
        return str(rows[0]["id"]) if rows else ""

    def _known_doubles(self, batch: Batch) -> None:
        """Find the rows that are there already, where our own field could not be made unique."""
        our_id = batch.lexicon.schema.our_id
        if our_id is None or our_id.is_unique:
            return
        entity = batch.place.entity
        for value, hits in self._finder.find(entity, "correlation_id", [op.op_id for op in batch.ops]).items():
            error = FatalProviderError("the record is there already", provider=PROVIDER, code="DUPLICATE_DATA")
            batch.results[value] = RowResult(value, hits[0].external_id, error=error, conflict=True)

    def _read_primaries(self, batch: Batch) -> None:
        ids = [batch.record_id(op) for op in batch.ops if "contacts" in op.refs]
        if batch.place.module == "Deals" and ids:
            for row in self._reader.rows(batch.place, ids):
                batch.primaries[str(row["id"])] = next(iter(link(row.get("Contact_Name"))), "")

    def _with_primary(self, batch: Batch, op: WriteOp, said: Payload) -> Payload:
        """Let a deal name one of its contacts."""
        if batch.place.module != "Deals" or "contacts" not in op.refs:
            return said
        before = batch.primaries.get(batch.record_id(op), "")
        chosen = primary_of(before, op.refs["contacts"])
        if chosen == before:
            return said
        row = {**said.row, "Contact_Name": {"id": chosen} if chosen else None}
        return replace(said, row=row, has_values=True)

    def _follow(self, batch: Batch) -> None:
        """Bring tags and contacts about, which have calls of their own.

        Raises:
            RetriableProviderError: with ``may_have_applied``: the records are written, what follows may not be.
        """
        done = [op for op in batch.ops if op.op_id in batch.sent and batch.results[op.op_id].error is None]
        try:
            self._tag(batch, done)
            self._connect(batch, done)
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise

    def _tag(self, batch: Batch, done: Sequence[WriteOp]) -> None:
        wanted: dict[str, tuple[str, ...]] = {}
        for op in done:
            tags = batch.sent[op.op_id].tags
            if tags is not None and (tags or op.kind == "update"):
                wanted[record_id_in(batch.place, batch.results[op.op_id].external_id)] = tags
        failed = set_tags(self._calls, self._reader, batch.place, wanted)
        self._note(batch, done, failed)

    def _connect(self, batch: Batch, done: Sequence[WriteOp]) -> None:
        if batch.place.module != "Deals":
            return
        failed: dict[str, ProviderError] = {}
        for op in done:
            if "contacts" not in op.refs:
                continue
            deal_id = record_id_in(batch.place, batch.results[op.op_id].external_id)
            before = op.refs_before.get("contacts", ())
            error = write_contacts(self._calls, self._catalogue, deal_id, op.refs["contacts"], before)
            if error is not None:
                failed[deal_id] = error
        self._note(batch, done, failed)

    @staticmethod
    def _note(batch: Batch, done: Sequence[WriteOp], failed: Mapping[str, ProviderError]) -> None:
        for op in done:
            result = batch.results[op.op_id]
            error = failed.get(record_id_in(batch.place, result.external_id))
            if error is not None:
                batch.results[op.op_id] = replace(result, error=error, gone=False)

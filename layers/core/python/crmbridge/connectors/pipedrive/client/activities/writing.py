"""Activities and notes written one by one, each marked with our id when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.pipedrive.client.activities.listing import ActivityLister
from crmbridge.connectors.pipedrive.client.activities.reading import ActivityReader
from crmbridge.connectors.pipedrive.client.calls import Calls, Row, v1, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import PROVIDER, is_gone
from crmbridge.connectors.pipedrive.client.rows import exists_already, one_by_one
from crmbridge.connectors.pipedrive.mapping.activities import ACTIVITIES, NOTES, activity_body, note_body
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteOp


class ActivityWriter:
    """Writes activities and notes."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: ActivityReader, lister: ActivityLister) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._lister = lister

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind; see ``CrmClient.write`` and ``one_by_one``.

        Raises:
            FatalProviderError: there is no upsert here.
        """
        if not ops:
            return ()
        writers = {"create": self._create, "update": self._update, "delete": self._delete}
        kind = ops[0].kind
        if kind not in writers:
            raise FatalProviderError("Pipedrive has no upsert", provider=PROVIDER, code="NOT_BUILT")
        held = self._before(ops)
        return one_by_one(ops, lambda op: writers[kind](op, held))

    def _before(self, ops: Sequence[WriteOp]) -> Mapping[str, Row]:
        """Return rows that carry our ids already, or rows to be updated, by our id or theirs."""
        if ops[0].kind == "create":
            found: dict[str, Row] = {}
            for place in {_place(op) for op in ops}:
                ids = [op.op_id for op in ops if _place(op) == place]
                found |= self._lister.young(place, ids, since=None)
            return found
        if ops[0].kind == "delete":
            return {}
        rows: dict[str, Row] = {}
        for place in (ACTIVITIES, NOTES):
            ids = list(dict.fromkeys(op.external_id for op in ops if op.external_id.startswith(place)))
            rows |= {f"{place}{row['id']}": row for row in self._reader.rows(place, ids)[0]} if ids else {}
        return rows

    def _create(self, op: WriteOp, held: Mapping[str, Row]) -> RowResult:
        place = _place(op)
        if op.op_id in held:
            return exists_already(op, f"{place}{held[op.op_id]['id']}")
        if place == NOTES:
            body = note_body(op.fields, op.refs, self._reader.people(), current={}, record_id=op.op_id)
            row: Row = self._calls.send("POST", v1("notes"), body).data
        else:
            body = activity_body(op.fields, op.refs, self._reader.people(), current={}, record_id=op.op_id)
            row = self._calls.send("POST", v2("activities"), body).data
        return self._result(op, place, row, created=True)

    def _update(self, op: WriteOp, held: Mapping[str, Row]) -> RowResult:
        row = held.get(op.external_id)
        place = NOTES if op.external_id.startswith(NOTES) else ACTIVITIES
        if row is None:
            error = FatalProviderError("the activity is deleted", provider=PROVIDER, status=404)
            return RowResult(op.op_id, op.external_id, error=error, gone=True)
        build = note_body if place == NOTES else activity_body
        body = build(op.fields, op.refs, self._reader.people(), current=row, record_id="")
        if not body:
            return RowResult(op.op_id, op.external_id)
        method, path = ("PUT", v1(f"notes/{row['id']}")) if place == NOTES else ("PATCH", v2(f"activities/{row['id']}"))
        return self._result(op, place, self._calls.send(method, path, body).data, created=False)

    def _delete(self, op: WriteOp, held: Mapping[str, Row]) -> RowResult:
        del held
        place, _, number = op.external_id.partition(":")
        try:
            self._calls.send("DELETE", v1(f"notes/{number}") if f"{place}:" == NOTES else v2(f"activities/{number}"))
        except FatalProviderError as error:
            if is_gone(error):
                return RowResult(op.op_id, op.external_id, gone=True)
            raise
        return RowResult(op.op_id, op.external_id)

    def _result(self, op: WriteOp, place: str, row: Row, *, created: bool) -> RowResult:
        good, _ = self._reader.observe(place, [row])
        return RowResult(op.op_id, f"{place}{row['id']}", created=created, observation=good[0] if good else None)


def _place(op: WriteOp) -> str:
    return NOTES if op.fields.get("kind") == "note" else ACTIVITIES

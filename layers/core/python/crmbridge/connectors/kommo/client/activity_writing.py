"""Tasks and notes written: each list has a call of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from crmbridge.connectors.kommo.client.calls import Calls, Row, embedded_rows, is_record
from crmbridge.connectors.kommo.client.errors import PROVIDER, RowsRefusedError, is_missing
from crmbridge.connectors.kommo.client.writing import BATCH, not_built
from crmbridge.connectors.kommo.mapping.activities import (
    external_id,
    note_body,
    parent_of,
    place_of,
    task_body,
)
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

Body = dict[str, Any]


class Lexicons(Protocol):
    """Gives the account's people."""

    def __call__(self, *, with_owners: bool = True) -> Lexicon:
        """Return who owns what."""
        ...


class ActivityWriter:
    """Writes tasks and notes of one account."""

    def __init__(
        self,
        calls: Calls,
        lexicon: Lexicons,
        rows: Callable[[str, Sequence[str]], list[Any]],
        made_lately: Callable[[str, Sequence[str]], dict[str, Observation]],
    ) -> None:
        self._calls = calls
        self._lexicon = lexicon
        self._rows = rows
        self._made_lately = made_lately

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind; see ``CrmClient.write``.

        Raises:
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        kinds = {op.kind for op in ops}
        if len(kinds) > 1 or len(ops) > BATCH:
            raise ValueError(f"one call writes up to {BATCH} rows of one kind, not {len(ops)} of {sorted(kinds)}")
        results: dict[str, RowResult] = {}
        if kinds == {"create"}:
            results = self._create(ops)
        elif kinds == {"update"}:
            results = self._update(ops)
        return tuple(results.get(op.op_id) or not_built(op) for op in ops)

    def _create(self, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        lexicon = self._lexicon(with_owners=any(op.fields.get("owner") for op in ops))
        results: dict[str, RowResult] = {}
        groups: dict[str, dict[str, Body]] = {}
        for op in ops:
            try:
                path, body = self._new(op, lexicon)
            except ValueError as error:
                results[op.op_id] = _refused(op, FatalProviderError(str(error), provider=PROVIDER, code="NOT_BUILT"))
                continue
            groups.setdefault(path, {})[op.op_id] = {**body, "request_id": op.op_id}
        for path, bodies in groups.items():
            self._send(path, "POST", {op.op_id: op for op in ops}, bodies, results)
        return results

    def _new(self, op: WriteOp, lexicon: Lexicon) -> tuple[str, Body]:
        """Return where a new activity goes and what it says.

        Raises:
            ValueError: Kommo has no place for it; the message says why.
        """
        kind = op.fields.get("kind")
        parent, parent_id = parent_of(op.refs)
        if kind == "note":
            if not parent:
                raise ValueError("a note at Kommo is on a deal, a contact or a company, and this one has none")
            return f"{parent}/notes", {"entity_id": int(parent_id), **note_body(op.fields, before=None, op_id=op.op_id)}
        if kind not in ("task", "meeting"):
            raise ValueError("an activity of this kind has no place at Kommo")
        body = task_body(op.fields, lexicon, before=None, op_id=op.op_id)
        body.setdefault("complete_till", self._tomorrow())
        return "tasks", {**body, **({"entity_type": parent, "entity_id": int(parent_id)} if parent else {})}

    def _tomorrow(self) -> int:
        """Return a time for a task without one, by Kommo's own clock: it takes none without."""
        now: datetime | None = (
            self._calls.server_time or self._calls.list("/tasks", "tasks", [("limit", "1")]).server_time
        )
        if now is None:
            raise ValueError("a task at Kommo has a time by which it is due, and this one has none")
        return int((now + timedelta(days=1)).timestamp())

    # ------------------------------------------------------------------------------------- updates

    def _update(self, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        lexicon = self._lexicon(with_owners=True)
        results: dict[str, RowResult] = {}
        by_path: dict[str, list[WriteOp]] = {}
        for op in ops:
            by_path.setdefault(place_of(op.external_id)[0], []).append(op)
        for path, group in by_path.items():
            rows = self._rows(path, [place_of(op.external_id)[1] for op in group]) if path else []
            held = {external_id(path, row): row for row in rows if is_record(row)}
            bodies: dict[str, Body] = {}
            for op in group:
                if op.external_id not in held:
                    results[op.op_id] = _gone(op)
                elif refusal := _stays(path, op, held[op.external_id]):
                    results[op.op_id] = _refused(op, refusal)
                elif body := _changes(path, op, held[op.external_id], lexicon):
                    bodies[op.op_id] = body
                else:
                    results[op.op_id] = RowResult(op.op_id, op.external_id)
            if bodies:
                self._send(path, "PATCH", {op.op_id: op for op in group}, bodies, results)
        return results

    # ------------------------------------------------------------------------------------- both

    def _send(
        self,
        path: str,
        method: str,
        ops: Mapping[str, WriteOp],
        bodies: Mapping[str, Body],
        results: dict[str, RowResult],
    ) -> None:
        """Send rows to one list, again without those that were refused, until every row's fate is noted.

        A refusal of the whole call is that of its own rows: those of other lists may be written already.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when rows were written before.
        """
        left: dict[str, Body] = dict(bodies)
        while left:
            try:
                answer = self._calls.send(method, f"/{path}", list(left.values()))
            except RetriableProviderError as error:
                error.may_have_applied |= any(each.error is None for each in results.values())
                raise
            except FatalProviderError as error:
                refused = _named(list(left), error) or dict.fromkeys(left, error)
                results.update({op_id: _refused(ops[op_id], cause) for op_id, cause in refused.items()})
                left = {op_id: body for op_id, body in left.items() if op_id not in refused}
                there = self._made_lately(path, list(left)) if left and method == "POST" else {}
                results.update({key: RowResult(key, each.external_id, created=True) for key, each in there.items()})
                left = {op_id: body for op_id, body in left.items() if op_id not in there}
                continue
            results.update(_told(path, method, answer, {op_id: ops[op_id] for op_id in left}))
            return


def _changes(path: str, op: WriteOp, held: Row, lexicon: Lexicon) -> Body:
    number = int(place_of(op.external_id)[1])
    if path != "tasks":
        body = note_body(op.fields, before=held, op_id="")
        return {"id": number, "entity_id": held.get("entity_id"), **body} if body else {}
    body = task_body(op.fields, lexicon, before=held, op_id="")
    parent, parent_id = parent_of(op.refs)
    now = str(held.get("entity_type") or "")
    if parent and (parent == now or not now or parent == "leads"):
        body |= {"entity_type": parent, "entity_id": int(parent_id)}
    return {"id": number, **body} if body else {}


def _stays(path: str, op: WriteOp, held: Row) -> FatalProviderError | None:
    """Refuse to move a note: it stays with what it was written on."""
    parent, parent_id = parent_of(op.refs)
    moves = path != "tasks" and path.startswith(f"{parent}/") and parent_id != str(held.get("entity_id"))
    if not moves:
        return None
    return FatalProviderError("a note at Kommo stays with what it was written on", provider=PROVIDER, code="NOT_BUILT")


def _told(path: str, method: str, answer: Row, ops: Mapping[str, WriteOp]) -> dict[str, RowResult]:
    rows = embedded_rows(answer, "tasks" if path == "tasks" else "notes")
    if method == "PATCH":
        return {op_id: RowResult(op_id, op.external_id) for op_id, op in ops.items()}
    made = {str(row.get("request_id")): external_id(path, row) for row in rows if row.get("id")}
    return {
        op_id: RowResult(op_id, made[op_id], created=True) if op_id in made else _unaccounted(op)
        for op_id, op in ops.items()
    }


def _named(sent: Sequence[str], error: FatalProviderError) -> dict[str, FatalProviderError]:
    """Return the rows a refusal names, by what we called them or by their place."""
    if not isinstance(error, RowsRefusedError):
        return {}
    by_place = {str(place): op_id for place, op_id in enumerate(sent)}
    found = {key: cause for key, cause in error.rows.items() if key in sent}
    return found or {by_place[key]: cause for key, cause in error.rows.items() if key in by_place}


def _refused(op: WriteOp, error: FatalProviderError) -> RowResult:
    return RowResult(op.op_id, op.external_id, error=error, gone=op.kind == "update" and is_missing(error))


def _gone(op: WriteOp) -> RowResult:
    error = FatalProviderError("Kommo does not show this activity any more", provider=PROVIDER, status=404)
    return RowResult(op.op_id, op.external_id, error=error, gone=True)


def _unaccounted(op: WriteOp) -> RowResult:
    error = RetriableProviderError(
        "Kommo's answer says nothing of this row", provider=PROVIDER, code="UNACCOUNTED", may_have_applied=True
    )
    return RowResult(op.op_id, op.external_id, error=error)

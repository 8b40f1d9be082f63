"""Activities written, one call each; each row's fate told by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from crmbridge.connectors.freshsales.client._activities import INCLUDE, Diary
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.client._rows import digits, in_turn, lost
from crmbridge.connectors.freshsales.mapping.activities import target_of
from crmbridge.connectors.freshsales.mapping.activity_bodies import changed_activity, new_body
from crmbridge.connectors.freshsales.mapping.activity_ids import ActivityId, activity_id
from crmbridge.connectors.freshsales.mapping.places import BY_PLURAL, PLACES
from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp


class DiaryWriter:
    """Writes activities of one account."""

    def __init__(self, api: Api, directory: Directory, diary: Diary) -> None:
        self._api, self._directory, self._diary = api, directory, diary

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind; see ``CrmClient.write``.

        Raises:
            RetriableProviderError: the vendor was in trouble before anything was written.
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        writers: Mapping[WriteKind, Callable[[WriteOp], RowResult]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }
        return in_turn(ops, lambda op: writers[op.kind](op))

    def _create(self, op: WriteOp) -> RowResult:
        if not digits(op):
            return RowResult(op.op_id, error=FatalProviderError("no id of Freshsales'", provider=PROVIDER, status=404))
        try:
            body = new_body(op.op_id, op.fields, op.refs, self._directory.people())
        except ValueError as error:
            return RowResult(op.op_id, error=FatalProviderError(str(error), provider=PROVIDER, code="NO_PLACE"))
        place = PLACES[str(op.fields["kind"])]
        try:
            said = self._api.send("POST", f"/{place.plural}", {place.singular: body}, INCLUDE)
        except FatalProviderError as error:
            return RowResult(op.op_id, error=error)
        row = _placed(self._api.record(said, place.singular), body)
        return self._answered(op, place.plural, row, created=True)

    def _upsert(self, op: WriteOp) -> RowResult:
        known = self._diary.by_correlation([op.op_id]).get(op.op_id, ())
        if not known:
            return self._create(op)
        return self._update(replace(op, kind="update", external_id=known[0].external_id))

    def _update(self, op: WriteOp) -> RowResult:
        known = activity_id(op.external_id)
        current = None if known is None else self._diary.row(known)
        if known is None or current is None or current.get("is_deleted"):
            return lost(op, FatalProviderError("the activity does not exist any more", provider=PROVIDER, status=404))
        place = BY_PLURAL[known.place]
        body = changed_activity(place, op.fields, op.refs, self._directory.people(), current)
        if not body:
            return RowResult(op.op_id, op.external_id)
        try:
            said = self._api.send("PUT", f"/{known.place}/{known.number}", {place.singular: body}, INCLUDE)
        except FatalProviderError as error:
            return lost(op, error) if error.status == 404 else RowResult(op.op_id, op.external_id, error=error)
        row = self._api.record(said, place.singular)
        return self._answered(op, known.place, _placed(row, _target(current)), created=False)

    def _delete(self, op: WriteOp) -> RowResult:
        known = activity_id(op.external_id)
        if known is None:
            return RowResult(op.op_id, op.external_id, gone=True)
        try:
            self._api.send("DELETE", f"/{known.place}/{known.number}", None)
        except FatalProviderError as error:
            is_gone = error.status == 404
            return RowResult(op.op_id, op.external_id, error=None if is_gone else error, gone=is_gone)
        return RowResult(op.op_id, op.external_id)

    def _answered(self, op: WriteOp, plural: str, row: Row, *, created: bool) -> RowResult:
        seen, _ = self._diary.observed(plural, [row])
        if seen:
            return RowResult(op.op_id, seen[0].external_id, created=created, observation=seen[0])
        parent, parent_id = target_of(row) if plural == "notes" else ("", "")
        return RowResult(op.op_id, ActivityId(plural, str(row["id"]), parent, parent_id).text(), created=created)


def _placed(row: Row, told: Row) -> Row:
    """Return an answer that says what the activity is on, whether or not the vendor said so."""
    if target_of(row)[0] or not told.get("targetable_type"):
        return row
    return {**row, "targetable_type": told["targetable_type"], "targetable_id": told["targetable_id"]}


def _target(row: Row) -> Row:
    parent, parent_id = target_of(row)
    model = next((rule.model for rule in RULES.values() if rule.plural == parent), "")
    return {"targetable_type": model, "targetable_id": int(parent_id)} if model else {}

"""Writes by sObject Collections: up to 200 rows a call, each with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client._api import Api, Row
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import (
    PROVIDER,
    UNKNOWN_FIELD,
)
from crmbridge.connectors.salesforce.client._folding import fold
from crmbridge.connectors.salesforce.client._reading import Reader
from crmbridge.connectors.salesforce.client._results import DOUBTFUL, is_misplaced, misplaced, result_of, untouched
from crmbridge.connectors.salesforce.client._roles import Roles, Wanted
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, PLACES, Kept, id18, id_of
from crmbridge.connectors.salesforce.mapping.rendering import Payload, payload
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_NO_KEY = "EXTERNAL_ID_FIELD_MISSING"
_SHAPE_TROUBLE = UNKNOWN_FIELD | {"NOT_FOUND", _NO_KEY}


class Writer:
    """Writes rows of one org."""

    def __init__(self, api: Api, directory: Directory, reader: Reader) -> None:
        self._api = api
        self._directory = directory
        self._reader = reader
        self._roles = Roles(api)

    def write(self, entity: Kept, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows; ops on one record are folded into one row, rows of one account stand together.

        Raises:
            RetriableProviderError: no whole answer came (``may_have_applied`` when rows may have been written), or
                our external-id field is still to be provisioned (code ``EXTERNAL_ID_FIELD_MISSING``).
            FatalProviderError: the batch is refused as a whole.
        """
        results: dict[int, RowResult] = {}
        for kind in dict.fromkeys(op.kind for op in ops):
            folded = fold(entity, [(place, op) for place, op in enumerate(ops) if op.kind == kind])
            for start in range(0, len(folded), CONNECTOR.limits.write_batch):
                chunk = folded[start : start + CONNECTOR.limits.write_batch]
                for each, result in zip(chunk, self._chunk(entity, [one.op for one in chunk]), strict=True):
                    results |= {place: replace(result, op_id=ops[place].op_id) for place in each.places}
        return tuple(results[place] for place in range(len(ops)))

    def _chunk(self, entity: Kept, ops: Sequence[WriteOp]) -> list[RowResult]:
        kind = ops[0].kind
        results = {place: misplaced(entity, op) for place, op in enumerate(ops) if is_misplaced(entity, op)}
        rest = [place for place in range(len(ops)) if place not in results]
        some = [ops[place] for place in rest]
        written = self._delete(entity, some) if kind == "delete" else self._save(entity, some)
        results |= dict(zip(rest, written, strict=True))
        return [results[place] for place in range(len(ops))]

    # ---------------------------------------------------------------------------------- deletes

    def _delete(self, entity: Kept, ops: Sequence[WriteOp]) -> list[RowResult]:
        if not ops:
            return []
        ids = [id_of(entity, op.external_id) for op in ops]
        return [result_of(entity, op, answer) for op, answer in zip(ops, self._api.delete(ids), strict=True)]

    # ---------------------------------------------------------------------------------- saves

    def _save(self, entity: Kept, ops: Sequence[WriteOp]) -> list[RowResult]:
        if not ops:
            return []
        try:
            results = self._send(entity, ops)
        except (FatalProviderError, RetriableProviderError) as error:
            if error.code not in _SHAPE_TROUBLE or not self._has_reshaped(entity):
                raise
            results = self._send(entity, ops)
        results = self._without_lost_fields(entity, ops, results)
        results = self._certain(entity, ops, results)
        return self._with_roles(ops, results) if entity == "deal" else results

    def _has_reshaped(self, entity: Kept) -> bool:
        """Describe the object anew and tell whether that made a difference."""
        before = self._directory.schema(entity)
        self._directory.forget_shape(entity)
        return self._directory.schema(entity) != before

    def _without_lost_fields(self, entity: Kept, ops: Sequence[WriteOp], results: list[RowResult]) -> list[RowResult]:
        """Send rows once more that were refused for a field that we no longer see or may no longer write."""
        codes = ["" if each.error is None else each.error.code for each in results]
        places = [place for place, code in enumerate(codes) if code in UNKNOWN_FIELD]
        if not places or not self._has_reshaped(entity):
            return results
        again = dict(zip(places, self._send(entity, [ops[place] for place in places]), strict=True))
        return [again.get(place, result) for place, result in enumerate(results)]

    def _send(self, entity: Kept, ops: Sequence[WriteOp]) -> list[RowResult]:
        """Send the rows that say anything; the others are as they shall be."""
        facts = self._directory.facts(entity)
        kind = ops[0].kind
        if kind == "upsert" and not facts.schema.holds_our_id:
            raise RetriableProviderError(
                f"{OBJECTS[entity]}.{EXTERNAL_ID_FIELD} does not exist or is not visible to us; provision it first",
                provider=PROVIDER,
                code=_NO_KEY,
            )
        about = self._about(entity, ops)
        rows = [payload(op, facts, what_now=about.get(op.external_id, "")) for op in ops]
        answers = iter(self._answers(entity, kind, [each for each in rows if _is_sent(each, kind)]))
        return [
            result_of(entity, op, next(answers)) if _is_sent(each, kind) else untouched(entity, op)
            for op, each in zip(ops, rows, strict=True)
        ]

    def _about(self, entity: Kept, ops: Sequence[WriteOp]) -> dict[str, str]:
        """Return the records that tasks or events are about of which a part is to change: one field holds both."""
        ids = [id_of(entity, op.external_id) for op in ops if ("company" in op.refs) is not ("deal" in op.refs)]
        known = sorted({each for each in ids if each})
        if entity not in PLACES or not known:
            return {}
        rows = self._api.retrieve(OBJECTS[entity], known, ("Id", "WhatId"))
        return {str(row["Id"]): id18(str(row.get("WhatId") or "")) for row in rows}

    def _answers(self, entity: Kept, kind: str, rows: Sequence[Payload]) -> Sequence[Row]:
        if not rows:
            return ()
        path = "composite/sobjects"
        if kind == "upsert":
            path = f"{path}/{OBJECTS[entity]}/{EXTERNAL_ID_FIELD}"
        return self._api.collection("POST" if kind == "create" else "PATCH", path, [each.row for each in rows])

    def _certain(self, entity: Kept, ops: Sequence[WriteOp], results: list[RowResult]) -> list[RowResult]:
        """Find out of what a refusal speaks that fits the row as well as a record it refers to."""
        doubtful = {
            place: id_of(entity, op.external_id)
            for place, (op, result) in enumerate(zip(ops, results, strict=True))
            if op.external_id and result.error is not None and result.error.code in DOUBTFUL
        }
        if not doubtful:
            return results
        read = self._reader.read(entity, list(doubtful.values()))
        lost = {*read.gone, *read.missing}
        return [
            replace(result, gone=doubtful[place] in lost) if place in doubtful else result
            for place, result in enumerate(results)
        ]

    # ---------------------------------------------------------------------------------- an opportunity's contacts

    def _with_roles(self, ops: Sequence[WriteOp], results: list[RowResult]) -> list[RowResult]:
        wanted = [
            Wanted(
                deal_id=result.external_id,
                contacts=op.refs["contacts"],
                before=tuple(id18(each) for each in op.refs_before.get("contacts", ())),
                is_known=result.created or op.kind == "update",
            )
            for op, result in zip(ops, results, strict=True)
            if result.error is None and "contacts" in op.refs
        ]
        if not wanted:
            return results
        try:
            errors: Mapping[str, ProviderError] = self._roles.bring(wanted)
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        except FatalProviderError as error:
            errors = {each.deal_id: error for each in wanted}
        return [
            replace(result, error=errors[result.external_id]) if result.external_id in errors else result
            for result in results
        ]


def _is_sent(each: Payload, kind: str) -> bool:
    return kind != "update" or each.has_values

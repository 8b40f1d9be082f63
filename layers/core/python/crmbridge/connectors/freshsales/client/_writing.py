"""Writes, each row's fate told by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._bodies import (
    changed_body,
    lost_fields,
    lost_refs,
    needs_current,
    new_body,
)
from crmbridge.connectors.freshsales.client._bulk import BULK_MIN, Bulk
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER, is_taken
from crmbridge.connectors.freshsales.client._finding import Finder
from crmbridge.connectors.freshsales.client._keeping import Keeper
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.client._rows import checked, digits, in_turn, lost
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.rendering import STATUS
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

_UNREAD: Row = {}
Results = dict[str, RowResult]


class Writer:
    """Writes records of one account."""

    def __init__(self, api: Api, directory: Directory, reader: Reader, finder: Finder, bulk: Bulk) -> None:
        self._api, self._directory, self._reader = api, directory, reader
        self._finder, self._bulk = finder, bulk
        self._keeper = Keeper(api, directory, reader, finder)

    def write(self, rule: ModuleRule, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind; see ``CrmClient.write``.

        Raises:
            RetriableProviderError: the vendor was in trouble before anything was written.
            ValueError: the rows are of several kinds or too many: our own bug.
        """
        if not ops:
            return ()
        checked(ops)
        lexicon = self._directory.lexicon(rule)
        done: Results = {op.op_id: _misplaced(op) for op in ops if not _has_ids(op)}
        done |= self._in_bulk(rule, [op for op in ops if op.op_id not in done], lexicon)
        writers: Mapping[WriteKind, Callable[[ModuleRule, WriteOp, Lexicon], RowResult]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }
        return in_turn(ops, lambda op: writers[op.kind](rule, op, lexicon), done)

    # ------------------------------------------------------------------------------------- the four kinds

    def _create(self, rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> RowResult:
        try:
            said = self._api.send("POST", f"/{rule.plural}", {rule.singular: new_body(rule, op, lexicon)}, rule.asked)
        except FatalProviderError as error:
            if not is_taken(error):
                return RowResult(op.op_id, error=error)
            return RowResult(op.op_id, self._keeper.in_the_way(rule, op), error=error, conflict=True)
        return self._keeper.kept(rule, op, self._api.record(said, rule.singular), lexicon, created=True)

    def _upsert(self, rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> RowResult:
        known = self._finder.by_correlation(rule, [op.op_id]).get(op.op_id, ())
        if known:
            return self._update(rule, replace(op, external_id=known[0].external_id), lexicon)
        body = {"unique_identifier": {EXTERNAL_ID: op.op_id}, rule.singular: new_body(rule, op, lexicon)}
        try:
            said = self._api.send("POST", f"/{rule.plural}/upsert", body, rule.asked)
        except FatalProviderError as error:
            if "unique" in str(error).lower() and not is_taken(error):
                return self._create(rule, op, lexicon)  # the vendor takes no key of ours
            conflict = is_taken(error)
            return RowResult(
                op.op_id, self._keeper.in_the_way(rule, op) if conflict else "", error=error, conflict=conflict
            )
        return self._keeper.kept(rule, op, self._api.record(said, rule.singular), lexicon, created=True)

    def _update(self, rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> RowResult:
        current = self._reader.row(rule, op.external_id) if needs_current(rule, op, lexicon) else _UNREAD
        if current is None or current.get("is_deleted"):
            return lost(op, FatalProviderError("the record does not exist any more", provider=PROVIDER, status=404))
        body = changed_body(rule, op, lexicon, current)
        if not body:
            return RowResult(op.op_id, op.external_id)
        try:
            row = self._keeper.put(rule, op.external_id, body)
        except FatalProviderError as error:
            return lost(op, error) if error.status == 404 else RowResult(op.op_id, op.external_id, error=error)
        return self._keeper.kept(rule, op, row, lexicon, created=False)

    def _delete(self, rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> RowResult:
        del lexicon
        try:
            self._api.send("DELETE", f"/{rule.plural}/{op.external_id}", None)
        except FatalProviderError as error:
            if error.status != 404:
                return RowResult(op.op_id, op.external_id, error=error)
            return RowResult(op.op_id, op.external_id, gone=True)
        return RowResult(op.op_id, op.external_id)

    # ------------------------------------------------------------------------------------- in bulk

    def _in_bulk(self, rule: ModuleRule, ops: Sequence[WriteOp], lexicon: Lexicon) -> Results:
        """Write what a job can carry, and return the rows that are seen to be as they were sent."""
        is_new = bool(ops) and ops[0].kind in ("create", "upsert")
        going = [op for op in ops if is_new or (op.kind == "update" and self._is_plain(rule, op, lexicon))]
        if len(going) < BULK_MIN:
            return {}
        rows = [
            {EXTERNAL_ID: op.op_id, "data": new_body(rule, op, lexicon)}
            if is_new
            else {"id": op.external_id, "data": changed_body(rule, op, lexicon, None)}
            for op in going
        ]
        seen, _ = self._reader.observed(rule, self._bulk.run(rule, rows))
        by_key = {each.correlation_id if is_new else each.external_id: each for each in seen}
        done: Results = {}
        for op in going:
            here = by_key.get(op.op_id if is_new else op.external_id)
            if here is None:
                continue
            if lost_fields(rule, op, here, lexicon) or lost_refs(op, here):
                if not is_new:
                    continue
                here = self._keeper.repaired(rule, op, here, lexicon)
            done[op.op_id] = RowResult(op.op_id, here.external_id, created=is_new, observation=here)
        return done

    def _is_plain(self, rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> bool:
        """Tell whether an update says something that a job can carry without knowing the record."""
        if needs_current(rule, op, lexicon):
            return False
        body = changed_body(rule, op, lexicon, None)
        return bool(body) and STATUS not in body


def _has_ids(op: WriteOp) -> bool:
    """Tell whether all ids of a row can be Freshsales': nothing but digits."""
    return digits(op) and not _is_lost(op)


def _is_lost(op: WriteOp) -> bool:
    """Tell whether a row is to change a record that Freshsales cannot have."""
    is_id = op.external_id.isascii() and op.external_id.isdigit()
    return op.kind in ("update", "delete") and not is_id


def _misplaced(op: WriteOp) -> RowResult:
    error = FatalProviderError("an id that Freshsales cannot have made", provider=PROVIDER, status=404, code="BAD_ID")
    return RowResult(op.op_id, op.external_id, error=error, gone=_is_lost(op))

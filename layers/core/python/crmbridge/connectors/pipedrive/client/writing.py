"""Rows written one by one: there is no batch endpoint, no upsert and no key that has to be unique."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.connectors.pipedrive.client.calls import Calls, Row, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import PROVIDER, is_gone
from crmbridge.connectors.pipedrive.client.finding import Finder
from crmbridge.connectors.pipedrive.client.participants import set_contacts
from crmbridge.connectors.pipedrive.client.reading import Reader, by_id
from crmbridge.connectors.pipedrive.client.rows import exists_already, one_by_one
from crmbridge.connectors.pipedrive.mapping import Lexicon, ObjectRule, body_of
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

_KEPT = {
    "company": frozenset({"street", "city", "state", "postal_code", "country"}),
    "contact": frozenset(
        {
            "email", "phone", "mobile_phone", "first_name", "last_name", "street", "city", "state", "postal_code",
            "country",
        }
    ),
    "deal": frozenset({"stage"}),
}  # fmt: skip
"""Fields that share a list, an object or a pipeline with others, which must be known to be kept."""


@dataclass(slots=True)
class _Batch:
    rule: ObjectRule
    held: Mapping[str, Row] = field(default_factory=dict[str, Row])


class Writer:
    """Writes records of one company."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, finder: Finder) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._finder = finder

    def write(self, rule: ObjectRule, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind; see ``CrmClient.write`` and ``one_by_one``.

        Raises:
            ValueError: the rows are of several kinds: our own bug.
            FatalProviderError: there is no upsert here.
        """
        if not ops:
            return ()
        if len({op.kind for op in ops}) > 1:
            raise ValueError(f"one call writes rows of one kind, not of {sorted({op.kind for op in ops})}")
        tags = [each for op in ops for each in _tags(op)]
        if tags:
            self._catalogue.ensure_labels(rule, tags)
        kind = ops[0].kind
        batch = _Batch(rule, self._before(rule, kind, ops))
        writers: Mapping[WriteKind, Callable[[_Batch, WriteOp], RowResult]] = {
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
        }
        if kind not in writers:
            raise FatalProviderError("Pipedrive has no upsert", provider=PROVIDER, code="NOT_BUILT")
        return one_by_one(ops, lambda op: writers[kind](batch, op))

    def _before(self, rule: ObjectRule, kind: WriteKind, ops: Sequence[WriteOp]) -> Mapping[str, Row]:
        """Return what must be known before: for creates rows that carry our ids already, for updates present rows."""
        if kind == "create":
            code = self._catalogue.lexicon(rule, with_owners=False).external_code
            return self._finder.young(rule, code, [op.op_id for op in ops], whole=False) if code else {}
        if kind == "update":
            ids = [op.external_id for op in ops if _KEPT[rule.entity] & set(op.fields) or "contacts" in op.refs]
            return by_id(self._reader.rows(rule, list(dict.fromkeys(ids)))[0]) if ids else {}
        return {}

    # ------------------------------------------------------------------------------------- the three kinds

    def _create(self, batch: _Batch, op: WriteOp) -> RowResult:
        rule = batch.rule
        if op.op_id in batch.held:
            return exists_already(op, str(batch.held[op.op_id]["id"]))
        lexicon = self._lexicon(rule, op)
        body = self._body(rule, op, None)
        if lexicon.external_code:
            body["custom_fields"] = {**body.get("custom_fields", {}), lexicon.external_code: op.op_id}
        row: Row = self._calls.send("POST", v2(rule.path), body).data
        external_id = str(row["id"])
        contacts = op.refs.get("contacts", ())
        if len(contacts) > 1:
            set_contacts(self._calls, external_id, contacts)
        return RowResult(op.op_id, external_id, created=True, observation=self._seen(rule, row))

    def _update(self, batch: _Batch, op: WriteOp) -> RowResult:
        rule = batch.rule
        body = self._body(rule, op, batch.held.get(op.external_id, {}))
        row: Row | None = None
        if body:
            row = self._calls.send("PATCH", v2(f"{rule.path}/{op.external_id}"), body).data
        if row is not None and row.get("is_deleted"):
            return _gone(op, FatalProviderError("the record is deleted", provider=PROVIDER, status=410))
        if "contacts" in op.refs:
            set_contacts(self._calls, op.external_id, op.refs["contacts"])
        return RowResult(op.op_id, op.external_id, observation=None if row is None else self._seen(rule, row))

    def _delete(self, batch: _Batch, op: WriteOp) -> RowResult:
        try:
            self._calls.send("DELETE", v2(f"{batch.rule.path}/{op.external_id}"))
        except FatalProviderError as error:
            if is_gone(error):
                return RowResult(op.op_id, op.external_id, gone=True)
            raise
        return RowResult(op.op_id, op.external_id)

    # ------------------------------------------------------------------------------------- parts of them

    def _body(self, rule: ObjectRule, op: WriteOp, current: Row | None) -> Row:
        try:
            body = body_of(rule, op.fields, self._lexicon(rule, op), current=current)
        except ValueError as error:
            raise FatalProviderError(str(error), provider=PROVIDER, status=400, code="NO_SUCH_STAGE") from error
        if "company" in op.refs:
            body[rule.company] = _one(op.refs["company"])
        if "contacts" in op.refs:
            main = None if current is None else current.get("person_id")
            wanted = op.refs["contacts"]
            body["person_id"] = main if str(main) in wanted else _one(wanted)
        if current is None:
            return {key: value for key, value in body.items() if value is not None}
        return body

    def _lexicon(self, rule: ObjectRule, op: WriteOp) -> Lexicon:
        return self._catalogue.lexicon(rule, with_owners=bool(op.fields.get("owner")))

    def _seen(self, rule: ObjectRule, row: Row) -> Observation | None:
        good, _ = self._reader.observe(rule, [row], with_contacts=False)
        return good[0] if good else None


def _tags(op: WriteOp) -> tuple[str, ...]:
    tags = op.fields.get("tags")
    return tags if isinstance(tags, tuple) else ()


def _one(ids: Sequence[str]) -> int | None:
    """Return the first of some ids as a number; one that is none is refused by Pipedrive itself."""
    return int(ids[0]) if ids and ids[0].isdigit() else None


def _gone(op: WriteOp, error: FatalProviderError) -> RowResult:
    return RowResult(op.op_id, op.external_id, error=error, gone=True)

"""Records made: no answer tells values, and none is believed to be ours before it was read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crmbridge.connectors.salesflare.client.calls import Calls, created_ids
from crmbridge.connectors.salesflare.client.errors import PROVIDER, is_validation, refused_row
from crmbridge.connectors.salesflare.client.finding import Finder
from crmbridge.connectors.salesflare.client.reading import Reader
from crmbridge.connectors.salesflare.client.rows import each_row
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.projecting import new_body, stand_in
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_QUERIES = {
    "accounts": [("update_if_exists", "false")],
    "contacts": [("force", "false")],
    "opportunities": list[tuple[str, str]](),
}
"""Never change somebody else's record by making ours, and never make a second contact with one address."""

Bodies = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read again after a create.

    Attributes:
        ours: by our own id.
        by_id: by Salesflare's.
        asked: our ids of the whole batch.
    """

    ours: Mapping[str, Observation]
    by_id: Mapping[str, Observation]
    asked: frozenset[str]


class Maker:
    """Makes records of one team."""

    def __init__(self, calls: Calls, reader: Reader, finder: Finder) -> None:
        self._calls = calls
        self._reader = reader
        self._finder = finder

    def make(self, rule: ObjectRule, ops: Sequence[WriteOp], lexicon: Lexicon) -> dict[str, RowResult]:
        """Make up to 50 records: contacts in one call, the others in a call each.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when the rows may have been made all the same.
        """
        bodies = {
            op.op_id: new_body(
                rule, op.fields, lexicon, op_id=op.op_id, account_id=_account(op) or stand_in(rule, lexicon)
            )
            for op in ops
        }
        if rule.path == "contacts" and len(ops) > 1:
            results = self._together(rule, ops, bodies)
        else:
            results = self._singly(rule, ops, bodies)
        return self._verified(rule, ops, results) if lexicon.external_id else results

    # ------------------------------------------------------------------------------------- sending

    def _singly(self, rule: ObjectRule, ops: Sequence[WriteOp], bodies: Bodies) -> dict[str, RowResult]:
        def send(op: WriteOp) -> RowResult:
            if rule.needs_account and "account" not in bodies[op.op_id]:
                raise _without_account(rule)
            try:
                said = self._calls.send("POST", f"/{rule.path}", bodies[op.op_id], _QUERIES[rule.path])
            except FatalProviderError as error:
                return self._refused(rule, op, error)
            return RowResult(op.op_id, next(iter(created_ids(said)), ""), created=True)

        return each_row(ops, send)

    def _together(self, rule: ObjectRule, ops: Sequence[WriteOp], bodies: Bodies) -> dict[str, RowResult]:
        """Send rows in one call, again without each row that a validation names.

        Whether a call that fails otherwise has made some of its rows is not published: those are looked up by our
        own id, and the others are sent one by one.
        """
        results: dict[str, RowResult] = {}
        left = list(ops)
        while len(left) > 1:
            try:
                said = self._calls.send("POST", f"/{rule.path}", [bodies[op.op_id] for op in left], _QUERIES[rule.path])
            except FatalProviderError as error:
                place = refused_row(error)
                if place is not None and place < len(left):
                    refused = left.pop(place)
                    results[refused.op_id] = RowResult(refused.op_id, error=error)
                    continue
                made = {} if is_validation(error) else self._found(rule, left)
                results |= made
                left = [op for op in left if op.op_id not in made]
                break
            return results | self._matched(left, created_ids(said))
        return results | (self._singly(rule, left, bodies) if left else {})

    def _matched(self, ops: Sequence[WriteOp], ids: Sequence[str]) -> dict[str, RowResult]:
        """Pair rows with ids by their order for now; what is read again decides."""
        padded = [*ids, *[""] * (len(ops) - len(ids))] if len(ids) <= len(ops) else list(ids)
        return {
            op.op_id: RowResult(op.op_id, external_id, created=True)
            for op, external_id in zip(ops, padded, strict=False)
        }

    def _found(self, rule: ObjectRule, ops: Sequence[WriteOp]) -> dict[str, RowResult]:
        hits = self._finder.by_correlation(rule, [op.op_id for op in ops])
        return {each: RowResult(each, found[0].external_id, created=True) for each, found in hits.items()}

    def _refused(self, rule: ObjectRule, op: WriteOp, error: FatalProviderError) -> RowResult:
        """Judge a refused create: one in whose way another contact stands names that contact."""
        if is_validation(error) or error.status not in (400, 409):
            return RowResult(op.op_id, error=error)
        twin = self._twin_of(rule, op)
        return RowResult(op.op_id, twin, error=error, conflict=bool(twin))

    def _twin_of(self, rule: ObjectRule, op: WriteOp) -> str:
        """Return the id of another contact with a row's address, empty when there is none."""
        email = op.fields.get("email")
        if rule.path != "contacts" or not email:
            return ""
        twins = self._finder.by_email(rule, [str(email)]).get(str(email), ())
        return next((each.external_id for each in twins if each.correlation_id != op.op_id), "")

    # ------------------------------------------------------------------------------------- reading again

    def _verified(self, rule: ObjectRule, ops: Sequence[WriteOp], sent: dict[str, RowResult]) -> dict[str, RowResult]:
        """Read what was made, and believe only what bears our own id.

        Raises:
            RetriableProviderError: the rows were made and could not be read.
        """
        ids = [each.external_id for each in sent.values() if each.created and each.external_id]
        try:
            rows = self._reader.rows(rule, ids) if ids else []
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        observed, _ = self._reader.observe(rule, rows)
        seen = Seen(
            ours={each.correlation_id: each for each in observed if each.correlation_id},
            by_id={each.external_id: each for each in observed},
            asked=frozenset(op.op_id for op in ops),
        )
        return {op.op_id: self._judge(rule, op, sent[op.op_id], seen) for op in ops}

    def _judge(self, rule: ObjectRule, op: WriteOp, result: RowResult, seen: Seen) -> RowResult:
        if not result.created:
            return result
        if op.op_id in seen.ours:
            own = seen.ours[op.op_id]
            return replace(result, external_id=own.external_id, observation=own)
        other = seen.by_id.get(result.external_id)
        if other is None and result.external_id:
            return result  # made, and not shown or not understood yet
        is_ours = other is not None and other.correlation_id in seen.asked
        twin = other.external_id if other is not None and not is_ours else self._twin_of(rule, op)
        if twin:
            return RowResult(op.op_id, twin, conflict=True, error=_taken(twin))
        return RowResult(op.op_id, error=_unaccounted())


def _account(op: WriteOp) -> int | None:
    company = op.refs.get("company") or ()
    return int(company[0]) if company and company[0].isdigit() else None


def _without_account(rule: ObjectRule) -> FatalProviderError:
    return FatalProviderError(
        f"Salesflare keeps {rule.path} under an account only: give this one a company",
        provider=PROVIDER,
        status=400,
        code="NEEDS_ACCOUNT",
    )


def _taken(external_id: str) -> FatalProviderError:
    return FatalProviderError(
        f"Salesflare has such a record already: {external_id}",
        provider=PROVIDER,
        status=409,
        code="TAKEN",
    )


def _unaccounted() -> ProviderError:
    return RetriableProviderError(
        "Salesflare's answer says nothing of this row", provider=PROVIDER, code="UNACCOUNTED", may_have_applied=True
    )

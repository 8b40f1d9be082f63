"""What rows of any write have in common: they are written in turn, and trouble ends the batch, not what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from crmbridge.connectors.freshsales import CONNECTOR
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

Write: TypeAlias = Callable[[WriteOp], RowResult]


def checked(ops: Sequence[WriteOp]) -> None:
    """Refuse rows of several kinds, or more than a batch holds.

    Raises:
        ValueError: our own bug.
    """
    kinds = {op.kind for op in ops}
    if len(kinds) > 1 or len(ops) > CONNECTOR.limits.write_batch:
        raise ValueError(f"one call writes up to {CONNECTOR.limits.write_batch} rows of one kind, not {len(ops)}")


def in_turn(ops: Sequence[WriteOp], write: Write, done: Mapping[str, RowResult] | None = None) -> tuple[RowResult, ...]:
    """Write rows one by one, those that are done already left out.

    A row whose call finds the vendor in trouble ends the batch: it and the rows behind it say that they may be tried
    again, and what was written before keeps its result.

    Raises:
        RetriableProviderError: the vendor was in trouble before anything was written.
        ValueError: the rows are of several kinds or too many: our own bug.
    """
    checked(ops)
    results = dict(done or {})
    for op in ops:
        if op.op_id in results:
            continue
        try:
            results[op.op_id] = write(op)
        except RetriableProviderError as error:
            if not results:
                raise
            return tuple(results.get(each.op_id) or _postponed(each, op, error) for each in ops)
    return tuple(results[op.op_id] for op in ops)


def digits(op: WriteOp) -> bool:
    """Tell whether all ids a row refers to can be Freshsales': nothing but digits."""
    return all(each.isascii() and each.isdigit() for some in op.refs.values() for each in some)


def lost(op: WriteOp, error: FatalProviderError) -> RowResult:
    """Return the result of a row whose record does not exist there any more."""
    return RowResult(op.op_id, op.external_id, error=error, gone=True)


def _postponed(op: WriteOp, struck: WriteOp, error: RetriableProviderError) -> RowResult:
    """Return the result of a row that was not written: the struck one says what happened, the others wait with it."""
    waiting = RetriableProviderError(
        str(error),
        provider=PROVIDER,
        status=error.status,
        code=error.code,
        retry_after_s=error.retry_after_s,
        is_quota=error.is_quota,
    )
    return RowResult(op.op_id, op.external_id, error=error if op is struck else waiting)

"""Rows of a batch written one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmbridge.connectors.salesflare import CONNECTOR
from crmbridge.connectors.salesflare.client.errors import PROVIDER, is_missing
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteKind, WriteOp

BATCH = CONNECTOR.limits.write_batch


def kind_of(ops: Sequence[WriteOp]) -> WriteKind:
    """Return the one kind of a batch.

    Raises:
        ValueError: the rows are of several kinds or too many: our own bug.
    """
    kinds = {op.kind for op in ops}
    if len(kinds) > 1 or len(ops) > BATCH:
        raise ValueError(f"one call writes up to {BATCH} rows of one kind, not {len(ops)} of {sorted(kinds)}")
    return ops[0].kind


def each_row(ops: Sequence[WriteOp], write: Callable[[WriteOp], RowResult]) -> dict[str, RowResult]:
    """Write rows one by one; trouble that concerns them all ends it, and the rest is told to come back.

    Raises:
        RetriableProviderError: nothing was written before the trouble came.
        AuthorizationExpiredError: the key is refused and nothing was written before.
    """
    results: dict[str, RowResult] = {}
    for op in ops:
        try:
            results[op.op_id] = write(op)
        except FatalProviderError as error:
            gone = op.kind != "create" and is_missing(error)
            results[op.op_id] = RowResult(op.op_id, op.external_id, error=error, gone=gone)
        except (RetriableProviderError, AuthorizationExpiredError) as error:
            if not results:
                raise
            results[op.op_id] = RowResult(op.op_id, op.external_id, error=_later(error))
            rest = [each for each in ops if each.op_id not in results]
            return results | {
                each.op_id: RowResult(each.op_id, each.external_id, error=_not_sent(error)) for each in rest
            }
    return results


def _later(error: ProviderError) -> RetriableProviderError:
    return error if isinstance(error, RetriableProviderError) else _not_sent(error)


def _not_sent(error: ProviderError) -> RetriableProviderError:
    """Return the error of a row that was not sent since one before it met trouble."""
    about: Mapping[str, Any] = {"provider": PROVIDER, "status": error.status, "code": error.code}
    waits_s = error.retry_after_s if isinstance(error, RetriableProviderError) else None
    is_quota = isinstance(error, RetriableProviderError) and error.is_quota
    return RetriableProviderError(f"not sent: {error}", **about, retry_after_s=waits_s, is_quota=is_quota)


def gone_row(op: WriteOp) -> RowResult:
    """Return the result of a row whose record is not shown any more."""
    error = FatalProviderError(
        "Salesflare does not show this record any more", provider=PROVIDER, status=404, code="Not Found"
    )
    return RowResult(op.op_id, op.external_id, error=error, gone=True)

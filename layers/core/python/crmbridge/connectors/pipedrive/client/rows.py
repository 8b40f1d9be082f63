"""What becomes of rows that are written one call at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crmbridge.connectors.pipedrive.client.errors import PROVIDER, is_gone
from crmbridge.errors import FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp

_ACCOUNT_WIDE = frozenset({402, 403})
"""Refusals that the next row would meet as well: payment, scopes, permissions."""


def one_by_one(ops: Sequence[WriteOp], write: Callable[[WriteOp], RowResult]) -> tuple[RowResult, ...]:
    """Write rows until one cannot be written now; that one and the rest are told to come back.

    A row that is refused for good is told alone, and the next one is written.

    Raises:
        ProviderError: the very first row met trouble that is not its own.
    """
    results: list[RowResult] = []
    for op in ops:
        try:
            results.append(write(op))
        except FatalProviderError as error:
            if error.status in _ACCOUNT_WIDE and not results:
                raise
            gone = op.kind != "create" and is_gone(error)
            results.append(RowResult(op.op_id, op.external_id, error=error, gone=gone))
        except ProviderError as error:
            if not results:
                raise
            results.append(RowResult(op.op_id, op.external_id, error=_for_now(error)))
            waiting = _unsent(error)
            results += [RowResult(each.op_id, each.external_id, error=waiting) for each in ops[len(results) :]]
            break
    return tuple(results)


def exists_already(op: WriteOp, external_id: str) -> RowResult:
    """Return the result of a create whose record is there: an earlier try was carried out, and its answer lost."""
    error = FatalProviderError(
        "an earlier try made this record already", provider=PROVIDER, status=409, code="CREATED_BEFORE"
    )
    return RowResult(op.op_id, external_id, error=error, conflict=True)


def _for_now(error: ProviderError) -> RetriableProviderError:
    """Return the error of the row that met it; tokens that died are found out by the next call."""
    if isinstance(error, RetriableProviderError):
        return error
    return RetriableProviderError(str(error), provider=PROVIDER, status=error.status, code=error.code)


def _unsent(error: ProviderError) -> RetriableProviderError:
    """Return the error of the rows that were not sent."""
    waits = error if isinstance(error, RetriableProviderError) else None
    return RetriableProviderError(
        "not sent: Pipedrive could not take the row before",
        provider=PROVIDER,
        status=error.status,
        code=error.code,
        retry_after_s=waits.retry_after_s if waits else None,
        is_quota=waits.is_quota if waits else False,
    )

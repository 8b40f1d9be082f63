"""Kommo's refusals as our error tree, with Kommo's own words kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = "kommo"

BURST_S = 1.0
"""The window of the ordinary limit, where a 429 tells nothing. Source: Kommo, limitations."""

BLOCKED_S = 3600.0
"""How long to leave a blocked address alone: Kommo does not say, and asking on makes it worse."""

UNPAID_S = 6 * 3600.0
"""How long to wait before asking again whether the account is paid."""

_WAIT_MAX_S = 86_400
_WORDS_MAX = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowsRefusedError(FatalProviderError):
    """A batch was refused for some of its rows.

    Attributes:
        rows: Kommo's words, code and path of each refused row, by request id.
    """

    def __init__(self, message: str, *, code: str, request_id: str, rows: Mapping[str, FatalProviderError]) -> None:
        super().__init__(message, provider=PROVIDER, status=400, code=code, request_id=request_id)
        self.rows = rows


def read_error(response: httpx.Response) -> ProviderError:
    """Return what an answer of 400 or more means to us."""
    body, status = _body(response), response.status_code
    detail = str(body.get("detail") or "")
    words = (detail or str(body.get("title") or "") or f"Kommo answered {status}")[:_WORDS_MAX]
    about: dict[str, Any] = {
        "provider": PROVIDER,
        "status": status,
        "code": str(body.get("title") or ""),
        "request_id": str(body.get("trace_id") or response.headers.get("x-request-id", "")),
    }
    if status == 401:
        return AuthorizationExpiredError(words, **about)
    if status == 402:
        return RetriableProviderError(words, **about, retry_after_s=UNPAID_S)
    if status == 429:
        return RetriableProviderError(words, **about, retry_after_s=_told_s(response, body) or BURST_S, is_quota=True)
    if status == 403 and not body:
        return RetriableProviderError("Kommo has blocked our address", **about, retry_after_s=BLOCKED_S, is_quota=True)
    if status >= 500 or status in (408, 425):
        lost = status >= 500 and response.request.method != "GET"
        return RetriableProviderError(words, **about, retry_after_s=_told_s(response, body), may_have_applied=lost)
    listed = body.get("validation-errors")
    if isinstance(listed, list) and listed:
        return _rows_refused(cast("list[dict[str, Any]]", listed), words, str(about["request_id"]))
    return FatalProviderError(words, **about)


def _rows_refused(listed: Sequence[Mapping[str, Any]], words: str, request_id: str) -> RowsRefusedError:
    rows: dict[str, FatalProviderError] = {}
    for each in listed:
        errors = cast("Sequence[Mapping[str, Any]]", each.get("errors") or ())
        said = "; ".join(f"{one.get('path')}: {one.get('detail')} ({one.get('code')})" for one in errors)
        code = next((str(one.get("code")) for one in errors if one.get("path") != "id"), "")
        is_gone = any(one.get("path") == "id" for one in errors)
        rows[str(each.get("request_id") or "")] = FatalProviderError(
            (said or words)[:_WORDS_MAX],
            provider=PROVIDER,
            status=404 if is_gone else 400,
            code=GONE if is_gone else code,
            request_id=request_id,
        )
    first = next(iter(rows.values()))
    told = f"{words} {first}"[:_WORDS_MAX]
    return RowsRefusedError(told, code=first.code, request_id=request_id, rows=rows)


GONE = "NO_SUCH_RECORD"
"""Our code for a refusal that blames the id of the record itself."""


def is_missing(error: ProviderError) -> bool:
    """Tell whether a call was refused since its record, or its path, does not exist."""
    return error.status in (404, 405) or error.code == GONE


def stuck(what: str) -> FatalProviderError:
    """Return the error of a listing that does not advance."""
    return FatalProviderError(f"Kommo's list of {what} does not advance", provider=PROVIDER, code="STUCK_PAGINATION")


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        said: object = response.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}


def _told_s(response: httpx.Response, body: Mapping[str, Any]) -> float | None:
    said = body.get("retry_after")
    if isinstance(said, int) and not isinstance(said, bool) and said > 0:
        return float(min(said, _WAIT_MAX_S))
    return retry_after_s(response, now=server_time(response) or _EPOCH)

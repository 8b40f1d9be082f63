"""Pipedrive's refusals as our error tree, with Pipedrive's own words kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    ProviderError,
    RetriableProviderError,
)

PROVIDER = "pipedrive"

BURST_S = 2.0
"""The rolling window of the burst limits. Source: Pipedrive, rate limiting."""

DAILY_S = 3600.0
"""How long to wait before asking again once the day's tokens are spent: their reset is at some server's midnight."""

BLOCKED_S = 300.0
"""How long to keep quiet when Cloudflare answers in Pipedrive's place; no figure is documented."""

_GONE = frozenset({404, 410})
_TEMPORARY = frozenset({408, 423, 425})
_WORDS_MAX = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_error(response: httpx.Response) -> ProviderError:
    """Return what an answer of 400 or more means to us."""
    said = _object(response)
    status = response.status_code
    words = words_of(said or {}) or f"Pipedrive answered {status}"
    about: dict[str, Any] = {
        "provider": PROVIDER,
        "status": status,
        "code": _code(said or {}),
        "request_id": response.headers.get("x-correlation-id", ""),
    }
    if status == 401 and said is not None:
        return AuthorizationExpiredError(words, **about)
    if status == 429:
        return RetriableProviderError(words, **about, retry_after_s=_quota_s(response), is_quota=True)
    if status == 403 and said is None:
        return RetriableProviderError(
            "Cloudflare blocks our calls to Pipedrive", **about, retry_after_s=BLOCKED_S, is_quota=True
        )
    if status in _TEMPORARY or status >= 500 or said is None:
        lost = status >= 500 and response.request.method != "GET"
        return RetriableProviderError(words, **about, retry_after_s=_told_s(response), may_have_applied=lost)
    return FatalProviderError(words, **about)


def is_gone(error: ProviderError) -> bool:
    """Tell whether a call was refused since its record does not exist any more."""
    return isinstance(error, FatalProviderError) and error.status in _GONE


def words_of(said: Mapping[str, Any]) -> str:
    """Return Pipedrive's own words, from whichever of its error shapes."""
    parts = [str(said[key]) for key in ("error", "message") if said.get(key)]
    errors: object = said.get("errors")
    if isinstance(errors, dict):
        parts += [f"{key}: {value}" for key, value in cast("dict[str, Any]", errors).items()]
    if said.get("field_code"):
        parts.append(f"(field {said['field_code']})")
    return " ".join(dict.fromkeys(parts))[:_WORDS_MAX]


def _code(said: Mapping[str, Any]) -> str:
    return next((str(said[key]) for key in ("code", "errorCode", "error_code") if said.get(key)), "")


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said: object = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None


def _quota_s(response: httpx.Response) -> float:
    """Return how long to wait: both limits share a status, the headers tell them apart."""
    told = _told_s(response)
    if told is not None:
        return told
    left = response.headers.get("x-ratelimit-remaining", "")
    if response.headers.get("x-daily-ratelimit-token-remaining") == "0" or (left.isdigit() and int(left) > 0):
        return DAILY_S
    reset = response.headers.get("x-ratelimit-reset", "")
    return min(max(float(reset), 1.0), 60.0) if reset.isdigit() else BURST_S


def _told_s(response: httpx.Response) -> float | None:
    """Return the seconds of ``Retry-After``, which is not documented and may come all the same."""
    now = server_time(response)
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return None if now is None and not is_seconds else retry_after_s(response, now=now or _EPOCH)

"""Dataverse's refusals as our errors, its own words kept.

Source: Dataverse developer guide, handle errors; service protection limits; web service error codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

import httpx

from crmbridge.connectors._http import RETRY_AFTER_MAX_S, retry_after_s, server_time
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = "dynamics"

QUOTA = frozenset({"0x80072321", "0x80072322", "0x80072326"})
"""Service protection limits: execution time, requests, concurrency."""

PASSING = frozenset({"0x80044150", "0x80044151", "0x8004a001", "0x80073000", "0x80071151", "0x80072324"})
"""Troubles that pass by themselves: the database, the network, somebody else customising."""

NOT_FOUND = "0x80040217"
"""No row has this id; said of a lookup's target as well as of the row itself."""

NO_KEY_VALUE = "0x80060891"
DUPLICATE = frozenset({"0x80060892", "0x80040237", "0x80040333", "0x80073002"})
NO_KEY = "0x80060890"
DELTA_EXPIRED = "0x80044352"
NOT_TRACKED = "0x80072491"
STRANGER = "0x80072560"
"""The user is none of this organization."""

UNKNOWN_COLUMN = frozenset({"0x80060888", "0x80048d19", "0x80041103", "0x8004431a"})
"""A column or an option has vanished since it was described."""

CLOSED = frozenset({"0x80040515", "0x80040519"})
"""An opportunity or a lead is closed already."""

_WORDS_MAX = 1000


def read_error(response: httpx.Response) -> ProviderError:
    """Turn a refused call into the error tree; pages in HTML come from proxies and maintenance."""
    code, words = _said(response)
    status = response.status_code
    request_id = response.headers.get("x-ms-service-request-id", "")
    if status == 401:
        return AuthorizationExpiredError(
            words or "the access token was refused", provider=PROVIDER, status=status, code=code, request_id=request_id
        )
    now = server_time(response)
    return error_of(
        status,
        code,
        words,
        retry_s=None if now is None else retry_after_s(response, now=now),
        may_have_applied=response.request.method != "GET",
        request_id=request_id,
    )


def error_of(
    status: int,
    code: str,
    words: str,
    *,
    retry_s: float | None = None,
    may_have_applied: bool = False,
    request_id: str = "",
) -> ProviderError:
    """Turn one refusal, of a whole call or of a part of a batch, into the error tree.

    Example:
        >>> error_of(429, "0x80072322", "too many", retry_s=30.0).retry_after_s
        30.0
    """
    told = f"{words or 'no words'} (HTTP {status}{f', {code}' if code else ''})"[:_WORDS_MAX]
    if code == STRANGER:
        return AuthorizationExpiredError(told, provider=PROVIDER, status=status, code=code, request_id=request_id)
    is_quota = status == 429 or code in QUOTA
    passes = (status >= 500 and code not in DUPLICATE) or status in (408, 425) or code in PASSING
    if is_quota or passes or (status == 403 and not code):
        return RetriableProviderError(
            told,
            provider=PROVIDER,
            status=status,
            code=code,
            request_id=request_id,
            retry_after_s=retry_s,
            is_quota=is_quota,
            may_have_applied=may_have_applied and status >= 500,
        )
    return FatalProviderError(told, provider=PROVIDER, status=status, code=code, request_id=request_id)


def part_error(status: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> ProviderError:
    """Turn the refusal of a part of a batch into the error tree."""
    code, words = _of_body(body)
    wait = headers.get("retry-after", "")
    seconds = min(float(wait), RETRY_AFTER_MAX_S) if wait.isascii() and wait.isdigit() else None
    return error_of(status, code, words, retry_s=seconds)


def _said(response: httpx.Response) -> tuple[str, str]:
    try:
        body: object = response.json()
    except ValueError:
        return "", " ".join(re.sub(r"<[^>]*>", " ", response.text[:4000]).split())[:200]
    return _of_body(cast("Mapping[str, Any]", body)) if isinstance(body, dict) else ("", "")


def _of_body(body: Mapping[str, Any]) -> tuple[str, str]:
    error: Any = body.get("error")
    if not isinstance(error, dict):
        return "", ""
    said = cast("Mapping[str, Any]", error)
    return str(said.get("code") or "").lower(), str(said.get("message") or "")

"""Freshsales' refusals as our error tree, with its own words kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.connectors.freshsales import CONNECTOR
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = CONNECTOR.name

BUSY_S = 5.0
"""A bulk call is answered with 405 while another one runs; clients in production ask again this much later."""

QUOTA_S = 60.0
"""How long to wait when a refusal does not tell: the shortest window sources speak of is a minute."""

_EPOCH_S = 1_000_000_000
_RESET_MAX_S = 3600.0
_WORDS_MAX = 2000
_QUOTA_WORDS = "too many requests"
_TAKEN = ("is not unique", "already been taken", "already exists", "duplicate")


def read_error(response: httpx.Response) -> ProviderError:
    """Return what an answer of 400 or more means to us.

    A page of HTML is a proxy's or another host's: nothing follows from it, least of all that a record is gone.
    """
    body, status = _body(response), response.status_code
    words = words_of(body) or f"Freshsales answered {status}"
    about: dict[str, Any] = {
        "provider": PROVIDER,
        "status": status,
        "code": code_of(body),
        "request_id": response.headers.get("x-request-id", ""),
    }
    if status == 429 or (status == 400 and _QUOTA_WORDS in words.lower()):
        return RetriableProviderError(words, **about, retry_after_s=_quota_s(response), is_quota=True)
    if status == 401 and body is not None:
        return AuthorizationExpiredError(words, **about)
    is_bulk = status == 405 and response.request.url.path.endswith("/bulk_upsert")
    if status >= 500 or status in (408, 423) or is_bulk or (body is None and _is_page(response)):
        waits = _told_s(response)
        lost = status >= 500 and response.request.method != "GET"
        wait_s = BUSY_S if waits is None and is_bulk else waits
        return RetriableProviderError(words, **about, retry_after_s=wait_s, may_have_applied=lost)
    return FatalProviderError(words, **about)


def is_taken(error: ProviderError) -> bool:
    """Tell whether a write was refused since another record holds a unique value."""
    said = str(error).lower()
    return error.status in (400, 409, 422) and any(each in said for each in _TAKEN)


def words_of(body: Mapping[str, Any] | None) -> str:
    """Return the vendor's own words, wherever in the body they stand.

    Example:
        >>> words_of({"errors": {"code": 400, "message": ["Email is not unique"]}})
        'Email is not unique'
        >>> words_of({"errors": [{"message": "a"}, "b"]}), words_of({"message": "c"})
        ('a b', 'c')
    """
    if not body:
        return ""
    found = [*_texts(body.get("errors")), *_texts(body.get("error")), *_texts(body.get("message"))]
    return " ".join(dict.fromkeys(found))[:_WORDS_MAX]


def code_of(body: Mapping[str, Any] | None) -> str:
    """Return the code that stands beside the words, empty where there is none."""
    errors: object = (body or {}).get("errors")
    rows = cast("list[object]", errors) if isinstance(errors, list) else [errors]
    for each in rows:
        if isinstance(each, Mapping) and cast("Mapping[str, Any]", each).get("code") is not None:
            return str(cast("Mapping[str, Any]", each)["code"])
    return str((body or {}).get("code") or "")


def _texts(told: object) -> list[str]:
    if isinstance(told, str):
        return [told] if told.strip() else []
    if isinstance(told, list):
        return [text for each in cast("list[object]", told) for text in _texts(each)]
    if isinstance(told, Mapping):
        rows = cast("Mapping[str, object]", told)
        if "message" in rows:
            return _texts(rows["message"])
        return [f"{name} {text}" for name, each in rows.items() if name != "code" for text in _texts(each)]
    return []


def _body(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said: object = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None


def _is_page(response: httpx.Response) -> bool:
    return bool(response.content.strip())


def _quota_s(response: httpx.Response) -> float:
    told = _told_s(response)
    if told is not None:
        return told
    try:
        reset = float(response.headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return QUOTA_S
    now = server_time(response)
    if reset > _EPOCH_S:
        reset = reset - now.timestamp() if now else QUOTA_S
    return min(max(reset, 1.0), _RESET_MAX_S)


def _told_s(response: httpx.Response) -> float | None:
    """Return the seconds of ``Retry-After``; one given as a date counts from the server's own clock."""
    now = server_time(response)
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return (
        None if now is None and not is_seconds else retry_after_s(response, now=now or datetime(1970, 1, 1, tzinfo=UTC))
    )

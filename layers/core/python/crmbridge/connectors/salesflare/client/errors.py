"""Salesflare's refusals as our error tree, with Salesflare's own words kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = "salesflare"
_WORDS_MAX = 2_000
_TEMPORARY = frozenset({408, 423, 425})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_error(response: httpx.Response) -> ProviderError:
    """Return what an answer of 400 or more means to us."""
    said = _body(response)
    status = response.status_code
    words = str(said.get("message") or said.get("error") or f"Salesflare answered {status}")[:_WORDS_MAX]
    about: dict[str, Any] = {"provider": PROVIDER, "status": status, "code": _code(said)}
    if status == 401:
        return AuthorizationExpiredError(words, **about)
    is_proxy = status == 403 and not said
    if status == 429 or status >= 500 or status in _TEMPORARY or is_proxy:
        waits_s = _told_s(response)
        lost = status >= 500 and response.request.method != "GET"
        return RetriableProviderError(
            words, **about, retry_after_s=waits_s or None, is_quota=status == 429, may_have_applied=lost
        )
    return FatalProviderError(words, **about)


def is_missing(error: ProviderError) -> bool:
    """Tell whether a record is not there, or not for us."""
    return error.status in (404, 410)


def is_validation(error: ProviderError) -> bool:
    """Tell whether a body was refused before anything was done with it."""
    return error.status == 400 and ":" in error.code


def refused_row(error: ProviderError) -> int | None:
    """Return which row of a list a validation names, counted from 0."""
    place, _, _ = error.code.partition(":")[2].partition(".")
    return int(place) if is_validation(error) and place.isascii() and place.isdigit() else None


def _told_s(response: httpx.Response) -> float | None:
    """Return the seconds of ``Retry-After``; one given as a date counts from the server's own clock."""
    now = server_time(response)
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return retry_after_s(response, now=now or _EPOCH) if now is not None or is_seconds else None


def _code(said: Mapping[str, Any]) -> str:
    """Return hapi's reason, or joi's broken rule and where: Salesflare has no codes of its own."""
    details: object = _mapping(said.get("validation")).get("errors")
    listed = cast("list[object]", details) if isinstance(details, list) else []
    first = _mapping(listed[0] if listed else None)
    if first:
        return f"{first.get('constraint') or first.get('type') or 'invalid'}:{first.get('path') or ''}"
    return str(said.get("error") or "")


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        return _mapping(response.json())
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
    return found


def stuck(what: str) -> FatalProviderError:
    """Return the error of a listing that answers the same page twice."""
    return FatalProviderError(
        f"Salesflare answered the same page twice while listing {what}", provider=PROVIDER, code="STUCK_PAGINATION"
    )

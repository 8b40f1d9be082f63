"""HubSpot's refusals as our error tree, with HubSpot's own words kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import ValidationError

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.connectors.hubspot.mapping import ErrorBody
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    ProviderError,
    RetriableProviderError,
    UnavailableError,
)

PROVIDER = "hubspot"

BURST_S = 10.0
"""The rolling window of the ordinary limit. Source: HubSpot, usage guidelines."""

SEARCH_S = 1.0
"""The window of the search limit; its refusals tell nothing else."""

DAILY_S = 3600.0
"""How long to wait before asking again after the daily limit: its reset is at the account's own midnight."""

LOCKED_S = 2.0
"""A locked record or account: wait at least this long. Source: HubSpot, error handling."""

_TEMPORARY = frozenset({408, 423, 425, 477})
_WORDS_MAX = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXISTING = re.compile(r"Existing ID: (\d+)|(\d+) already has that value")
_OF_LEADS = re.compile(r"/(?:leads|0-136)(?:/|$)")
_NO_LEADS = (
    "HubSpot's leads need Sales Hub Professional or Enterprise, and our application the scopes crm.objects.leads.read "
    "and crm.objects.leads.write"
)
_CONFLICTS = frozenset({"CONFLICT", "CONFLICTING_UNIQUE_VALUE"})


def read_error(response: httpx.Response) -> ProviderError:
    """Return what an answer of 400 or more means to us."""
    body = _body(response)
    status, words = response.status_code, words_of(body) or f"HubSpot answered {response.status_code}"
    about: dict[str, Any] = {
        "provider": PROVIDER,
        "status": status,
        "code": code_of(body),
        "request_id": body.correlation_id or body.request_id or response.headers.get("x-hubspot-correlation-id", ""),
    }
    if status == 401:
        return AuthorizationExpiredError(words, **about)
    if status == 429:
        return RetriableProviderError(words, **about, retry_after_s=_quota_s(response, body), is_quota=True)
    if status in _TEMPORARY or status >= 500 or (status == 403 and not body.message):
        waits = _told_s(response)
        wait_s = LOCKED_S if waits is None and status == 423 else waits
        lost = status >= 500 and response.request.method != "GET"
        return RetriableProviderError(words, **about, retry_after_s=wait_s, may_have_applied=lost)
    if status == 403 and _OF_LEADS.search(response.request.url.path):
        return UnavailableError(f"{_NO_LEADS}; HubSpot says: {words}", **about)
    return FatalProviderError(words, **about)


def row_error(body: ErrorBody) -> FatalProviderError:
    """Return the error of one row of a batch."""
    status = {"CONFLICT": 409, "OBJECT_NOT_FOUND": 404}.get(body.category, 400)
    return FatalProviderError(
        words_of(body) or "HubSpot refused this row without a reason",
        provider=PROVIDER,
        status=status,
        code=code_of(body),
        request_id=body.correlation_id,
    )


def is_conflict(error: ProviderError) -> bool:
    """Tell whether a write was refused since another record holds a unique value."""
    return error.status == 409 or error.code in _CONFLICTS


def is_missing(error: ProviderError) -> bool:
    """Tell whether a write was refused since its record does not exist any more."""
    return error.status == 404 or error.code == "OBJECT_NOT_FOUND"


def existing_id(error: ProviderError, body: ErrorBody | None = None) -> str:
    """Return the id of the record in the way, or an empty string when HubSpot does not tell."""
    told = [] if body is None else named(body, "existingId")
    found = _EXISTING.search(str(error))
    return told[0] if told else next((each for each in found.groups() if each), "") if found else ""


def named(body: ErrorBody, *keys: str) -> list[str]:
    """Return the texts an error names under some keys of its context."""
    found: list[str] = []
    for key in keys:
        value = body.context.get(key)
        found.extend(str(each) for each in (value if isinstance(value, list) else [value] if value else []))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return found


def code_of(body: ErrorBody) -> str:
    """Return the most telling of an error's codes."""
    details = [each.code for each in body.errors if each.code]
    return next(iter(details), "") or body.error or body.category or body.policy_name or body.error_type


def words_of(body: ErrorBody) -> str:
    """Return HubSpot's own words: the message, and the details it does not hold already."""
    details = [each.message for each in body.errors if each.message]
    message = body.message.partition(": [{")[0] if details else body.message
    words = [message, *(each for each in dict.fromkeys(details) if each not in message)]
    scopes = [each for detail in (body, *body.errors) for each in _scopes(detail.context.get("requiredGranularScopes"))]
    words += [f"missing scopes: {', '.join(dict.fromkeys(scopes))}"] if scopes else []
    return " ".join(each for each in words if each)[:_WORDS_MAX]


def _scopes(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _body(response: httpx.Response) -> ErrorBody:
    try:
        return ErrorBody.model_validate_json(response.content)
    except ValidationError:
        return ErrorBody()


def _quota_s(response: httpx.Response, body: ErrorBody) -> float:
    told = _told_s(response)
    if told is not None:
        return told
    words = f"{body.policy_name} {body.message}".upper()
    if "DAILY" in words or response.headers.get("x-hubspot-ratelimit-daily-remaining") == "0":
        return DAILY_S
    if "SECONDLY" in words and "TEN_SECONDLY" not in words:
        return SEARCH_S
    interval = response.headers.get("x-hubspot-ratelimit-interval-milliseconds", "")
    return int(interval) / 1000 if interval.isascii() and interval.isdigit() else BURST_S


def _told_s(response: httpx.Response) -> float | None:
    """Return the seconds of ``Retry-After``; one given as a date counts from the server's own clock."""
    now = server_time(response)
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return None if now is None and not is_seconds else retry_after_s(response, now=now or _EPOCH)

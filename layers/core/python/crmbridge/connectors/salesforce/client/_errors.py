"""Salesforce's refusals as our errors, its own words kept.

Source: Salesforce REST API guide, status codes and error responses; API guide, status codes of DML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = "salesforce"

QUOTA = frozenset({"REQUEST_LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED", "TOO_MANY_REQUESTS"})
"""Limits of the org; there is no hint when they end."""

PASSING = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "PROCESSING_HALTED",
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    }
)
"""Troubles that pass by themselves."""

GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"})
"""The record concerned is not there any more, or no longer for writing."""

DUPLICATE = frozenset({"DUPLICATES_DETECTED", "DUPLICATE_VALUE", "DUPLICATE_EXTERNAL_ID"})

UNKNOWN_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE"})
"""A field or object has vanished from our sight since it was described."""

_LOCKED = "UNABLE_TO_LOCK_ROW"
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?![0-9A-Za-z])")
_WORDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal in Salesforce's own terms.

    Attributes:
        code: of the first error: ``errorCode`` in single answers, ``statusCode`` in rows of a collection.
        words: every error's code and message.
        fields: names of the fields concerned.
        ids: ids of records named in the answer, in order.
    """

    code: str
    words: str
    fields: tuple[str, ...] = ()
    ids: tuple[str, ...] = field(default=())


def refusal(errors: object) -> Refusal:
    """Read an array of errors, or a single one.

    Example:
        >>> refusal([{"statusCode": "DUPLICATE_VALUE", "message": "duplicate value found: X__c duplicates value on "
        ...     "record with id: 003000000000001"}]).ids
        ('003000000000001',)
    """
    listed = cast("list[object]", errors) if isinstance(errors, list) else [errors]
    rows = [cast("Mapping[str, Any]", each) for each in listed if isinstance(each, dict)]
    codes = [str(each.get("statusCode") or each.get("errorCode") or each.get("error") or "") for each in rows]
    words = "; ".join(
        f"{code}: {each.get('message') or each.get('error_description') or ''}".strip(": ")
        for code, each in zip(codes, rows, strict=True)
    )
    fields = tuple(str(name) for each in rows for name in each.get("fields") or ())
    ids = dict.fromkeys(found for each in rows for found in _ids(each))
    return Refusal(codes[0] if codes else "", words[:_WORDS_MAX], fields, tuple(ids))


def _ids(error: Mapping[str, Any]) -> Iterator[str]:
    result: Mapping[str, Any] = error.get("duplicateResult") or {}
    for match in result.get("matchResults") or ():
        for found in match.get("matchRecords") or ():
            record: Mapping[str, Any] = found.get("record") or {}
            yield str(record.get("Id") or "")
    yield from _ID.findall(str(error.get("message") or ""))


def row_error(found: Refusal) -> ProviderError:
    """Turn the refusal of one row into the error tree."""
    if found.code in QUOTA:
        return RetriableProviderError(found.words, provider=PROVIDER, status=403, code=found.code, is_quota=True)
    if found.code in PASSING or _LOCKED in found.words:
        return RetriableProviderError(found.words, provider=PROVIDER, status=200, code=found.code)
    words = found.words or "refused without words"
    return FatalProviderError(words, provider=PROVIDER, status=200, code=found.code)


def read_error(response: httpx.Response) -> ProviderError:
    """Turn a refused call into the error tree.

    Exceeded limits are 403 there, without a hint when to come back; pages in HTML come from maintenance and proxies.
    """
    status = response.status_code
    found, is_vendors = _body(response)
    words = f"{found.words or 'no words'} (HTTP {status})"
    request_id = response.headers.get("x-request-id", "")
    if status == 401:
        return AuthorizationExpiredError(
            words, provider=PROVIDER, status=status, code=found.code, request_id=request_id
        )
    is_quota = status == 429 or found.code in QUOTA
    passes = status >= 500 or status in (408, 425) or found.code in PASSING
    if is_quota or passes or (status == 403 and not is_vendors):
        return RetriableProviderError(
            words,
            provider=PROVIDER,
            status=status,
            code=found.code,
            request_id=request_id,
            retry_after_s=_wait_s(response),
            is_quota=is_quota,
            may_have_applied=status >= 500 and response.request.method != "GET",
        )
    return FatalProviderError(words, provider=PROVIDER, status=status, code=found.code, request_id=request_id)


def _body(response: httpx.Response) -> tuple[Refusal, bool]:
    """Return what a body says, and whether it is in the form that Salesforce's API itself uses."""
    try:
        body: object = response.json()
    except ValueError:
        text = " ".join(re.sub(r"<[^>]*>", " ", response.text[:4000]).split())
        return Refusal("", text[:200]), False
    found = refusal(body)
    return found, bool(found.code)


def _wait_s(response: httpx.Response) -> float | None:
    now = server_time(response)
    return None if now is None else retry_after_s(response, now=now)

"""Zoho's refusals as our error tree, with Zoho's own words kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from crmbridge.connectors._http import retry_after_s, server_time
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError

PROVIDER = "zoho"
QUOTA_S = 60.0
"""How long to wait after a 429: Zoho does not say, and a concurrency limit passes sooner than a day's credits."""

_WORDS_MAX = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW_KEYS = ("data", "fields", "watch")
_TEMPORARY = frozenset({"TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"})
_BUSY = frozenset({"RECORD_LOCKED", "DEPENDENT_SERVICE_ERROR", "RECORD_IN_BLUEPRINT"})
_SCOPES = frozenset({"OAUTH_SCOPE_MISMATCH"})

Row = Mapping[str, Any]


class Refusals(threading.local):
    """Reads refusals, and keeps the rows of one that judges each row by itself."""

    rows: list[Row] | None = None

    def read(self, response: httpx.Response) -> ProviderError:
        """Return what an answer of 400 or more means to us."""
        body = _body(response)
        self.rows = next((rows for key in _ROW_KEYS if (rows := rows_of(body, key))), None)
        said = self.rows[0] if self.rows and not body.get("code") else body
        status, code = response.status_code, str(said.get("code") or "")
        about: dict[str, Any] = {"provider": PROVIDER, "status": status, "code": code}
        words = words_of(said) or f"Zoho answered {status}"
        if status == 429 or code in ("TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"):
            return RetriableProviderError(words, **about, retry_after_s=_told_s(response) or QUOTA_S, is_quota=True)
        if code in _SCOPES:
            return FatalProviderError(words, **about)
        if status == 401:
            return AuthorizationExpiredError(words, **about)
        if status >= 500 or status == 408 or code in _TEMPORARY or not code:
            lost = status >= 500 and response.request.method != "GET"
            return RetriableProviderError(words, **about, retry_after_s=_told_s(response), may_have_applied=lost)
        return FatalProviderError(words, **about)


def row_error(row: Row) -> ProviderError:
    """Return the error of one row."""
    code = str(row.get("code") or "")
    words = words_of(row) or "Zoho refused this row without a reason"
    if code in _BUSY or code in _TEMPORARY:
        return RetriableProviderError(words, provider=PROVIDER, status=400, code=code)
    return FatalProviderError(words, provider=PROVIDER, status=400, code=code)


def words_of(said: Row) -> str:
    """Return Zoho's message with the field it is about, and of several what each says."""
    details = details_of(said)
    about = details.get("api_name") or details.get("param_name") or details.get("column_name")
    parent = details.get("parent_api_name")
    place = f"{parent}.{about}" if parent and about else str(about or "")
    more = [words_of(each) for each in rows_of(details, "errors")]
    known = {"maximum_length": "at most", "expected_data_type": "expected", "limit": "limit"}
    hints = [f"{word} {details[key]}" for key, word in known.items() if details.get(key)]
    words = str(said.get("message") or "")
    words += f" ({', '.join(each for each in (place, *hints) if each)})" if place or hints else ""
    return "; ".join(each for each in (words, *more) if each)[:_WORDS_MAX]


def details_of(said: Row) -> Row:
    """Return an envelope's details."""
    details = said.get("details")
    return cast("Row", details) if isinstance(details, dict) else {}


def rows_of(said: Row, key: str) -> list[Row]:
    """Return the objects of a list."""
    found = said.get(key)
    return (
        [cast("Row", each) for each in cast("list[object]", found) if isinstance(each, dict)]
        if isinstance(found, list)
        else []
    )


def is_missing(row: Row) -> bool:
    """Tell whether a row was refused since its own record is not there any more."""
    details = details_of(row)
    if row.get("code") != "INVALID_DATA":
        return False
    if row.get("message") == "record not deleted":
        return True
    path = str(details.get("json_path") or "")
    return details.get("api_name") == "id" and not details.get("parent_api_name") and path.count(".") <= 2


def duplicates_of(row: Row) -> list[Row]:
    """Return, of a row refused for doubles, the details of each."""
    if row.get("code") == "DUPLICATE_DATA":
        return [details_of(row)]
    found = [each for each in rows_of(details_of(row), "errors") if each.get("code") == "DUPLICATE_DATA"]
    return [details_of(each) for each in found]


def existing_id(details: Row) -> str:
    """Return the id of the record in the way, or an empty string when Zoho does not tell."""
    told = details.get("duplicate_record")
    record_id = cast("Row", told).get("id") if isinstance(told, dict) else None
    return str(record_id or details.get("id") or "")


def _body(response: httpx.Response) -> Row:
    try:
        said: object = response.json()
    except ValueError:
        return {}
    return cast("Row", said) if isinstance(said, dict) else {}


def _told_s(response: httpx.Response) -> float | None:
    now = server_time(response)
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return None if now is None and not is_seconds else retry_after_s(response, now=now or _EPOCH)

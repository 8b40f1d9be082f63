"""What the accounts server's answers mean: its refusals come with any status, 200 included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import httpx

from crmbridge.errors import AuthorizationExpiredError, ConfigurationError, ProviderError, RetriableProviderError

_PROVIDER = "zoho"
ACCESS_S = 3600
"""Lifetime of an access token. Source: Zoho accounts, OAuth."""

_DEAD = frozenset({"invalid_code", "invalid_grant", "invalid_token", "invalid_redirect_uri", "access_denied"})
_OURS = frozenset({"invalid_client", "invalid_client_secret", "unauthorized_client", "unsupported_grant_type"})
_TOO_MANY_S = 600.0
"""The window in which a refresh token gives ten access tokens. Source: Zoho accounts, OAuth limits."""

_LONGEST_S = 86_400


def lifetime_s(told: object) -> float:
    """Return the seconds an access token lives; old answers told milliseconds."""
    if isinstance(told, bool) or not isinstance(told, int | float) or told <= 0:
        return float(ACCESS_S)
    return told / 1000 if told > _LONGEST_S else float(told)


def object_of(response: httpx.Response) -> Mapping[str, Any] | None:
    """Return an answer's JSON object, ``None`` for anything else."""
    try:
        said: object = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None


def refusal_of(response: httpx.Response, said: Mapping[str, Any]) -> ProviderError | ConfigurationError | None:
    """Return what a refusal of the accounts server means: only a dead grant ends a connection."""
    code = str(said.get("error") or "")
    words = " ".join(str(each) for each in (code, said.get("error_description")) if each)
    if not code:
        return None
    if response.status_code >= 500 or response.status_code == 429 or "too many requests" in words:
        return no_answer(response, is_quota="too many" in words or response.status_code == 429)
    if code in _OURS:
        return ConfigurationError(f"Zoho does not accept our application's credentials: {words}")
    if code in _DEAD:
        return AuthorizationExpiredError(words, provider=_PROVIDER, status=response.status_code, code=code)
    return no_answer(response)


def no_answer(response: httpx.Response, *, is_quota: bool = False) -> RetriableProviderError:
    """Return the error of an answer that settles nothing."""
    return RetriableProviderError(
        f"Zoho's accounts server gave no usable answer (status {response.status_code})",
        provider=_PROVIDER,
        status=response.status_code,
        retry_after_s=_TOO_MANY_S if is_quota else None,
        is_quota=is_quota,
        may_have_applied=response.status_code >= 500,
    )

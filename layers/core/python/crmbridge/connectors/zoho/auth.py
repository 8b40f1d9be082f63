"""Zoho's OAuth 2.0 over its data centres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

import httpx

from crmbridge.connectors._http import send
from crmbridge.connectors.zoho import CONNECTOR, VERSION
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    FatalProviderError,
    ProviderError,
    RequestRejectedError,
    RetriableProviderError,
)
from crmbridge.ports import AuthFlow

_PROVIDER = CONNECTOR.name

AUTH: Final = OAuth2(
    authorize_url="https://{host}/oauth/v2/auth",
    token_url="https://{host}/oauth/v2/token",  # noqa: S106 - an address, not a password
    revoke_url="https://{host}/oauth/v2/token/revoke",
    default_host="accounts.zoho.com",
    scopes=(
        "ZohoCRM.modules.ALL",
        "ZohoCRM.settings.fields.ALL",
        "ZohoCRM.settings.layouts.READ",
        "ZohoCRM.settings.pipeline.READ",
        "ZohoCRM.settings.tags.ALL",
        "ZohoCRM.users.READ",
        "ZohoCRM.org.READ",
        "ZohoCRM.coql.READ",
        "ZohoCRM.notifications.ALL",
    ),
    access_token_s=3600,
    base_url_field="api_domain",
)

HOSTS: Mapping[str, str] = {
    "us": "accounts.zoho.com",
    "eu": "accounts.zoho.eu",
    "in": "accounts.zoho.in",
    "au": "accounts.zoho.com.au",
    "cn": "accounts.zoho.com.cn",
    "jp": "accounts.zoho.jp",
    "ca": "accounts.zohocloud.ca",
    "sa": "accounts.zoho.sa",
    "uk": "accounts.zoho.uk",
    "ae": "accounts.zoho.ae",
}
"""Accounts server by data centre. Source: Zoho CRM, multi-DC support."""

_API_ENDINGS = ("com", "eu", "in", "com.au", "com.cn", "jp", "ca", "sa", "uk", "ae")
_DEAD = frozenset({"invalid_code", "invalid_grant", "invalid_token", "invalid_redirect_uri", "access_denied"})
_OURS = frozenset({"invalid_client", "invalid_client_secret", "unauthorized_client", "unsupported_grant_type"})
_TOO_MANY_S = 600.0
"""The window in which a refresh token gives ten access tokens. Source: Zoho accounts, OAuth limits."""

_LONGEST_S = 86_400


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return Zoho's way through OAuth.

    Args:
        http: shared by the process.
        base_url: one host for the accounts server and the API; empty in production.
    """
    return ZohoAuth(http, base_url.rstrip("/"))


class ZohoAuth:
    """Speaks to the accounts server of a data centre; holds no state."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL; Zoho takes no PKCE challenge from apps that hold a secret.

        Args:
            domain: a data centre's short name or its accounts server; empty lets Zoho find the account's own.

        Raises:
            RequestRejectedError: there is no such data centre.
        """
        del environment, challenge
        query = {
            "scope": ",".join(AUTH.scopes),
            "client_id": app.client_id,
            "response_type": "code",
            "access_type": "offline",
            "prompt": "consent",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._base_url or f'https://{_named(domain)}'}/oauth/v2/auth?{urlencode(query)}"

    def exchange(
        self,
        app: AppSecret,
        *,
        environment: str,
        code: str,
        redirect_uri: str,
        verifier: str,
        now: datetime,
        domain: str = "",
        told: Mapping[str, str] | None = None,
    ) -> Grant:
        """Trade a code at the accounts server that the redirect named, and ask which organisation it is.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
            ConfigurationError: Zoho does not know our application or its secret.
            FatalProviderError: a host was named that is not Zoho's.
            RequestRejectedError: there is no such data centre.
        """
        del environment, verifier
        accounts = (
            self._base_url or _accounts_of((told or {}).get("accounts-server", "")) or f"https://{_named(domain)}"
        )
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        before = Grant(kind="oauth", access_token="", accounts_url=accounts)
        grant = self._granted(before, self._ask(app, accounts, form), now)
        if not grant.refresh_token:
            raise AuthorizationExpiredError("Zoho gave no refresh token: connect once more", provider=_PROVIDER)
        return self._with_account(grant)

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token, which stays, for a new access token.

        Raises:
            AuthorizationExpiredError: Zoho says that the refresh token is dead, or there is none.
            RetriableProviderError: no usable answer came.
            ConfigurationError: Zoho does not know our application or its secret.
            FatalProviderError: an API host was named that is not Zoho's.
        """
        del environment
        if not grant.refresh_token:
            raise AuthorizationExpiredError("there is no refresh token", provider=_PROVIDER)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        return self._granted(grant, self._ask(app, self._accounts(grant), form), now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Refuse: Zoho has access tokens of an hour, no static tokens.

        Raises:
            FatalProviderError: always.
        """
        del token, environment, base_url, now, domain
        raise FatalProviderError("Zoho knows no static tokens; connect by OAuth", provider=_PROVIDER)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Revoke the refresh token and with it every access token made from it.

        Raises:
            RetriableProviderError: no usable answer came.
        """
        del app, environment
        url = f"{self._accounts(grant)}/oauth/v2/token/revoke"
        token = grant.refresh_token or grant.access_token
        response = send(self._http, _PROVIDER, "POST", url, params={"token": token})
        said = _object(response)
        if said is None or (response.status_code >= 400 and not said.get("error")):
            raise _no_answer(response)
        error = _refusal(response, said)
        if isinstance(error, RetriableProviderError):
            raise error

    # ------------------------------------------------------------------------------------- below

    def _accounts(self, grant: Grant) -> str:
        return self._base_url or grant.accounts_url or f"https://{AUTH.default_host}"

    def _ask(self, app: AppSecret, accounts: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """Ask for tokens; refusals come with status 200 too."""
        url = f"{accounts}/oauth/v2/token"
        data = {**form, "client_id": app.client_id, "client_secret": app.client_secret}
        response = send(self._http, _PROVIDER, "POST", url, data=data)
        said = _object(response)
        if said is None:
            raise _no_answer(response)
        error = _refusal(response, said)
        if error is not None:
            raise error
        if response.status_code >= 400 or not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise _no_answer(response)
        return said

    def _granted(self, before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
        base_url = str(said.get("api_domain") or before.base_url).rstrip("/")
        if not self._base_url and not _is_api_host(base_url):
            raise FatalProviderError("Zoho named an API host that is not its own", provider=_PROVIDER)
        return replace(
            before,
            access_token=str(said["access_token"]),
            refresh_token=str(said.get("refresh_token") or before.refresh_token),
            access_expires_at=now + timedelta(seconds=_lifetime_s(said.get("expires_in"))),
            base_url=base_url,
        )

    def _with_account(self, grant: Grant) -> Grant:
        org = self._read(grant, "/org", "org")
        user = self._read(grant, "/users?type=CurrentUser", "users")
        account_id = str(org.get("zgid") or "")
        if not account_id:
            raise RetriableProviderError("Zoho does not say which organisation this is", provider=_PROVIDER)
        return replace(grant, account_id=account_id, actor_id=str(user.get("id") or ""))

    def _read(self, grant: Grant, path: str, key: str) -> Mapping[str, Any]:
        headers = {"authorization": f"Zoho-oauthtoken {grant.access_token}", "accept": "application/json"}
        response = send(self._http, _PROVIDER, "GET", f"{grant.base_url}/crm/{VERSION}{path}", headers=headers)
        rows = (_object(response) or {}).get(key)
        if response.status_code != 200 or not isinstance(rows, list) or not rows:
            raise _no_answer(response)
        return cast("Mapping[str, Any]", rows[0])


def _named(domain: str) -> str:
    """Return the accounts server of a data centre as a workspace names it."""
    told = domain.strip().lower().removeprefix("https://").strip("/. ")
    if not told:
        return AUTH.default_host
    found = HOSTS.get(told) or next((host for host in HOSTS.values() if told in (host, host[len("accounts.") :])), "")
    if not found:
        raise RequestRejectedError(
            f"Zoho has no data centre {told[:40]!r}", field="domain", next_step=f"use one of: {', '.join(HOSTS)}"
        )
    return found


def _accounts_of(told: str) -> str:
    """Return the accounts server that a redirect named, where it is one of Zoho's; else nothing."""
    host = urlsplit(told).hostname or ""
    return f"https://{host}" if host in HOSTS.values() else ""


def _is_api_host(base_url: str) -> bool:
    url = urlsplit(base_url)
    host = url.hostname or ""
    return url.scheme == "https" and any(host.endswith(f".zohoapis.{each}") for each in _API_ENDINGS)


def _lifetime_s(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or told <= 0:
        return float(AUTH.access_token_s or 0)
    return told / 1000 if told > _LONGEST_S else float(told)


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said: object = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None


def _refusal(response: httpx.Response, said: Mapping[str, Any]) -> ProviderError | ConfigurationError | None:
    """Return what a refusal of the accounts server means: only a dead grant ends a connection."""
    code = str(said.get("error") or "")
    words = " ".join(str(each) for each in (code, said.get("error_description")) if each)
    if not code:
        return None
    if response.status_code >= 500 or response.status_code == 429 or "too many requests" in words:
        return _no_answer(response, is_quota="too many" in words or response.status_code == 429)
    if code in _OURS:
        return ConfigurationError(f"Zoho does not accept our application's credentials: {words}")
    if code in _DEAD:
        return AuthorizationExpiredError(words, provider=_PROVIDER, status=response.status_code, code=code)
    return _no_answer(response)


def _no_answer(response: httpx.Response, *, is_quota: bool = False) -> RetriableProviderError:
    return RetriableProviderError(
        f"Zoho's accounts server gave no usable answer (status {response.status_code})",
        provider=_PROVIDER,
        status=response.status_code,
        retry_after_s=_TOO_MANY_S if is_quota else None,
        is_quota=is_quota,
        may_have_applied=response.status_code >= 500,
    )

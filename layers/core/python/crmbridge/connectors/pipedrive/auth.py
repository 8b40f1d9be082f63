"""Pipedrive's OAuth 2.0, and the API token of one of the company's people.

Source: Pipedrive, marketplace OAuth authorization, app uninstallation, authentication, status codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

import httpx

from crmbridge.connectors._http import retry_after_s, send
from crmbridge.connectors.pipedrive import CONNECTOR
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
    authorize_url="https://oauth.pipedrive.com/oauth/authorize",
    token_url="https://oauth.pipedrive.com/oauth/token",  # noqa: S106 - an address, not a password
    revoke_url="https://oauth.pipedrive.com/oauth/revoke",
    scopes=(),  # set once at the app in Pipedrive's Developer Hub, never asked for
    access_token_s=3599,
    base_url_field="api_domain",
)

_VENDORS = ".pipedrive.com"
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return Pipedrive's way through OAuth.

    Args:
        http: shared by the process.
        base_url: one host for the consent page and the API; empty in production.
    """
    return PipedriveAuth(http, base_url.rstrip("/"))


class PipedriveAuth:
    """Speaks to Pipedrive's authorization server; holds no state."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL; scopes and PKCE are no parameters there."""
        del environment, challenge, domain
        query = {"client_id": app.client_id, "redirect_uri": redirect_uri, "state": state}
        return f"{self._oauth('authorize')}?{urlencode(query)}"

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
        """Trade a code for tokens, then ask whose they are.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
            FatalProviderError: an API host that is not Pipedrive's was named.
            ConfigurationError: Pipedrive does not know our application or its secret.
        """
        del environment, verifier, domain, told
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        grant = self._granted(Grant(kind="oauth", access_token=""), self._ask(app, form), now)
        me = self._me(grant.base_url, {"authorization": f"Bearer {grant.access_token}"})
        return replace(grant, account_id=_id(me, "company_id"), actor_id=_id(me, "id"))

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token for a new access token; the refresh token stays, and lives sixty days from now.

        Raises:
            AuthorizationExpiredError: Pipedrive says that the refresh token is dead, or there is none.
            RetriableProviderError: no usable answer came.
            FatalProviderError: an API host that is not Pipedrive's was named.
            ConfigurationError: Pipedrive does not know our application or its secret.
        """
        del environment
        if not grant.refresh_token:
            raise AuthorizationExpiredError("an API token cannot be refreshed", provider=_PROVIDER)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        return self._granted(grant, self._ask(app, form), now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn an API token into a grant, after asking Pipedrive whose it is.

        Args:
            domain: the company's, such as ``acme`` or ``acme.pipedrive.com``; without one Pipedrive finds it.

        Raises:
            AuthorizationExpiredError: Pipedrive refuses the token.
            RetriableProviderError: no usable answer came.
            RequestRejectedError: the domain cannot be one of Pipedrive's.
        """
        del environment, base_url, now
        host = host_of(domain) if domain else CONNECTOR.base_url
        me = self._me(host, {"x-api-token": token.strip()})
        name = str(me.get("company_domain") or "")
        base = host_of(name) if _DOMAIN.fullmatch(name) else host
        return Grant(
            kind="token",
            access_token=token.strip(),
            base_url=self._base_url or base,
            account_id=_id(me, "company_id"),
            actor_id=_id(me, "id"),
        )

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Revoke the refresh token, which uninstalls our application; an API token is its owner's to replace.

        Raises:
            RetriableProviderError: no usable answer came.
            ConfigurationError: Pipedrive does not know our application or its secret.
        """
        del environment
        if grant.kind != "oauth":
            return
        form = {"token": grant.refresh_token or grant.access_token, "token_type_hint": "refresh_token"}
        response = send(
            self._http, _PROVIDER, "POST", self._oauth("revoke"), data=form, auth=(app.client_id, app.client_secret)
        )
        error = _error(response) if response.status_code >= 400 else None
        if isinstance(error, ConfigurationError | RetriableProviderError):
            raise error

    # ------------------------------------------------------------------------------------- below

    def _oauth(self, tail: str) -> str:
        return f"{self._base_url or 'https://oauth.pipedrive.com'}/oauth/{tail}"

    def _ask(self, app: AppSecret, form: Mapping[str, str]) -> Mapping[str, Any]:
        response = send(
            self._http,
            _PROVIDER,
            "POST",
            self._oauth("token"),
            data=dict(form),
            headers={"accept": "application/json"},
            auth=(app.client_id, app.client_secret),
        )
        if response.status_code >= 400:
            raise _error(response)
        said = _object(response)
        if said is None or not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise _no_answer(response)
        return said

    def _me(self, base_url: str, credentials: Mapping[str, str]) -> Mapping[str, Any]:
        """Ask whose the credentials are.

        Raises:
            AuthorizationExpiredError: they are refused.
            RetriableProviderError: no usable answer came.
        """
        prefix = "/v1" if base_url == CONNECTOR.base_url else "/api/v1"  # the common host is documented with /v1 only
        url = f"{self._base_url or base_url}{prefix}/users/me"
        response = send(self._http, _PROVIDER, "GET", url, headers={**credentials, "accept": "application/json"})
        said = _object(response)
        if response.status_code in (401, 403) and said is not None:
            raise AuthorizationExpiredError(
                _words(said) or "Pipedrive refuses this token", provider=_PROVIDER, status=response.status_code
            )
        me: object = (said or {}).get("data")
        if response.status_code != 200 or not isinstance(me, dict) or "company_id" not in me:
            raise _no_answer(response)
        return cast("Mapping[str, Any]", me)

    def _granted(self, before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
        lifetime_s = said.get("expires_in")
        if isinstance(lifetime_s, bool) or not isinstance(lifetime_s, int | float) or lifetime_s <= 0:
            lifetime_s = AUTH.access_token_s or 0
        base_url = str(said.get("api_domain") or before.base_url or CONNECTOR.base_url).rstrip("/")
        if not self._base_url and not is_vendors(base_url):
            raise FatalProviderError("Pipedrive named an API host that is not its own", provider=_PROVIDER)
        return replace(
            before,
            access_token=str(said["access_token"]),
            refresh_token=str(said.get("refresh_token") or before.refresh_token),
            access_expires_at=now + timedelta(seconds=lifetime_s),
            base_url=base_url,
        )


def host_of(domain: str) -> str:
    """Return a company's API host.

    Raises:
        RequestRejectedError: no company can have that domain.

    Example:
        >>> host_of("acme"), host_of("https://Acme.pipedrive.com/")
        ('https://acme.pipedrive.com', 'https://acme.pipedrive.com')
    """
    name = domain.strip().lower().removeprefix("https://").strip("/").removesuffix(_VENDORS)
    if not _DOMAIN.fullmatch(name):
        raise RequestRejectedError(
            f"{domain[:80]!r} is no domain of Pipedrive's", field="domain", next_step="name it as in acme.pipedrive.com"
        )
    return f"https://{name}{_VENDORS}"


def is_vendors(base_url: str) -> bool:
    """Tell whether a host is Pipedrive's own.

    Example:
        >>> is_vendors("https://acme.pipedrive.com"), is_vendors("https://pipedrive.com.evil.example")
        (True, False)
    """
    url = urlsplit(base_url)
    return url.scheme == "https" and (url.hostname or "").endswith(_VENDORS)


def _id(me: Mapping[str, Any], key: str) -> str:
    return str(me.get(key) or "")


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said: object = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None


def _words(said: Mapping[str, Any]) -> str:
    return str(said.get("message") or said.get("error_description") or said.get("error") or "")


def _error(response: httpx.Response) -> ProviderError | ConfigurationError:
    """Return what a refusal of the authorization server means: only a dead grant ends a connection.

    The words are documented, the key they come under is not: all plausible ones are looked at.
    """
    said = _object(response) or {}
    code, words = str(said.get("error") or ""), _words(said)
    spoken = f"{code} {words}".lower()
    if 400 <= response.status_code < 500 and response.status_code != 429:
        if "invalid_client" in spoken or "invalid client" in spoken:
            return ConfigurationError(f"Pipedrive does not accept our application's credentials: {words}")
        if "invalid_grant" in spoken or "invalid grant" in spoken:
            return AuthorizationExpiredError(words, provider=_PROVIDER, status=response.status_code, code=code[:60])
    return _no_answer(response)


def _no_answer(response: httpx.Response) -> RetriableProviderError:
    is_seconds = response.headers.get("retry-after", "").strip().isdigit()
    return RetriableProviderError(
        f"Pipedrive's authorization server gave no usable answer (status {response.status_code})",
        provider=_PROVIDER,
        status=response.status_code,
        retry_after_s=retry_after_s(response, now=_ANY) if is_seconds else None,
        is_quota=response.status_code == 429,
        may_have_applied=response.status_code >= 500,
    )


_ANY = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

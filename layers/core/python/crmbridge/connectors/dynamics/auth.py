"""OAuth 2.0 at Entra ID: authorization code with PKCE, for the one organization that the workspace names.

Source: Microsoft identity platform, authorization code flow, refresh tokens; Dataverse, authenticate with OAuth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpx

from crmbridge.connectors._http import retry_after_s, send, server_time
from crmbridge.connectors.dynamics import CONNECTOR
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

PROVIDER = CONNECTOR.name

AUTH = OAuth2(
    authorize_url="https://login.microsoftonline.com/{host}/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/{host}/oauth2/v2.0/token",  # noqa: S106 - an address, not a password
    default_host="organizations",
    scopes=("offline_access",),
    uses_pkce=True,
    refresh_rotates=False,
    access_token_s=3600,
)
"""``{host}`` is the tenant. Every refresh gives another refresh token and leaves the old one usable for its time.

The resource's own scope is made of the organization's host: a token is for that host alone."""

_TENANT_URL = "https://login.microsoftonline.com/{host}"
_CLOUDS = (".dynamics.com", ".dynamics.cn", ".microsoftdynamics.us", ".appsplatform.us")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,100}")
_OURS = frozenset({"invalid_client", "unauthorized_client"})
_DEAD = frozenset({"invalid_grant", "interaction_required", "consent_required"})


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return the flow.

    Args:
        http: shared by the process.
        base_url: empty in production; where Entra ID and the organization are imitated otherwise.
    """
    return DynamicsAuth(http, base_url.rstrip("/"))


def organization_of(domain: str) -> tuple[str, str]:
    """Return an organization's host and the tenant to sign in at.

    Args:
        domain: the host, as the address of any of its pages shows it; behind a slash the tenant, where the
            application is registered for that tenant alone.

    Raises:
        RequestRejectedError: there is none, or it is no host of Microsoft's.

    Example:
        >>> organization_of("https://Contoso.crm4.dynamics.com/"), organization_of("a.crm.dynamics.com/contoso.com")
        (('contoso.crm4.dynamics.com', 'organizations'), ('a.crm.dynamics.com', 'contoso.com'))
    """
    bare = domain.strip().removeprefix("https://")
    host, _, tenant = bare.partition("/")
    host, tenant = host.lower(), tenant.partition("?")[0].strip("/")
    is_host = bool(_HOST.fullmatch(host)) and host.endswith(_CLOUDS)
    if not is_host or (tenant and not _TENANT.fullmatch(tenant)):
        raise RequestRejectedError(
            "name the organization's host, such as contoso.crm4.dynamics.com",
            field="domain",
            next_step="copy it from the address of any page of Dynamics 365",
        )
    return host, tenant or AUTH.default_host


class DynamicsAuth:
    """Speaks to Entra ID; holds no state."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the sign-in page's URL.

        Raises:
            RequestRejectedError: no organization, or none of Microsoft's hosts, was named.
        """
        del environment
        host, tenant = organization_of(domain)
        query = {
            "client_id": app.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "response_mode": "query",
            "scope": _scope(host),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._url(AUTH.authorize_url, tenant)}?{urlencode(query)}"

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
        """Trade a code for tokens, then ask the organization who it is.

        Raises:
            AuthorizationExpiredError: the code was refused, or its user is none of the organization.
            RetriableProviderError: no usable answer came.
            ConfigurationError: Entra ID does not know our application or its secret.
            FatalProviderError: the organization's host was not named.
        """
        del environment, told
        host, tenant = organization_of(domain) if domain else ("", AUTH.default_host)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            **({"scope": _scope(host)} if host else {}),
        }
        base_url = self._base_url or (f"https://{host}" if host else "")
        blank = Grant("oauth", "", base_url=base_url, accounts_url=self._url(_TENANT_URL, tenant))
        grant = _granted(blank, self._ask(app, form, blank.accounts_url, dead=None), now)
        if not base_url:
            raise FatalProviderError("the organization's host was not named", provider=PROVIDER)
        return self._named(grant)

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token; what the answer leaves out keeps its old value.

        Raises:
            AuthorizationExpiredError: Entra ID says that the grant is dead.
            RetriableProviderError: no usable answer came.
            ConfigurationError: Entra ID does not know our application or its secret.
        """
        del environment
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        if not self._base_url:
            form["scope"] = _scope(urlsplit(grant.base_url).netloc)
        tenant = grant.accounts_url or self._url(_TENANT_URL, AUTH.default_host)
        return _granted(grant, self._ask(app, form, tenant, dead=_DEAD), now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Refuse: Entra ID has no static tokens.

        Raises:
            FatalProviderError: always.
        """
        del token, environment, base_url, now, domain
        raise FatalProviderError("Dynamics 365 knows no static tokens; connect by OAuth", provider=PROVIDER)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Do nothing at the vendor: Entra ID takes no single grant back, and ending all sessions would end others' too.

        The hub forgets the tokens; an administrator removes the application's consent.
        """
        del app, grant, environment

    # ------------------------------------------------------------------------------------- below

    def _url(self, template: str, tenant: str) -> str:
        url = template.format(host=tenant)
        return self._base_url + urlsplit(url).path if self._base_url else url

    def _ask(
        self, app: AppSecret, form: Mapping[str, str], tenant_url: str, *, dead: frozenset[str] | None
    ) -> Mapping[str, Any]:
        data = {**form, "client_id": app.client_id, "client_secret": app.client_secret}
        headers = {"accept": "application/json"}
        response = send(self._http, PROVIDER, "POST", f"{tenant_url}/oauth2/v2.0/token", data=data, headers=headers)
        said = _object(response)
        if response.status_code >= 400:
            raise _refused(response, said, dead)
        if not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise _no_answer(response)
        return said

    def _named(self, grant: Grant) -> Grant:
        """Return a grant with the organization's and the user's ids.

        Raises:
            AuthorizationExpiredError: the organization does not accept the token or its user.
            RetriableProviderError: no usable answer came.
        """
        url = f"{grant.base_url}/api/data/{CONNECTOR.api_version}/WhoAmI"
        headers = {"authorization": f"Bearer {grant.access_token}", "accept": "application/json"}
        response = send(self._http, PROVIDER, "GET", url, headers=headers)
        said = _object(response)
        if response.status_code in (401, 403) and (said or response.status_code == 401):
            error: Mapping[str, Any] = said.get("error") or {}
            words = error.get("message")
            raise AuthorizationExpiredError(
                str(words or "the organization refuses the token"), provider=PROVIDER, status=response.status_code
            )
        account_id, user_id = (str(said.get(name) or "").lower() for name in ("OrganizationId", "UserId"))
        if response.status_code >= 400 or not account_id:
            raise _no_answer(response)
        return replace(grant, account_id=account_id, actor_id=user_id)


def _scope(host: str) -> str:
    return f"https://{host}/.default {' '.join(AUTH.scopes)}"


def _granted(before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
    lifetime_s = said.get("expires_in")
    if isinstance(lifetime_s, bool) or not isinstance(lifetime_s, int) or lifetime_s <= 0:
        lifetime_s = AUTH.access_token_s or 0
    return replace(
        before,
        access_token=str(said["access_token"]),
        refresh_token=str(said.get("refresh_token") or before.refresh_token),
        access_expires_at=now + timedelta(seconds=lifetime_s),
    )


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        said: object = response.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}


def _refused(
    response: httpx.Response, said: Mapping[str, Any], dead: frozenset[str] | None
) -> ProviderError | ConfigurationError:
    """Return what a refusal of the token endpoint means.

    Args:
        dead: errors that end the grant; ``None`` when any refusal of the request itself does.
    """
    error, status = str(said.get("error") or ""), response.status_code
    words = str(said.get("error_description") or error).partition(" Trace ID:")[0][:500]
    if status < 500 and status != 429 and error in _OURS:
        return ConfigurationError(f"Entra ID does not accept our application's credentials: {words}")
    if status in (400, 401, 403) and error and (dead is None or error in dead):
        return AuthorizationExpiredError(words, provider=PROVIDER, status=status, code=error)
    return _no_answer(response)


def _no_answer(response: httpx.Response) -> RetriableProviderError:
    now = server_time(response)
    return RetriableProviderError(
        f"Entra ID gave no usable answer (status {response.status_code})",
        provider=PROVIDER,
        status=response.status_code,
        retry_after_s=retry_after_s(response, now=now) if now else None,
        is_quota=response.status_code == 429,
        may_have_applied=response.status_code >= 500,
    )

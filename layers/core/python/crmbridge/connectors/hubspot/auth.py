"""HubSpot's OAuth 2.0, and the static token of a private app or service key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from crmbridge.connectors._http import send
from crmbridge.connectors.hubspot import CONNECTOR, OBJECTS_VERSION, VERSION
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    ProviderError,
    RetriableProviderError,
)
from crmbridge.ports import AuthFlow

_PROVIDER = CONNECTOR.name

AUTH: Final = OAuth2(
    authorize_url="https://app.hubspot.com/oauth/authorize",
    token_url=f"https://api.hubapi.com/oauth/{OBJECTS_VERSION}/token",
    revoke_url=f"https://api.hubapi.com/oauth/{OBJECTS_VERSION}/token/revoke",
    scopes=(
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.objects.deals.read",
        "crm.objects.deals.write",
        "crm.objects.owners.read",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "crm.schemas.companies.read",
        "crm.schemas.companies.write",
        "crm.schemas.deals.read",
        "crm.schemas.deals.write",
        "sales-email-read",
    ),
    optional_scopes=("crm.objects.leads.read", "crm.objects.leads.write"),
    access_token_s=1800,
)

_DEAD = frozenset({"invalid_grant"})
_DEAD_STATUS = frozenset({"BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"})
_OURS = frozenset({"invalid_client", "unauthorized_client"})
_OURS_STATUS = frozenset({"BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "MISMATCH_CLIENT_ID"})


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return HubSpot's way through OAuth.

    Args:
        http: shared by the process.
        base_url: one host for the consent page and the API; empty in production.
    """
    return HubspotAuth(http, base_url.rstrip("/"))


class HubspotAuth:
    """Speaks to HubSpot's authorization server; holds no state."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL; HubSpot takes no PKCE challenge from apps that hold a secret."""
        del environment, challenge, domain
        query = {
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(AUTH.scopes),
            "optional_scope": " ".join(AUTH.optional_scopes),
            "state": state,
        }
        page = f"{self._base_url}/oauth/authorize" if self._base_url else AUTH.authorize_url
        return f"{page}?{urlencode(query)}"

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
        """Trade a code for tokens; the answer names the account.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
            ConfigurationError: HubSpot does not know our application or its secret.
        """
        del environment, verifier, domain, told
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        grant = self._granted(Grant(kind="oauth", access_token=""), self._ask(app, form), now)
        return replace(grant, actor_id=self._app_id(app, grant))

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token for a new access token; keeps old values the answer leaves out.

        Raises:
            AuthorizationExpiredError: HubSpot says that the refresh token is dead, or there is none.
            RetriableProviderError: no usable answer came.
            ConfigurationError: HubSpot does not know our application or its secret.
        """
        del environment
        if not grant.refresh_token:
            raise AuthorizationExpiredError("a static token cannot be refreshed", provider=_PROVIDER)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        return self._granted(grant, self._ask(app, form), now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn a private app's token or a service key into a grant, after asking HubSpot whose it is.

        Raises:
            AuthorizationExpiredError: HubSpot refuses the token.
            RetriableProviderError: no usable answer came.
        """
        del environment, base_url, now, domain
        headers = {"authorization": f"Bearer {token.strip()}", "accept": "application/json"}
        response = send(self._http, _PROVIDER, "GET", self._api(f"/account-info/{VERSION}/details"), headers=headers)
        said = _object(response)
        if response.status_code in (401, 403) and said is not None:
            raise AuthorizationExpiredError(
                _words(said) or "HubSpot refuses this token", provider=_PROVIDER, status=response.status_code
            )
        account_id = str((said or {}).get("portalId") or "")
        if response.status_code != 200 or not account_id:
            raise _no_answer(response)
        return Grant(kind="token", access_token=token.strip(), account_id=account_id)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Revoke both tokens; a static token is the customer's to delete, in HubSpot.

        Raises:
            RetriableProviderError: no usable answer came.
            ConfigurationError: HubSpot does not know our application or its secret.
        """
        del environment
        if grant.kind != "oauth":
            return
        for hint, token in (("refresh_token", grant.refresh_token), ("access_token", grant.access_token)):
            if not token:
                continue
            form = {"token": token, "token_type_hint": hint, **_credentials(app)}
            response = send(self._http, _PROVIDER, "POST", self._token_url("/revoke"), data=form)
            error = _error(response) if response.status_code >= 400 else None
            if isinstance(error, ConfigurationError | RetriableProviderError):
                raise error

    # ------------------------------------------------------------------------------------- below

    def _api(self, path: str) -> str:
        return f"{self._base_url or CONNECTOR.base_url}{path}"

    def _token_url(self, tail: str = "") -> str:
        return self._api(f"/oauth/{OBJECTS_VERSION}/token{tail}")

    def _ask(self, app: AppSecret, form: Mapping[str, str]) -> Mapping[str, Any]:
        response = send(self._http, _PROVIDER, "POST", self._token_url(), data={**form, **_credentials(app)})
        if response.status_code >= 400:
            raise _error(response)
        said = _object(response)
        if said is None or not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise _no_answer(response)
        return said

    def _app_id(self, app: AppSecret, grant: Grant) -> str:
        """Return our application's id, by which HubSpot names the author of our changes; empty if it does not tell.

        Only spares readings of our own changes, so nothing fails for its absence.
        Source: HubSpot's OpenAPI file of the OAuth API, token introspection.
        """
        form = {"token": grant.access_token, "token_type_hint": "access_token", **_credentials(app)}
        try:
            response = send(self._http, _PROVIDER, "POST", self._api(f"/oauth/{VERSION}/token/introspect"), data=form)
        except RetriableProviderError:
            return ""
        said = _object(response) or {}
        app_id = said.get("app_id") if response.status_code < 400 else None
        return str(app_id) if isinstance(app_id, int | str) else ""

    def _granted(self, before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
        lifetime_s = said.get("expires_in")
        if isinstance(lifetime_s, bool) or not isinstance(lifetime_s, int | float) or lifetime_s <= 0:
            lifetime_s = AUTH.access_token_s or 0
        return replace(
            before,
            access_token=str(said["access_token"]),
            refresh_token=str(said.get("refresh_token") or before.refresh_token),
            access_expires_at=now + timedelta(seconds=lifetime_s),
            account_id=str(said.get("hub_id") or before.account_id),
        )


def _credentials(app: AppSecret) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said = response.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None  # pyright: ignore[reportUnknownVariableType]


def _words(said: Mapping[str, Any]) -> str:
    return str(said.get("message") or said.get("error_description") or said.get("error") or "")


def _error(response: httpx.Response) -> ProviderError | ConfigurationError:
    """Return what a refusal of the authorization server means: only a dead grant ends a connection."""
    said = _object(response) or {}
    error, status = str(said.get("error") or ""), str(said.get("status") or "")
    words = _words(said)
    if response.status_code < 500 and (error in _OURS or status in _OURS_STATUS):
        return ConfigurationError(f"HubSpot does not accept our application's credentials: {words}")
    if response.status_code < 500 and (error in _DEAD or status in _DEAD_STATUS):
        return AuthorizationExpiredError(
            words or "HubSpot refuses this grant", provider=_PROVIDER, status=response.status_code, code=status or error
        )
    return _no_answer(response)


def _no_answer(response: httpx.Response) -> RetriableProviderError:
    seconds = response.headers.get("retry-after", "")
    return RetriableProviderError(
        f"HubSpot's authorization server gave no usable answer (status {response.status_code})",
        provider=_PROVIDER,
        status=response.status_code,
        retry_after_s=float(min(int(seconds), 86_400)) if seconds.isascii() and seconds.isdigit() else None,
        is_quota=response.status_code == 429,
        may_have_applied=response.status_code >= 500,
    )

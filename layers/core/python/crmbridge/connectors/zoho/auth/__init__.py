"""Zoho's OAuth 2.0 over its data centres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode

import httpx

from crmbridge.connectors._http import send
from crmbridge.connectors.zoho import CONNECTOR, VERSION
from crmbridge.connectors.zoho.auth.answers import ACCESS_S, lifetime_s, no_answer, object_of, refusal_of
from crmbridge.connectors.zoho.auth.hosts import DEFAULT_HOST, accounts_host, accounts_told, is_api_host
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from crmbridge.ports import AuthFlow

_PROVIDER = CONNECTOR.name

AUTH: Final = OAuth2(
    authorize_url="https://{host}/oauth/v2/auth",
    token_url="https://{host}/oauth/v2/token",  # noqa: S106 - an address, not a password
    revoke_url="https://{host}/oauth/v2/token/revoke",
    default_host=DEFAULT_HOST,
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
    access_token_s=ACCESS_S,
    base_url_field="api_domain",
)


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
        return f"{self._base_url or f'https://{accounts_host(domain)}'}/oauth/v2/auth?{urlencode(query)}"

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
            self._base_url
            or accounts_told((told or {}).get("accounts-server", ""))
            or f"https://{accounts_host(domain)}"
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
        said = object_of(response)
        if said is None or (response.status_code >= 400 and not said.get("error")):
            raise no_answer(response)
        error = refusal_of(response, said)
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
        said = object_of(response)
        if said is None:
            raise no_answer(response)
        error = refusal_of(response, said)
        if error is not None:
            raise error
        if response.status_code >= 400 or not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise no_answer(response)
        return said

    def _granted(self, before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
        base_url = str(said.get("api_domain") or before.base_url).rstrip("/")
        if not self._base_url and not is_api_host(base_url):
            raise FatalProviderError("Zoho named an API host that is not its own", provider=_PROVIDER)
        return replace(
            before,
            access_token=str(said["access_token"]),
            refresh_token=str(said.get("refresh_token") or before.refresh_token),
            access_expires_at=now + timedelta(seconds=lifetime_s(said.get("expires_in"))),
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
        rows = (object_of(response) or {}).get(key)
        if response.status_code != 200 or not isinstance(rows, list) or not rows:
            raise no_answer(response)
        return cast("Mapping[str, Any]", rows[0])

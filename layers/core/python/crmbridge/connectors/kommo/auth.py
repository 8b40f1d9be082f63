"""Kommo's OAuth 2.0, whose refresh tokens work once, and the long-lived token of a private integration.

Source: Kommo, authorization; the official PHP library for an account that has moved.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from crmbridge.connectors._http import retry_after_s, send, server_time
from crmbridge.connectors.kommo import CONNECTOR
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
_TOKEN_PATH = "/oauth2/access_token"  # noqa: S105 - an address, not a password
_DAY_S = 86_400

AUTH: Final = OAuth2(
    authorize_url="https://www.kommo.com/oauth",
    token_url=f"https://{{host}}{_TOKEN_PATH}",
    refresh_rotates=True,
    access_token_s=_DAY_S,
    base_url_field="referer",
)

_OURS = ("client_id", "client authentication", "redirect")
"""Words in a hint that blame our own application, not the grant."""

_VENDORS = (".kommo.com", ".amocrm.com", ".amocrm.ru")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?")


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return Kommo's way through OAuth.

    Args:
        http: shared by the process.
        base_url: one host for the consent page and the account; empty in production.
    """
    return KommoAuth(http, base_url.rstrip("/"))


class KommoAuth:
    """Speaks to an account's own host; holds no state.

    Grants name no actor: tokens act as the administrator who connected, a person whose edits are not ours.
    """

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL; the person chooses the account there."""
        del environment, challenge, domain
        query = {"client_id": app.client_id, "state": state, "mode": "popup", "redirect_uri": redirect_uri}
        page = f"{self._base_url}/oauth" if self._base_url else AUTH.authorize_url
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
        """Trade a code for tokens at the account's own host, which the way back to us named.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
            RequestRejectedError: neither the way back nor the workspace named a host of Kommo's.
            ConfigurationError: Kommo does not know our application, its secret or its redirect address.
        """
        del environment, verifier
        base_url = self._home((told or {}).get("referer") or domain)
        form = {"grant_type": "authorization_code", "code": code}
        said = self._ask(app, base_url, redirect_uri, form)
        where = f"{base_url}{_TOKEN_PATH}?{urlencode({'redirect_uri': redirect_uri})}"
        return self._granted(Grant(kind="oauth", access_token="", base_url=base_url, accounts_url=where), said, now)

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token for a new pair; the old one is dead as soon as Kommo has answered.

        Raises:
            AuthorizationExpiredError: Kommo says that the refresh token is dead, or there is none.
            RetriableProviderError: no usable answer came.
            ConfigurationError: Kommo does not know our application, its secret or its redirect address.
        """
        del environment
        if not grant.refresh_token:
            raise AuthorizationExpiredError("a long-lived token cannot be refreshed", provider=_PROVIDER)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        redirect_uri = _redirect_of(grant)
        try:
            said = self._ask(app, grant.base_url, redirect_uri, form)
        except ProviderError as error:
            moved = self._moved(grant) if error.status in (401, 404) else ""
            if moved in ("", grant.base_url):
                raise
            grant = replace(grant, base_url=moved, accounts_url=grant.accounts_url.replace(grant.base_url, moved, 1))
            said = self._ask(app, moved, redirect_uri, form)
        return self._granted(grant, said, now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn a long-lived token into a grant, after asking Kommo whose it is.

        Raises:
            AuthorizationExpiredError: Kommo refuses the token.
            RetriableProviderError: no usable answer came.
            RequestRejectedError: the account's domain was not named.
            FatalProviderError: Kommo answers something else than an account.
        """
        del environment, now
        home = self._home(domain or urlsplit(base_url).netloc)
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        response = send(self._http, _PROVIDER, "GET", f"{home}/api/v4/account", headers=headers)
        if response.status_code in (401, 403) and _is_kommos(response):
            raise AuthorizationExpiredError(_words(_object(response)), provider=_PROVIDER, status=response.status_code)
        said = _object(response)
        if response.status_code >= 400 or not said.get("id"):
            raise _no_answer(response)
        claims = _claims(token)
        ends = claims.get("exp")
        return Grant(
            kind="token",
            access_token=token,
            access_expires_at=_moment(ends) if isinstance(ends, int) else None,
            base_url=home,
            account_id=str(said["id"]),
        )

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Spend the refresh token and throw the new pair away: Kommo has no call that revokes.

        The access token that is out lives on until its day ends. A long-lived token is revoked by people, in Kommo.

        Raises:
            RetriableProviderError: no usable answer came.
            ConfigurationError: Kommo does not know our application, its secret or its redirect address.
        """
        del environment
        if not grant.refresh_token:
            return
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}
        try:
            self._ask(app, grant.base_url, _redirect_of(grant), form)
        except AuthorizationExpiredError:
            return

    # ------------------------------------------------------------------------------------- below

    def _home(self, host: str) -> str:
        """Return the account's address; a host is believed only where it is Kommo's own.

        Raises:
            RequestRejectedError: it is not, or there is none.
        """
        if self._base_url:
            return self._base_url
        named = host.strip().lower().removeprefix("https://").rstrip("/")
        named = named if "." in named or not named else f"{named}.kommo.com"
        if not _HOST.fullmatch(named) or not named.endswith(_VENDORS):
            raise RequestRejectedError(
                "Kommo needs the account's domain", field="domain", next_step="name it, such as acme.kommo.com"
            )
        return f"https://{named}"

    def _ask(self, app: AppSecret, base_url: str, redirect_uri: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        body = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": redirect_uri,
            **form,
        }
        headers = {"accept": "application/json"}
        response = send(self._http, _PROVIDER, "POST", f"{base_url}{_TOKEN_PATH}", json=body, headers=headers)
        if response.status_code >= 400:
            raise _refused(response)
        said = _object(response)
        if not isinstance(said.get("access_token"), str) or not said["access_token"]:
            raise _no_answer(response)
        return said

    def _moved(self, grant: Grant) -> str:
        """Return where the account of a refused refresh token is now; empty when nobody tells.

        The access token names the host to ask. Source: the official PHP library.
        """
        host = str(_claims(grant.access_token).get("api_domain") or "")
        try:
            home = self._home(host)
            headers = {"x-refresh-token": grant.refresh_token, "accept": "application/json"}
            response = send(self._http, _PROVIDER, "GET", f"{home}/oauth2/account/current/subdomain", headers=headers)
            return self._home(str(_object(response).get("domain") or "")) if response.status_code < 400 else ""
        except (RequestRejectedError, RetriableProviderError, FatalProviderError):
            return ""

    def _granted(self, before: Grant, said: Mapping[str, Any], now: datetime) -> Grant:
        lifetime_s = said.get("expires_in")
        if isinstance(lifetime_s, bool) or not isinstance(lifetime_s, int | float) or lifetime_s <= 0:
            lifetime_s = _DAY_S
        claims = _claims(str(said["access_token"]))
        grant = replace(
            before,
            access_token=str(said["access_token"]),
            refresh_token=str(said.get("refresh_token") or before.refresh_token),
            access_expires_at=now + timedelta(seconds=lifetime_s),
            account_id=str(claims.get("account_id") or before.account_id),
        )
        if grant.account_id:
            return grant
        named = self.adopt(grant.access_token, environment="", base_url=grant.base_url, now=now)
        return replace(grant, account_id=named.account_id)


def _redirect_of(grant: Grant) -> str:
    """Return the redirect address the grant was made with: Kommo wants it again with every refresh."""
    return next(iter(parse_qs(urlsplit(grant.accounts_url).query).get("redirect_uri", ())), "")


def _claims(token: str) -> Mapping[str, Any]:
    """Return what an access token says; it comes from Kommo itself, so nobody's signature is checked."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        said: object = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        said: object = response.json()
    except ValueError:
        return {}
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else {}


def _is_kommos(response: httpx.Response) -> bool:
    """Tell a refusal of Kommo's from a proxy's page or a blocked address."""
    said = _object(response)
    return "title" in said or "hint" in said


def _words(said: Mapping[str, Any]) -> str:
    return str(said.get("hint") or said.get("detail") or said.get("title") or "Kommo refuses")


def _refused(response: httpx.Response) -> ProviderError | ConfigurationError:
    """Return what a refusal of the token endpoint means: only a dead grant ends a connection."""
    said = _object(response)
    words = _words(said)
    if response.status_code not in (400, 401, 403) or not said.get("hint"):
        return _no_answer(response)
    if any(each in words.lower() for each in _OURS):
        return ConfigurationError(f"Kommo does not accept our application: {words}")
    return AuthorizationExpiredError(words, provider=_PROVIDER, status=response.status_code, code="invalid_grant")


def _no_answer(response: httpx.Response) -> RetriableProviderError:
    now = server_time(response)
    told = _object(response).get("retry_after")
    wait_s = retry_after_s(response, now=now) if now else None
    return RetriableProviderError(
        f"Kommo's authorization gave no usable answer (status {response.status_code})",
        provider=_PROVIDER,
        status=response.status_code,
        retry_after_s=float(min(told, _DAY_S)) if isinstance(told, int) and told > 0 else wait_s,
        is_quota=response.status_code == 429,
        may_have_applied=response.status_code >= 500,
    )

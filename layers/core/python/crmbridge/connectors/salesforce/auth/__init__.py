"""OAuth 2.0 at Salesforce's login hosts: web server flow with PKCE, and JWT bearer flow.

Source: Salesforce help, OAuth 2.0 web server flow, refresh token flow, JWT bearer flow and revocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpx

from crmbridge.connectors._http import retry_after_s, send, server_time
from crmbridge.connectors.salesforce.auth.assertion import GRANT_TYPE, advice_on, signed
from crmbridge.connectors.salesforce.mapping.ids import id18
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    ProviderError,
    RequestRejectedError,
    RetriableProviderError,
)
from crmbridge.ports import AssertingFlow

PROVIDER = "salesforce"

AUTH = OAuth2(
    authorize_url="https://{host}/services/oauth2/authorize",
    token_url="https://{host}/services/oauth2/token",  # noqa: S106 - an address, not a password
    revoke_url="https://{host}/services/oauth2/revoke",
    default_host="login.salesforce.com",
    scopes=("api", "refresh_token"),
    uses_pkce=True,
    refresh_rotates=False,
    access_token_s=None,
    base_url_field="instance_url",
)
"""Rotation is a setting of each app there, off by default: a new refresh token is kept whenever one comes, and one
whose answer was lost is presented again, which either works or tells that people must reconnect."""

HOSTS: Mapping[str, str] = {"production": AUTH.default_host, "sandbox": "test.salesforce.com"}
"""Login host by environment."""

_DEAD = frozenset({"invalid_grant", "inactive_user", "inactive_org"})
_DEAD_ASSERTION = _DEAD | {"invalid_assertion", "invalid_app_access", "OAUTH_APP_ACCESS_DENIED"}
_HAVING_NONE = frozenset({"unsupported_token_type", "invalid_token", "invalid_grant"})
_VENDORS = (".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
"""Ends of hosts that serve the API. Under ``.force.com`` customers publish sites of their own.

Source: Salesforce Help, My Domain URL formats."""


def build(http: httpx.Client, base_url: str) -> AssertingFlow:
    """Return the flow.

    Args:
        http: shared by the process.
        base_url: empty in production; where both login hosts are imitated otherwise.
    """
    return SalesforceAuth(http, base_url)


class SalesforceAuth:
    """Speaks to the login hosts; holds no state."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL.

        Raises:
            FatalProviderError: there is no such environment.
        """
        del domain
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(AUTH.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._url(AUTH.authorize_url, environment)}?{urlencode(query)}"

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
        """Trade a code for tokens; the account's id is part of the answer.

        Raises:
            AuthorizationExpiredError: the code, or our application, was refused.
            RetriableProviderError: no usable answer came.
            FatalProviderError: no such environment, or an API host that is not Salesforce's.
        """
        del domain, told
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        response = self._post(AUTH.token_url, environment, form)
        if response.status_code >= 400:
            raise _refused(response, dead=None)
        return self._grant(_body(response), Grant("oauth", ""), now)

    def assert_user(self, app: AppSecret, *, username: str, environment: str, now: datetime, domain: str = "") -> Grant:
        """Trade an assertion for an access token; nobody is asked, and there is no refresh token.

        Args:
            domain: the org's My Domain host, where its login policy shuts the common login hosts; may be empty.

        Raises:
            AuthorizationExpiredError: the assertion, its user or our application was refused; says what helps.
            RetriableProviderError: no usable answer came.
            RequestRejectedError: the domain is not Salesforce's.
            FatalProviderError: no such environment, or an API host that is not Salesforce's.
            ConfigurationError: the application's private key cannot be used.
        """
        accounts_url = f"https://{domain}" if domain else ""
        if domain and not _is_vendors(accounts_url):
            raise RequestRejectedError(
                "the domain is not Salesforce's", field="domain", next_step="name it like acme.my.salesforce.com"
            )
        grant = Grant("jwt_bearer", "", username=username, accounts_url=accounts_url)
        return self._by_assertion(app, grant, environment, now, dead=None)

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade the refresh token, or another assertion; what the answer leaves out keeps its old value.

        Raises:
            AuthorizationExpiredError: the grant, its user or its org is no more.
            RetriableProviderError: no usable answer came, or one that does not say so.
            FatalProviderError: no such environment, or an API host that is not Salesforce's.
            ConfigurationError: the application's private key cannot be used.
        """
        if grant.kind == "jwt_bearer":
            return self._by_assertion(app, grant, environment, now, dead=_DEAD_ASSERTION)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": grant.refresh_token,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        }
        response = self._post(AUTH.token_url, environment, form)
        if response.status_code >= 400:
            raise _refused(response, dead=_DEAD)
        return self._grant(_body(response), grant, now)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Refuse: Salesforce has sessions that end, no static tokens.

        Raises:
            FatalProviderError: always.
        """
        del token, environment, base_url, now, domain
        raise FatalProviderError("Salesforce knows no static tokens; connect by OAuth", provider=PROVIDER)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:  # noqa: ARG002 - the port's signature
        """Revoke the refresh token and with it every access token made from it; or the access token that stands alone.

        Raises:
            RetriableProviderError: no usable answer came.
            FatalProviderError: Salesforce refuses, in its own words.
        """
        form = {"token": grant.refresh_token or grant.access_token}
        response = self._post(AUTH.revoke_url, environment, form, grant.accounts_url)
        if response.status_code < 400:
            return
        error = _refused(response, dead=frozenset())
        if error.code in _HAVING_NONE:
            return
        if error.code and response.status_code < 500 and response.status_code != 429:
            raise FatalProviderError(str(error), provider=PROVIDER, status=error.status, code=error.code)
        raise error

    def _by_assertion(
        self, app: AppSecret, grant: Grant, environment: str, now: datetime, *, dead: frozenset[str] | None
    ) -> Grant:
        """Trade an assertion; the environment's login host is the audience on a My Domain host as well."""
        audience = f"https://{_host(environment)}"
        form = {
            "grant_type": GRANT_TYPE,
            "assertion": signed(app, username=grant.username, audience=audience, now=now),
        }
        response = self._post(AUTH.token_url, environment, form, grant.accounts_url)
        if response.status_code >= 400:
            raise _refused(response, dead=dead, advises=True)
        return self._grant(_body(response), grant, now)

    def _url(self, template: str, environment: str, accounts_url: str = "") -> str:
        url = template.format(host=urlsplit(accounts_url).hostname or _host(environment))
        return self._base_url + urlsplit(url).path if self._base_url else url

    def _post(self, template: str, environment: str, form: Mapping[str, str], accounts_url: str = "") -> httpx.Response:
        url, headers = self._url(template, environment, accounts_url), {"accept": "application/json"}
        return send(self._http, PROVIDER, "POST", url, data=dict(form), headers=headers)

    def _grant(self, body: Mapping[str, Any], old: Grant, now: datetime) -> Grant:
        access_token = body.get("access_token")
        base_url = str(body.get("instance_url") or old.base_url).rstrip("/")
        account_id = account_of(str(body.get("id") or "")) or old.account_id
        if not isinstance(access_token, str) or not access_token or not base_url or not account_id:
            raise RetriableProviderError(
                "salesforce answered without access_token, instance_url or id", provider=PROVIDER, status=200
            )
        if not self._base_url and not _is_vendors(base_url):
            raise FatalProviderError("salesforce named an API host that is not its own", provider=PROVIDER)
        lifetime_s = body.get("expires_in")
        return replace(
            old,
            access_token=access_token,
            refresh_token=str(body.get("refresh_token") or old.refresh_token),
            access_expires_at=now + timedelta(seconds=lifetime_s) if isinstance(lifetime_s, int) else None,
            base_url=base_url,
            account_id=account_id,
            actor_id=actor_of(str(body.get("id") or "")) or old.actor_id,
        )


def actor_of(identity_url: str) -> str:
    """Return the user's id out of an identity URL, in 18 characters; empty when it holds none.

    Example:
        >>> actor_of("https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P")
        '005x00000012Q9PAAU'
    """
    parts = urlsplit(identity_url).path.strip("/").split("/")
    return id18(parts[-1]) if len(parts) >= 3 and parts[-3] == "id" else ""


def account_of(identity_url: str) -> str:
    """Return the organisation's id out of an identity URL, in 18 characters; empty when it holds none.

    Example:
        >>> account_of("https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P")
        '00Dx0000000BV7zEAG'
    """
    parts = urlsplit(identity_url).path.strip("/").split("/")
    return id18(parts[-2]) if len(parts) >= 3 and parts[-3] == "id" else ""


def _host(environment: str) -> str:
    host = HOSTS.get(environment)
    if host is None:
        raise FatalProviderError(f"Salesforce has no environment {environment!r}", provider=PROVIDER)
    return host


def _is_vendors(base_url: str) -> bool:
    url = urlsplit(base_url)
    return url.scheme == "https" and (url.hostname or "").endswith(_VENDORS)


def _body(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body: object = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RetriableProviderError(
            f"salesforce answered {response.status_code} with something that is no JSON object",
            provider=PROVIDER,
            status=response.status_code,
            may_have_applied=True,
        )
    return cast("Mapping[str, Any]", body)


def _refused(response: httpx.Response, *, dead: frozenset[str] | None, advises: bool = False) -> ProviderError:
    """Read a refusal of the login host.

    Args:
        dead: codes that end the grant; ``None`` when any refusal in Salesforce's own form does.
        advises: whether to say what helps against the refusal of an assertion.
    """
    try:
        body = _body(response)
    except RetriableProviderError:
        body: Mapping[str, Any] = {}
    code, status = str(body.get("error") or ""), response.status_code
    words = f"{code}: {body.get('error_description') or 'no description'}" if code else f"HTTP {status} without words"
    if advises and (advice := advice_on(words)):
        words = f"{words} ({advice})"
    is_final = status in (400, 401, 403) and bool(code) and (dead is None or code in dead)
    if is_final:
        return AuthorizationExpiredError(words, provider=PROVIDER, status=status, code=code)
    now = server_time(response)
    return RetriableProviderError(
        words,
        provider=PROVIDER,
        status=status,
        code=code,
        retry_after_s=retry_after_s(response, now=now) if now else None,
        is_quota=status == 429,
    )

"""A user's API key, and the account's host that the workspace names.

Source: Freshsales API reference, authentication; clients in production for the hosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NoReturn
from urllib.parse import urlsplit

import httpx

from crmbridge.connectors._http import retry_after_s, send, server_time
from crmbridge.connectors.freshsales import CONNECTOR
from crmbridge.connectors.freshsales.auth._hosts import account_of, base_urls, credentials
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    RetriableProviderError,
)
from crmbridge.ports import AuthFlow

PROVIDER = CONNECTOR.name

AUTH: Final = OAuth2(authorize_url="", token_url="", base_url_field="domain")
"""There is no consent page; the host is the ``domain`` that the workspace names."""

_WHOSE = "/api/selector/owners"

__all__ = ["AUTH", "FreshsalesAuth", "account_of", "base_urls", "build", "credentials"]


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return the way to connect.

    Args:
        http: shared by the process.
        base_url: empty in production; where the account is imitated otherwise.
    """
    return FreshsalesAuth(http, base_url.rstrip("/"))


class FreshsalesAuth:
    """Adopts API keys; everything else an OAuth flow does is refused."""

    def __init__(self, http: httpx.Client, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Refuse: there is no consent page.

        Raises:
            FatalProviderError: always.
        """
        del app, environment, redirect_uri, state, challenge, domain
        _no_oauth()

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
        """Refuse: there are no codes.

        Raises:
            FatalProviderError: always.
        """
        del app, environment, code, redirect_uri, verifier, now, domain, told
        _no_oauth()

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Refuse: a key that works no more was regenerated, and people must bring the new one.

        Raises:
            AuthorizationExpiredError: always.
        """
        del app, grant, environment, now
        raise AuthorizationExpiredError("an API key cannot be refreshed; bring the new one", provider=PROVIDER)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn an API key into a grant, after a call with it at the account's own host.

        Raises:
            RequestRejectedError: no domain was named, or one that is not Freshworks' own.
            AuthorizationExpiredError: Freshsales refuses the key.
            FatalProviderError: no Freshsales answers at that host.
            RetriableProviderError: no usable answer came.
        """
        del environment, now
        places = base_urls(domain or urlsplit(base_url).netloc) if domain or not self._base_url else ()
        key = token.strip()
        for place in (self._base_url,) if self._base_url else places:
            if self._opens(place, key):
                return Grant(kind="token", access_token=key, base_url=place, account_id=account_of(place))
        raise FatalProviderError("there is no Freshsales at this domain", provider=PROVIDER, status=404)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Leave the key as it is: only its user can regenerate it, in the vendor's screens."""
        del app, grant, environment

    def _opens(self, place: str, key: str) -> bool:
        """Tell whether an account's API is at an address; a refused key is an error.

        Raises:
            AuthorizationExpiredError: the API is there and refuses the key.
            RetriableProviderError: no usable answer came.
        """
        headers = {**credentials(key), "accept": "application/json"}
        response = send(self._http, PROVIDER, "GET", place + _WHOSE, headers=headers)
        is_json = _is_object(response)
        status = response.status_code
        if is_json and status in (401, 403):
            raise AuthorizationExpiredError("Freshsales refuses this API key", provider=PROVIDER, status=status)
        if is_json and status == 200:
            return True
        if status == 404 or 300 <= status < 400 or (status == 200 and "html" in _type(response)):
            return False
        now = server_time(response)
        raise RetriableProviderError(
            f"Freshsales gave no usable answer (status {status})",
            provider=PROVIDER,
            status=status,
            retry_after_s=retry_after_s(response, now=now) if now else None,
            is_quota=status == 429,
        )


def _no_oauth() -> NoReturn:
    raise FatalProviderError("Freshsales is connected by an API key; bring one", provider=PROVIDER)


def _type(response: httpx.Response) -> str:
    return response.headers.get("content-type", "").lower()


def _is_object(response: httpx.Response) -> bool:
    try:
        said: object = response.json()
    except ValueError:
        return False
    return isinstance(said, dict)

"""Salesflare's API key: made by one of its people in the settings, sent as a bearer token, never refreshed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn, cast

import httpx

from crmbridge.connectors._http import retry_after_s, send, server_time
from crmbridge.connectors.salesflare import CONNECTOR
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from crmbridge.ports import AuthFlow

_PROVIDER = CONNECTOR.name

AUTH: Final = OAuth2(authorize_url="", token_url="")
"""There is no consent page and no token endpoint: Salesflare's OpenID server is for its MCP server only."""


def build(http: httpx.Client, base_url: str) -> AuthFlow:
    """Return the way in.

    Args:
        http: shared by the process.
        base_url: the API's host; empty in production.
    """
    return SalesflareAuth(http, base_url.rstrip("/") or CONNECTOR.base_url)


class SalesflareAuth:
    """Takes an API key; holds no state."""

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
        """Refuse: when a key stops working, people must bring another.

        Raises:
            AuthorizationExpiredError: always.
        """
        del app, grant, environment, now
        raise AuthorizationExpiredError("an API key cannot be refreshed", provider=_PROVIDER)

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn an API key into a grant, after asking Salesflare whose it is.

        Raises:
            AuthorizationExpiredError: Salesflare refuses the key.
            RetriableProviderError: no usable answer came.
        """
        del environment, base_url, domain
        key = token.strip()
        headers = {"authorization": f"Bearer {key}", "accept": "application/json"}
        response = send(self._http, _PROVIDER, "GET", f"{self._base_url}/me", headers=headers)
        said = _object(response)
        if response.status_code in (401, 403) and said is not None:
            raise AuthorizationExpiredError(
                str(said.get("message") or "Salesflare refuses this key"),
                provider=_PROVIDER,
                status=response.status_code,
            )
        team = _mapping(_mapping(said).get("team"))
        if response.status_code != 200 or not team.get("id"):
            raise RetriableProviderError(
                f"Salesflare gave no usable answer (status {response.status_code})",
                provider=_PROVIDER,
                status=response.status_code,
                retry_after_s=retry_after_s(response, now=server_time(response) or now),
                is_quota=response.status_code == 429,
            )
        actor_id = str(_mapping(said).get("id") or "")
        return Grant(kind="token", access_token=key, account_id=str(team["id"]), actor_id=actor_id)

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Do nothing: no call ends a key; whoever made it deletes it in Salesflare's settings."""


def _no_oauth() -> NoReturn:
    raise FatalProviderError(
        "Salesflare is connected by an API key: make one under Settings > API keys", provider=_PROVIDER, code="NO_OAUTH"
    )


def _mapping(value: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
    return found


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        said = response.json()
    except ValueError:
        return None
    return cast("Mapping[str, Any]", said) if isinstance(said, dict) else None

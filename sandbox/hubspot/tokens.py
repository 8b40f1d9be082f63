"""OAuth codes and tokens of the one app, and the static token of a private app."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.hubspot.account import (
    APP_ID,
    CLIENT_ID,
    PORTAL_ID,
    PRIVATE_APP_TOKEN,
    SCOPES,
    USER_EMAIL,
    USER_ID,
)
from sandbox.hubspot.errors import error, oauth_error
from sandbox.hubspot.times import iso

ACCESS_TOKEN_LIFE_S = 1800
_CODE_LIFE_S = 300


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code; used once."""

    redirect_uri: str
    scopes: tuple[str, ...]
    expires_ms: int


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a refresh token stands for."""

    refresh_token: str
    scopes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Access:
    """What an access token stands for; ``expires_ms`` is ``None`` for the static one."""

    scopes: tuple[str, ...]
    expires_ms: int | None
    is_private_app: bool = False


class TokenBook:
    """Gives out, checks and withdraws tokens by the sandbox clock."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        """Start with the private app's token only."""
        self._clock, self._rng = clock, rng
        self._codes: dict[str, Code] = {}
        self._grants: dict[str, Grant] = {}
        self._access: dict[str, Access] = {}
        self.installed = False
        self.private_app_active = True

    def new_code(self, *, redirect_uri: str, scopes: tuple[str, ...]) -> str:
        """Return a code for a granted consent; it lives five minutes."""
        code = f"na1-{self._word()}"
        expires_ms = self._clock.now_ms() + 1000 * _CODE_LIFE_S
        self._codes[code] = Code(redirect_uri=redirect_uri, scopes=scopes, expires_ms=expires_ms)
        return code

    def exchange(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Turn a code into tokens and install the app.

        Raises:
            VendorError: unknown, used or expired code, or another redirect URI.
        """
        found = self._codes.get(code)
        if found is None or found.expires_ms <= self._clock.now_ms():
            raise oauth_error("BAD_AUTH_CODE", "missing or unknown auth code", "invalid_grant")
        if found.redirect_uri != redirect_uri:
            raise oauth_error("BAD_REDIRECT_URI", "missing or invalid redirect uri", "invalid_grant")
        del self._codes[code]
        grant = Grant(refresh_token=f"na1-{self._word()}", scopes=found.scopes)
        self._grants[grant.refresh_token] = grant
        self.installed = True
        return self._issue(grant)

    def refresh(self, refresh_token: str, *, rotate: bool) -> dict[str, Any]:
        """Return new tokens; the refresh token stays the same unless ``rotate``.

        Raises:
            VendorError: the refresh token is unknown or revoked.
        """
        grant = self._grants.get(refresh_token)
        if grant is None:
            message = "refresh token is invalid, expired or revoked"
            raise oauth_error("BAD_REFRESH_TOKEN", message, "invalid_grant")
        if rotate:
            del self._grants[refresh_token]
            grant.refresh_token = f"na1-{self._word()}"
            self._grants[grant.refresh_token] = grant
        return self._issue(grant)

    def authenticate(self, header: str) -> Access:
        """Return what a Bearer header stands for.

        Raises:
            VendorError: 401, expired or otherwise invalid.
        """
        scheme, _, token = header.partition(" ")
        access = self._find(token.strip()) if scheme.lower() == "bearer" else None
        if access is None:
            message = (
                "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can "
                "find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
            )
            raise error(401, message, "INVALID_AUTHENTICATION")
        late_ms = 0 if access.expires_ms is None else self._clock.now_ms() - access.expires_ms
        if access.expires_ms is not None and late_ms >= 0:
            message = f"The OAuth token used to make this call expired {late_ms // 1000} second(s) ago."
            context = {"expire time": [iso(access.expires_ms)]}
            raise error(401, message, "EXPIRED_AUTHENTICATION", context=context)
        if access.is_private_app:
            self.installed = True
        return access

    def describe(self, token: str) -> dict[str, Any] | None:
        """Return what introspection says of an access or refresh token; ``None`` if unknown."""
        row: dict[str, Any] = {
            "active": True,
            "token": token,
            "hub_id": PORTAL_ID,
            "user_id": USER_ID,
            "client_id": CLIENT_ID,
            "app_id": APP_ID,
            "user": USER_EMAIL,
            "hub_domain": "harbour-lane.example",
            "token_type": "bearer",
        }
        grant = self._grants.get(token)
        if grant is not None:
            return row | {"scopes": list(grant.scopes), "token_use": "refresh_token"}
        access = self._access.get(token)
        if access is None or access.expires_ms is None:
            return None
        left_s = (access.expires_ms - self._clock.now_ms()) // 1000
        if left_s < 0:
            return None
        more = {"expires_in": left_s, "is_private_distribution": False, "token_use": "access_token"}
        return row | {"scopes": list(access.scopes), "signed_access_token": self._signed(access)} | more

    def drop_refresh_token(self, token: str) -> bool:
        """Forget a refresh token; access tokens made with it keep working. Tell if it was known."""
        return self._grants.pop(token, None) is not None

    def drop_access_token(self, token: str) -> bool:
        """Forget an access token; tell if it was known."""
        return self._access.pop(token, None) is not None

    def expire(self) -> int:
        """Let every access token given out expire now; return how many."""
        now_ms = self._clock.now_ms()
        for access in self._access.values():
            access.expires_ms = min(access.expires_ms or now_ms, now_ms)
        return len(self._access)

    def revoke(self, *, private_app: bool = False) -> int:
        """Withdraw every token, as a person who disconnects the app does; return how many."""
        count = len(self._access) + len(self._grants)
        self._access.clear()
        self._grants.clear()
        self.installed = False
        if private_app:
            self.private_app_active = False
        return count

    def _find(self, token: str) -> Access | None:
        if token == PRIVATE_APP_TOKEN and self.private_app_active:
            return Access(scopes=SCOPES, expires_ms=None, is_private_app=True)
        return self._access.get(token)

    def _issue(self, grant: Grant) -> dict[str, Any]:
        token = f"CN{self._word()}{self._word()}"
        expires_ms = self._clock.now_ms() + 1000 * ACCESS_TOKEN_LIFE_S
        self._access[token] = Access(scopes=grant.scopes, expires_ms=expires_ms)
        return {
            "token_type": "bearer",
            "refresh_token": grant.refresh_token,
            "access_token": token,
            "hub_id": PORTAL_ID,
            "scopes": list(grant.scopes),
            "user_id": USER_ID,
            "expires_in": ACCESS_TOKEN_LIFE_S,
            "token_use": "access_token",
        }

    def _signed(self, access: Access) -> dict[str, Any]:
        return {
            "expiresAt": access.expires_ms,
            "scopes": "AAMAAwQ=",
            "hubId": PORTAL_ID,
            "userId": USER_ID,
            "appId": APP_ID,
            "signature": "c2FuZGJveA==",
            "newSignature": "c2FuZGJveA==",
            "scopeToScopeGroupPks": "AAMAAwQ=",
            "hublet": "na1",
            "trialScopes": "",
            "trialScopeToScopeGroupPks": "",
            "isUserLevel": False,
            "installingUserId": USER_ID,
            "isServiceAccount": False,
            "isPrivateDistribution": False,
            "audience": "",
            "appInstallId": "1",
        }

    def _word(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

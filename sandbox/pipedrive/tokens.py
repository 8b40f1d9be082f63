"""OAuth codes and tokens of the one app, and the API token of the one admin.

Source: Pipedrive, marketplace OAuth authorization, app uninstallation, authentication.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.pipedrive.account import API_TOKEN, SCOPES
from sandbox.pipedrive.errors import invalid_token, oauth_error, unauthorized

CODE_LIFE_MS = 300_000
ACCESS_LIFE_MS = 3_600_000
REFRESH_LIFE_MS = 60 * 86_400_000


@dataclass(slots=True)
class Access:
    """What a call may do; the API token has no end and no scopes."""

    key: str
    expires_ms: int | None
    scopes: tuple[str, ...]

    @property
    def is_api_token(self) -> bool:
        """Whether it is the admin's own token."""
        return self.expires_ms is None


class TokenBook:
    """Gives out, checks and withdraws tokens by the sandbox clock."""

    def __init__(self, clock: Clock, rng: Random, base_url: str) -> None:
        """Start with the API token only."""
        self._clock, self._rng, self._base_url = clock, rng, base_url
        self._codes: dict[str, tuple[str, int]] = {}
        self._refresh: dict[str, int] = {}
        self._access: dict[str, int] = {}
        self.api_token_active = True
        self.scopes = SCOPES

    def new_code(self, redirect_uri: str) -> str:
        """Return a code for a granted consent; it lives five minutes."""
        code = self._word()
        self._codes[code] = (redirect_uri, self._clock.now_ms() + CODE_LIFE_MS)
        return code

    def exchange(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Turn a code into tokens.

        Raises:
            VendorError: 400, unknown, used, late, or asked for with another redirect address.
        """
        found = self._codes.get(code)
        if found is None or found[0] != redirect_uri:
            raise oauth_error("Invalid grant: `authorization_code` is invalid", "invalid_grant")
        del self._codes[code]
        if found[1] <= self._clock.now_ms():
            raise oauth_error("Invalid grant: `authorization_code` has expired", "invalid_grant")
        return self._issue(f"{COMPANY_PREFIX}:{self._word()}")

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Return a new access token; the refresh token stays and lives sixty days from now.

        Raises:
            VendorError: 400, unknown, revoked, or unused for too long.
        """
        if self._refresh.get(refresh_token, 0) <= self._clock.now_ms():
            raise oauth_error("Invalid grant: `refresh_token` is invalid", "invalid_grant")
        return self._issue(refresh_token)

    def authenticate(self, bearer: str, api_token: str) -> Access:
        """Return what a call may do.

        Raises:
            VendorError: 401.
        """
        if bearer:
            if self._access.get(bearer, 0) <= self._clock.now_ms():
                raise invalid_token()
            return Access(bearer, self._access[bearer], self.scopes)
        if api_token != API_TOKEN or not self.api_token_active:
            raise unauthorized()
        return Access(api_token, None, ())

    def drop(self, token: str) -> None:
        """Revoke a token; a refresh token takes its access tokens along: the app is uninstalled."""
        if self._refresh.pop(token, None) is not None:
            self._access.clear()
        self._access.pop(token, None)

    def expire(self) -> int:
        """Let every access token expire now; returns how many."""
        for token in self._access:
            self._access[token] = self._clock.now_ms()
        return len(self._access)

    def revoke(self, *, api_token: bool) -> int:
        """Withdraw every OAuth token, as a person who uninstalls the app does; returns how many."""
        count = len(self._access) + len(self._refresh)
        self._access.clear()
        self._refresh.clear()
        self.api_token_active = self.api_token_active and not api_token
        return count

    def _issue(self, refresh_token: str) -> dict[str, Any]:
        now_ms = self._clock.now_ms()
        access_token = f"{COMPANY_PREFIX}:{self._word()}{self._word()}{self._word()}"
        self._access[access_token] = now_ms + ACCESS_LIFE_MS
        self._refresh[refresh_token] = now_ms + REFRESH_LIFE_MS
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "refresh_token": refresh_token,
            "scope": " ".join(self.scopes),
            "expires_in": ACCESS_LIFE_MS // 1000 - 1,
            "api_domain": self._base_url,
        }

    def _word(self) -> str:
        return f"{self._rng.getrandbits(160):040x}"


COMPANY_PREFIX = "8127344:17204401"
"""First part of every token: company and user."""

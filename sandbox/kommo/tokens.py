"""Codes, tokens that rotate, and the long-lived token of a private integration.

Access tokens are JWTs, as Kommo's are; what they say is not believed here, only looked up.
Source: Kommo, authorization; lifetimes by its token reference.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.kommo.errors import oauth_problem, problem
from sandbox.kommo.options import Options
from sandbox.kommo.setup import ACCOUNT_ID, ADMIN_ID, CLIENT_ID, CLIENT_SECRET, SCOPES

ACCESS_S = 86_400
REFRESH_S = 92 * 86_400
CODE_S = 20 * 60
_FIVE_YEARS_S = 5 * 365 * 86_400
_LONG_LIVED_AT_S = 1_790_000_000


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code; used once."""

    redirect_uri: str
    expires_s: int
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Refresh:
    """A refresh token; used once."""

    redirect_uri: str
    expires_s: int
    state: str = "good"
    heir: str = ""


class TokenBook:
    """Gives out, checks and withdraws tokens by the sandbox clock."""

    def __init__(self, clock: Clock, rng: Random, *, api_domain: str) -> None:
        """Start with the long-lived token only."""
        self._clock, self._rng, self._api_domain = clock, rng, api_domain
        self._codes: dict[str, Code] = {}
        self._refresh: dict[str, Refresh] = {}
        self._access: dict[str, int] = {}
        self.long_lived = long_lived_token(api_domain)
        self.long_lived_active = True

    def new_code(self, redirect_uri: str) -> str:
        """Return a code for a granted consent."""
        code = f"def502{self._rng.getrandbits(512):0128x}"
        self._codes[code] = Code(redirect_uri=redirect_uri, expires_s=self._now_s() + CODE_S)
        return code

    def exchange(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Turn a code into tokens.

        Raises:
            VendorError: unknown, used or expired code, or another redirect URI.
        """
        found = self._codes.get(code)
        if found is None:
            raise oauth_problem(400, "Cannot decrypt the authorization code")
        if found.used:
            raise oauth_problem(400, "Authorization code has been revoked")
        if found.expires_s <= self._now_s():
            raise oauth_problem(400, "Authorization code has expired")
        if found.redirect_uri != redirect_uri:
            raise oauth_problem(400, "Invalid redirect URI")
        found.used = True
        return self._issue(redirect_uri)[0]

    def refresh(self, token: str, redirect_uri: str, options: Options) -> dict[str, Any]:
        """Return a new pair; the token used is dead from now on.

        Raises:
            VendorError: unknown, used, revoked or expired token, or another redirect URI.
        """
        found = self._refresh.get(token)
        if found is None:
            raise oauth_problem(401, "Cannot decrypt the refresh token")
        if found.state != "good":
            heir = self._refresh.get(found.heir)
            if heir is not None and options.reuse_kills_pair:
                heir.state = "revoked"
            raise oauth_problem(401, "Token has been revoked")
        if found.expires_s <= self._now_s():
            raise oauth_problem(401, "Token has expired")
        if found.redirect_uri != redirect_uri:
            raise oauth_problem(400, "Check the `redirect_uri` parameter")
        answer, found.heir = self._issue(redirect_uri)
        found.state = "used"
        return answer

    def authenticate(self, header: str) -> None:
        """Accept a Bearer header.

        Raises:
            VendorError: 401, expired or otherwise invalid.
        """
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() == "bearer" and token == self.long_lived and self.long_lived_active:
            return
        if scheme.lower() != "bearer" or self._access.get(token, 0) <= self._now_s():
            raise problem(401)

    def knows_refresh(self, token: str) -> bool:
        """Tell whether a refresh token was given out by this account."""
        return token in self._refresh

    def expire(self) -> int:
        """Let every access token end; returns how many there were."""
        count = len(self._access)
        self._access.clear()
        return count

    def revoke(self, *, long_lived: bool) -> int:
        """Withdraw the integration's access; returns how many tokens ended."""
        count = self.expire()
        for each in self._refresh.values():
            each.state = "revoked"
        self.long_lived_active = self.long_lived_active and not long_lived
        return count + len(self._refresh)

    def _issue(self, redirect_uri: str) -> tuple[dict[str, Any], str]:
        now_s = self._now_s()
        refresh_token = f"def502{self._rng.getrandbits(640):0160x}"
        self._refresh[refresh_token] = Refresh(redirect_uri=redirect_uri, expires_s=now_s + REFRESH_S)
        access_token = jwt(now_s, ACCESS_S, f"{self._rng.getrandbits(128):032x}", self._api_domain)
        self._access[access_token] = now_s + ACCESS_S
        answer = {
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
            "server_time": now_s,
            "access_token": access_token,
            "refresh_token": refresh_token,
        }
        return answer, refresh_token

    def _now_s(self) -> int:
        return self._clock.now_ms() // 1000


def long_lived_token(api_domain: str) -> str:
    """Return the token that a person took from the integration's screen; the same always."""
    return jwt(_LONG_LIVED_AT_S, _FIVE_YEARS_S, "long-lived", api_domain)


def jwt(now_s: int, life_s: int, token_id: str, api_domain: str) -> str:
    """Return a signed JWT with the claims that Kommo's have."""
    claims = {
        "aud": CLIENT_ID,
        "jti": token_id,
        "iat": now_s,
        "nbf": now_s,
        "exp": now_s + life_s,
        "sub": str(ADMIN_ID),
        "grant_type": "",
        "account_id": ACCOUNT_ID,
        "base_domain": "kommo.com",
        "version": 2,
        "scopes": list(SCOPES),
        "api_domain": api_domain,
    }
    signed = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(claims)}"
    digest = hmac.new(CLIENT_SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _part(document: dict[str, Any]) -> str:
    text = json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")

"""OAuth: codes, refresh tokens that stay, access tokens of an hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox.zoho.options import Options

CODE_S = 120
ACCESS_S = 3_600
_WINDOW_S = 600
_REFRESH_MAX = 20
_ACCESS_MAX = 30


@dataclass(slots=True, kw_only=True)
class Code:
    """A code from the consent page; used once."""

    redirect_uri: str
    scopes: tuple[str, ...]
    offline: bool
    expires_s: int


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a refresh token stands for; ``asked_s`` is when access tokens were asked for."""

    token: str
    scopes: tuple[str, ...]
    asked_s: list[int] = field(default_factory=list[int])


@dataclass(slots=True, kw_only=True)
class Access:
    """What an access token stands for."""

    scopes: tuple[str, ...]
    expires_s: int
    refresh_token: str


class OAuthError(Exception):
    """A refusal of the accounts server; it comes with status 200 unless told otherwise."""

    def __init__(self, error: str, *, status: int = 200, description: str = "") -> None:
        """Name the vendor's own code."""
        super().__init__(error)
        self.error, self.status, self.description = error, status, description


class TokenBook:
    """Gives out, checks and withdraws tokens by the sandbox clock."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        """Start with nothing given out."""
        self._clock, self._rng = clock, rng
        self.codes: dict[str, Code] = {}
        self.grants: dict[str, Grant] = {}
        self.access: dict[str, Access] = {}

    def new_code(self, *, redirect_uri: str, scopes: tuple[str, ...], offline: bool) -> str:
        """Return a code for a granted consent; it lives two minutes."""
        code = f"1000.{self._word()}.{self._word()}"
        expires_s = self._now_s() + CODE_S
        self.codes[code] = Code(redirect_uri=redirect_uri, scopes=scopes, offline=offline, expires_s=expires_s)
        return code

    def exchange(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Turn a code into tokens; the 21st refresh token ends the oldest.

        Raises:
            OAuthError: unknown, used or expired code, or another redirect address.
        """
        found = self.codes.pop(code, None)
        if found is None or found.expires_s <= self._now_s():
            raise OAuthError("invalid_code")
        if found.redirect_uri != redirect_uri:
            raise OAuthError("invalid_redirect_uri")
        grant = Grant(token=f"1000.{self._word()}.{self._word()}", scopes=found.scopes)
        if not found.offline:
            return self._issue(grant)
        self.grants[grant.token] = grant
        while len(self.grants) > _REFRESH_MAX:
            self.revoke(next(iter(self.grants)))
        return {**self._issue(grant), "refresh_token": grant.token}

    def refresh(self, token: str, options: Options) -> dict[str, Any]:
        """Return a new access token and nothing else: refresh tokens stay.

        Raises:
            OAuthError: unknown or revoked, or the eleventh in ten minutes.
        """
        grant = self.grants.get(token)
        if grant is None:
            raise OAuthError("invalid_code")
        now_s = self._now_s()
        grant.asked_s = [each for each in grant.asked_s if each > now_s - _WINDOW_S]
        if len(grant.asked_s) >= options.token_requests:
            words = "You have made too many requests continuously. Please try again after some time."
            raise OAuthError("Access Denied", status=400, description=words)
        grant.asked_s.append(now_s)
        return self._issue(grant)

    def find(self, token: str) -> Access | None:
        """Return what an access token stands for; ``None`` when unknown or expired."""
        access = self.access.get(token)
        return access if access is not None and access.expires_s > self._now_s() else None

    def revoke(self, token: str) -> bool:
        """End a refresh token with all its access tokens; tell if it was known."""
        known = self.grants.pop(token, None) is not None
        self.access = {key: each for key, each in self.access.items() if each.refresh_token != token}
        return known

    def expire(self) -> int:
        """Let every access token given out expire now; return how many."""
        for each in self.access.values():
            each.expires_s = min(each.expires_s, self._now_s())
        return len(self.access)

    def revoke_all(self) -> int:
        """Withdraw everything, as a person who removes the app does; return how many."""
        count = len(self.grants) + len(self.access)
        self.grants.clear()
        self.access.clear()
        return count

    def _issue(self, grant: Grant) -> dict[str, Any]:
        token = f"1000.{self._word()}.{self._word()}"
        expires_s = self._now_s() + ACCESS_S
        self.access[token] = Access(scopes=grant.scopes, expires_s=expires_s, refresh_token=grant.token)
        mine = [key for key, each in self.access.items() if each.refresh_token == grant.token]
        for oldest in mine[:-_ACCESS_MAX]:
            del self.access[oldest]
        return {
            "access_token": token,
            "scope": ",".join(grant.scopes),
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
        }

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())

    def _word(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

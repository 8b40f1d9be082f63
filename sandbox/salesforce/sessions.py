"""Authorisation codes, sessions and refresh tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.salesforce.errors import OAuthError
from sandbox.salesforce.org import Org

CODE_LIFE = timedelta(minutes=15)
MAX_AUTHORISATIONS = 5


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorisation code waiting to be exchanged once."""

    user_id: str
    redirect_uri: str
    challenge: str | None
    scopes: tuple[str, ...]
    expires_at: datetime
    family: Family | None = None


@dataclass(slots=True, kw_only=True)
class Family:
    """All tokens that came from one authorisation.

    Attributes:
        refresh_token: the one that works; ``None`` if none was asked for.
        used: refresh tokens rotated away; showing one again ends the family.
    """

    user_id: str
    scopes: tuple[str, ...]
    refresh_token: str | None
    used: set[str] = field(default_factory=set[str])
    is_revoked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An access token's meaning."""

    user_id: str
    scopes: tuple[str, ...]
    expires_at: datetime
    family: Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Tokens just given out; ``refresh_token`` only if it is new."""

    access_token: str
    refresh_token: str | None
    session: Session


class Sessions:
    """Everything given out since the last reset."""

    def __init__(self, org: Org) -> None:
        """Start with nothing given out."""
        self._org = org
        self.clear()

    def clear(self) -> None:
        """Forget everything given out."""
        self._codes: dict[str, Code] = {}
        self._sessions: dict[str, Session] = {}
        self._families: list[Family] = []

    def code_for(self, user_id: str, *, redirect_uri: str, challenge: str | None, scopes: tuple[str, ...]) -> str:
        """Return a new code for a person's consent."""
        code = f"aPrx{secrets.token_urlsafe(40)}=="
        self._codes[code] = Code(
            user_id=user_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
            scopes=scopes,
            expires_at=self._org.clock.now() + CODE_LIFE,
        )
        return code

    def take_code(self, code: str) -> Code:
        """Return a code's meaning; a second use ends what the first gave.

        Raises:
            OAuthError: invalid_grant, unknown, used or expired.
        """
        found = self._codes.get(code)
        if found is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        if found.family is not None:
            found.family.is_revoked = True
            raise OAuthError("invalid_grant", "expired authorization code")
        if found.expires_at < self._org.clock.now():
            raise OAuthError("invalid_grant", "expired authorization code")
        return found

    def begin(self, user_id: str, scopes: tuple[str, ...], *, refreshable: bool) -> Issued:
        """Open a session with a family of its own; a sixth of a user drops the oldest."""
        wants = refreshable and bool({"refresh_token", "offline_access", "full"} & set(scopes))
        token = f"5Aep861{secrets.token_urlsafe(48)}" if wants else None
        family = Family(user_id=user_id, scopes=scopes, refresh_token=token)
        self._families.append(family)
        mine = [each for each in self._families if each.user_id == user_id and each.refresh_token]
        for oldest in mine[:-MAX_AUTHORISATIONS]:
            oldest.is_revoked = True
            self._families.remove(oldest)
        return self._opened(family, token)

    def refresh(self, token: str) -> Issued:
        """Open a new session for a refresh token; rotate it if the org wants that.

        Raises:
            OAuthError: invalid_grant; a rotated token shown again ends its family.
        """
        for family in self._families:
            if token in family.used:
                family.is_revoked = True
            if family.refresh_token == token and not family.is_revoked:
                return self._refreshed(family, token)
        raise OAuthError("invalid_grant", "expired access/refresh token")

    def approvals_of(self, user_id: str) -> tuple[str, ...]:
        """Return the scopes a user approved with refresh tokens that still work, without those tokens' own."""
        found: set[str] = set()
        for family in self._families:
            if family.user_id == user_id and family.refresh_token and not family.is_revoked:
                found.update(family.scopes)
        return tuple(sorted(found - {"refresh_token", "offline_access"}))

    def session_of(self, token: str) -> Session | None:
        """Return a live session, ``None`` for an unknown, expired or revoked token."""
        session = self._sessions.get(token)
        if session is None or session.family.is_revoked or session.expires_at <= self._org.clock.now():
            return None
        return session

    def revoke(self, token: str) -> bool:
        """End a session, or a refresh token with all its sessions; false if unknown."""
        if token in self._sessions:
            del self._sessions[token]
            return True
        for family in self._families:
            if family.refresh_token == token and not family.is_revoked:
                family.is_revoked = True
                return True
        return False

    def expire_all(self) -> int:
        """End every session but no refresh token; return how many."""
        count = len(self._sessions)
        self._sessions.clear()
        return count

    def revoke_all(self) -> int:
        """End everything given out; return how many families."""
        for family in self._families:
            family.is_revoked = True
        self._sessions.clear()
        return len(self._families)

    def _refreshed(self, family: Family, token: str) -> Issued:
        if not self._org.switches.refresh_rotates:
            return self._opened(family, None)
        family.used.add(token)
        family.refresh_token = f"5Aep861{secrets.token_urlsafe(48)}"
        return self._opened(family, family.refresh_token)

    def _opened(self, family: Family, refresh_token: str | None) -> Issued:
        access_token = f"{self._org.organization_id[:15]}!AQEA{secrets.token_urlsafe(64)}"
        session = Session(
            user_id=family.user_id,
            scopes=family.scopes,
            expires_at=self._org.clock.now() + timedelta(seconds=self._org.switches.session_s),
            family=family,
        )
        self._sessions[access_token] = session
        return Issued(access_token=access_token, refresh_token=refresh_token, session=session)

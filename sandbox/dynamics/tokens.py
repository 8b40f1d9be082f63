"""Codes and tokens that Entra ID gave out.

Source: Microsoft identity platform, authorization code flow, refresh tokens, client credentials.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sandbox._clock import Clock
from sandbox.dynamics.token_kinds import Access, Code, Refresh

CODE_S = 600
REFRESH_DAYS = 90


class Tokens:
    """Remembers what was given out."""

    def __init__(self, clock: Clock, *, seed: int) -> None:
        """Start without any."""
        self._clock, self._seed = clock, seed
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._random = Random(self._seed)
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Access] = {}
        self.refreshes: dict[str, Refresh] = {}

    def new_text(self, prefix: str, bits: int = 512) -> str:
        """Return a text nobody has."""
        return f"{prefix}{self._random.getrandbits(bits):x}"

    def new_code(self, *, redirect_uri: str, challenge: str, scopes: tuple[str, ...]) -> str:
        """Give out a code."""
        text = self.new_text("0.AXsA")
        until = self._clock.now() + timedelta(seconds=CODE_S)
        self.codes[text] = Code(redirect_uri=redirect_uri, challenge=challenge, scopes=scopes, expires_at=until)
        return text

    def take_code(self, text: str) -> Code | None:
        """Use a code up; ``None`` when it is unknown, used or too old."""
        code = self.codes.pop(text, None)
        return code if code is not None and code.expires_at > self._clock.now() else None

    def new_access(self, user_id: str, host: str) -> tuple[str, int]:
        """Give out an access token for 60 to 90 minutes; returns it with its seconds."""
        text = self.new_text("eyJ0eXAiOiJKV1Qi")
        seconds = self._random.randrange(3600, 5400)
        until = self._clock.now() + timedelta(seconds=seconds)
        self.access[text] = Access(user_id=user_id, host=host, expires_at=until)
        return text, seconds

    def new_refresh(self, user_id: str, host: str) -> str:
        """Give out a refresh token."""
        text = self.new_text("1.AXsA")
        until = self._clock.now() + timedelta(days=REFRESH_DAYS)
        self.refreshes[text] = Refresh(user_id=user_id, host=host, expires_at=until)
        return text

    def holder(self, text: str) -> Access | None:
        """Return whose access token it is, ``None`` when it is unknown or over."""
        found = self.access.get(text)
        return found if found is not None and found.expires_at > self._clock.now() else None

    def is_alive(self, refresh: Refresh) -> bool:
        """Tell whether a refresh token has been used within ninety days."""
        return refresh.expires_at > self._clock.now()

    def expire_all(self) -> int:
        """End all access tokens."""
        count = len(self.access)
        self.access.clear()
        return count

    def revoke_all(self) -> int:
        """End everything given out, as an administrator who revokes the sessions of all users does."""
        count = self.expire_all() + len(self.refreshes)
        self.refreshes.clear()
        self.codes.clear()
        return count

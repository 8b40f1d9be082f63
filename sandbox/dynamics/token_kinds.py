"""Codes and tokens, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Code:
    """One authorization code, good for one exchange."""

    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Access:
    """One access token: whose it is and for which resource."""

    user_id: str
    host: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Refresh:
    """One refresh token; using it gives another and leaves this one usable."""

    user_id: str
    host: str
    expires_at: datetime

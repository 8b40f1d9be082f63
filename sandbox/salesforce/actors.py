"""Who does something, and by which door."""

from __future__ import annotations

from dataclasses import dataclass

NEWEST_VERSION = "67.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The user behind a call, and the call's options.

    Attributes:
        by_api: false for a person in the screens; field-level security and read-only
            objects then do not stop the write.
        client: ``Sforce-Call-Options`` client; told in change events.
        auto_assign: whether assignment rules run.
        allow_duplicates: whether alerts of duplicate rules are overridden.
        began_s_ago: seconds since the transaction began; times written are that old.
    """

    user_id: str
    by_api: bool = True
    version: str = NEWEST_VERSION
    client: str | None = None
    auto_assign: bool = True
    allow_duplicates: bool = False
    began_s_ago: float = 0.0

    @property
    def change_origin(self) -> str:
        """How change events name the door this came through."""
        if not self.by_api:
            return f"com/salesforce/api/soap/{self.version};client=SfdcInternalAPI/"
        return f"com/salesforce/api/rest/{self.version}" + (f";client={self.client}" if self.client else "")

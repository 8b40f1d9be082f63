"""The simulated organisation, its people, its app and the secrets a client needs; all invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ZGID = "20098811734"
ORG_ID = "4150868000000225013"
CLIENT_ID = "1000.K9Q2ZT7V5MXH4B8NDR3C6WJ1FPLYAE"
CLIENT_SECRET = "7d1f0c93a2b84e65f0a7c2d98b3e416f5c0d2a97e1"
APP_NAME = "CRM Bridge (sandbox)"
COMPANY = "Orchard Row Trading (invented)"
CURRENCY = "USD"
TIME_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person of the organisation; ``time_zone`` decides how times are shown to them."""

    user_id: str
    first: str
    last: str
    email: str
    time_zone: str
    status: str = "active"
    is_admin: bool = False

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first} {self.last}"

    def as_lookup(self, *, email: bool = False) -> dict[str, Any]:
        """Return the person as records name them."""
        row: dict[str, Any] = {"name": self.name, "id": self.user_id}
        return row | {"email": self.email} if email else row

    def as_json(self) -> dict[str, Any]:
        """Return the person as the users API answers them."""
        profile = "Administrator" if self.is_admin else "Standard"
        return {
            "id": self.user_id,
            "first_name": self.first,
            "last_name": self.last,
            "full_name": self.name,
            "email": self.email,
            "status": self.status,
            "confirm": True,
            "time_zone": self.time_zone,
            "locale": "en_US",
            "role": {"name": "CEO" if self.is_admin else "Manager", "id": "4150868000000026005"},
            "profile": {"name": profile, "id": "4150868000000026011" if self.is_admin else "4150868000000026014"},
            "zuid": f"7{self.user_id[-7:]}",
            "type__s": "Regular User",
        }


USERS: tuple[User, ...] = (
    User(
        user_id="4150868000000225017",
        first="Ines",
        last="Integration",
        email="ines.integration@orchard-row.example",
        time_zone="Asia/Kolkata",
        is_admin=True,
    ),
    User(
        user_id="4150868000000225021",
        first="Rosa",
        last="Rep",
        email="rosa.rep@orchard-row.example",
        time_zone="America/New_York",
    ),
    User(
        user_id="4150868000000225025",
        first="Fay",
        last="Former",
        email="fay.former@orchard-row.example",
        time_zone="America/New_York",
        status="disabled",
    ),
)
"""The first is whom the app's tokens act as, the second clicks in the screens, the third has left."""

API_USER, PERSON = USERS[0], USERS[1]


def credentials(base_url: str) -> dict[str, Any]:
    """Return what a client needs to connect."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "authorize_url": f"{base_url}/oauth/v2/auth",
        "token_url": f"{base_url}/oauth/v2/token",
        "api_domain": base_url,
        "org_id": ZGID,
        "user_id": API_USER.user_id,
    }


def organisation() -> dict[str, Any]:
    """Return what ``GET /org`` answers."""
    return {
        "id": ORG_ID,
        "zgid": ZGID,
        "company_name": COMPANY,
        "primary_email": API_USER.email,
        "time_zone": TIME_ZONE,
        "currency": "US Dollar - USD",
        "currency_symbol": "$",
        "iso_code": CURRENCY,
        "country_code": "US",
        "mc_status": False,
        "license_details": {
            "paid": True,
            "paid_type": "enterprise",
            "users_license_purchased": 5,
            "portal_users_license_purchased": 0,
        },
    }

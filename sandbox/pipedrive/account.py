"""The one company that is imitated, its app and its people."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]

CLIENT_ID = "5c1e9a7d3b20f864"
CLIENT_SECRET = "a9d04e61b7c35f8821d6f0c49be73a5508e1274c"
API_TOKEN = "7e0c5b1a94d8f26e3b97a1c0d5f48e62b3a7c914"
COMPANY_ID = 8127344
COMPANY_NAME = "Harbour Lane Trading"
COMPANY_DOMAIN = "harbourlane"
HOST = "pd-sandbox.pipedrive.test"
ADMIN_ID = 17204401
SELLER_ID = 17204402
GONE_ID = 17204403
CURRENCY = "EUR"

SCOPES = (
    "base",
    "deals:full",
    "contacts:full",
    "activities:full",
    "leads:full",
    "users:read",
    "recents:read",
    "search:read",
    "contact-fields:full",
    "deal-fields:full",
    "admin",
)


def users() -> dict[int, JsonObject]:
    """Return the company's people at its start: an admin, a seller, and one who left."""
    people = [
        (ADMIN_ID, "Ines Ferreira", "ines.ferreira@harbourlane.example.com", True, True),
        (SELLER_ID, "Ola Nygaard", "ola.nygaard@harbourlane.example.com", True, False),
        (GONE_ID, "Tom Arden", "tom.arden@harbourlane.example.com", False, False),
    ]
    return {user_id: user_row(user_id, name, email, active, admin) for user_id, name, email, active, admin in people}


def user_row(user_id: int, name: str, email: str, active: bool, admin: bool) -> JsonObject:
    """Return a person as ``/v1/users`` lists them."""
    rights = [
        {"app": app, "admin": admin, "permission_set_id": f"{user_id:08d}-6a4d-4038-8352-abf3a8c1c8{place:02d}"}
        for place, app in enumerate(("sales", "global", "account_settings"))
    ]
    return {
        "id": user_id,
        "name": name,
        "default_currency": CURRENCY,
        "locale": "en_IE",
        "lang": 1,
        "email": email,
        "phone": None,
        "activated": True,
        "last_login": "2026-11-20 07:31:02",
        "created": "2025-02-03 09:16:26",
        "modified": "2026-11-20 07:31:02",
        "has_created_company": user_id == ADMIN_ID,
        "access": rights,
        "active_flag": active,
        "timezone_name": "Europe/Lisbon",
        "timezone_offset": "+00:00",
        "role_id": 1,
        "icon_url": None,
        "is_you": user_id == ADMIN_ID,
        "is_deleted": False,
        "is_admin": int(admin),
    }


def me(user: JsonObject) -> JsonObject:
    """Return what ``/v1/users/me`` adds to the token's own user."""
    return user | {
        "company_id": COMPANY_ID,
        "company_name": COMPANY_NAME,
        "company_domain": COMPANY_DOMAIN,
        "company_country": "PT",
        "company_industry": "Trade",
        "language": {"language_code": "en", "country_code": "IE"},
    }


def credentials(base_url: str) -> JsonObject:
    """Return what a client needs to connect."""
    return {
        "base_url": base_url,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "api_token": API_TOKEN,
        "company_id": COMPANY_ID,
        "company_domain": COMPANY_DOMAIN,
    }

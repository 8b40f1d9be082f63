"""The simulated account, its integration and the secrets a client needs; all invented."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

ACCOUNT_ID = 32_901_744
SUBDOMAIN = "lagoasolar"
CURRENCY = "BRL"
TIME_ZONE = "America/Sao_Paulo"
ADMIN_ID = 11_204_871
CLIENT_ID = "6f0f3a52-9a0f-4d58-8c7e-2b1d90e7c411"
CLIENT_SECRET = "k0mMoS4ndboxS3cretOf64Characters0000000000000000000000000000abcd"
INTEGRATION_NAME = "CRM Bridge (sandbox)"
SCOPES = ("crm", "notifications")


def host_of(base_url: str) -> str:
    """Return the host that stands for the account's own, as ``referer`` tells it."""
    return urlsplit(base_url).netloc


def account_details(base_url: str) -> dict[str, Any]:
    """Return what ``GET /api/v4/account`` answers."""
    return {
        "id": ACCOUNT_ID,
        "name": "Lagoa Solar",
        "subdomain": SUBDOMAIN,
        "created_at": 1_739_794_993,
        "created_by": 0,
        "updated_at": 1_739_794_993,
        "updated_by": 0,
        "current_user_id": ADMIN_ID,
        "country": "BR",
        "currency": CURRENCY,
        "currency_symbol": "R$",
        "_links": {"self": {"href": f"{base_url}/api/v4/account"}},
    }


def credentials(base_url: str, long_lived: str) -> dict[str, Any]:
    """Return what a client needs to connect to the account."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "account_id": ACCOUNT_ID,
        "subdomain": SUBDOMAIN,
        "domain": host_of(base_url),
        "authorize_url": f"{base_url}/oauth",
        "token_url": f"{base_url}/oauth2/access_token",
        "long_lived_token": long_lived,
    }

"""The simulated account, its app and the secrets a client needs; all invented."""

from __future__ import annotations

from typing import Any

PORTAL_ID = 148_201_733
USER_ID = 71_204_418
USER_EMAIL = "ada.admin@harbour-lane.example"
APP_ID = 9_412_077
APP_NAME = "CRM Bridge (sandbox)"
CLIENT_ID = "5b1f2c1e-7d54-4c0e-9d0a-3f6a1f0c2b11"
CLIENT_SECRET = "c3a7f0d2-1b6e-4e0c-8a55-6d2b9e7f4a90"
PRIVATE_APP_TOKEN = "pat-na1-2f9c8e11-64b5-4a7d-9b1d-0c5e7a3f8d26"
DEVELOPER_KEY = "na1-developer-8d31e0b4-52c7-4c1f-a9e6-7b0f4d2c9a15"
UTC_OFFSET_MS = -14_400_000

OBJECT_SCOPES = tuple(
    f"crm.objects.{kind}.{right}" for kind in ("contacts", "companies", "deals", "leads") for right in ("read", "write")
)
LEAD_SCOPES = ("crm.objects.leads.read", "crm.objects.leads.write")
"""Scopes that only an account with Sales Hub Professional or Enterprise can grant."""

SCHEMA_SCOPES = tuple(
    f"crm.schemas.{kind}.{right}" for kind in ("contacts", "companies", "deals") for right in ("read", "write")
)
SCOPES = ("oauth", *OBJECT_SCOPES, *SCHEMA_SCOPES, "crm.objects.owners.read", "sales-email-read", "tickets")


def account_details() -> dict[str, Any]:
    """Return what ``account-info`` answers."""
    return {
        "portalId": PORTAL_ID,
        "accountType": "STANDARD",
        "timeZone": "US/Eastern",
        "companyCurrency": "USD",
        "additionalCurrencies": [],
        "utcOffset": "-04:00",
        "utcOffsetMilliseconds": UTC_OFFSET_MS,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


def credentials(base_url: str) -> dict[str, Any]:
    """Return what a client needs to connect to the account."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "app_id": APP_ID,
        "portal_id": PORTAL_ID,
        "scopes": list(SCOPES),
        "authorize_url": f"{base_url}/oauth/authorize",
        "token_url": f"{base_url}/oauth/v3/token",
        "private_app_token": PRIVATE_APP_TOKEN,
        "developer_key": DEVELOPER_KEY,
    }

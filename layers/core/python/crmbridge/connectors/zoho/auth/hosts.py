"""Zoho's data centres: where people consent, and where the API lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from crmbridge.errors import RequestRejectedError

DEFAULT_HOST: Final = "accounts.zoho.com"

HOSTS: Mapping[str, str] = {
    "us": "accounts.zoho.com",
    "eu": "accounts.zoho.eu",
    "in": "accounts.zoho.in",
    "au": "accounts.zoho.com.au",
    "cn": "accounts.zoho.com.cn",
    "jp": "accounts.zoho.jp",
    "ca": "accounts.zohocloud.ca",
    "sa": "accounts.zoho.sa",
    "uk": "accounts.zoho.uk",
    "ae": "accounts.zoho.ae",
}
"""Accounts server by data centre. Source: Zoho CRM, multi-DC support."""

_API_ENDINGS = ("com", "eu", "in", "com.au", "com.cn", "jp", "ca", "sa", "uk", "ae")


def accounts_host(domain: str) -> str:
    """Return the accounts server of a data centre as a workspace names it; the default one for no name.

    Raises:
        RequestRejectedError: there is no such data centre.
    """
    told = domain.strip().lower().removeprefix("https://").strip("/. ")
    if not told:
        return DEFAULT_HOST
    found = HOSTS.get(told) or next((host for host in HOSTS.values() if told in (host, host[len("accounts.") :])), "")
    if not found:
        raise RequestRejectedError(
            f"Zoho has no data centre {told[:40]!r}", field="domain", next_step=f"use one of: {', '.join(HOSTS)}"
        )
    return found


def accounts_told(told: str) -> str:
    """Return the accounts server that a redirect named, where it is one of Zoho's; else nothing."""
    host = urlsplit(told).hostname or ""
    return f"https://{host}" if host in HOSTS.values() else ""


def is_api_host(base_url: str) -> bool:
    """Tell whether an address is one of Zoho's API hosts, over TLS."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    return url.scheme == "https" and any(host.endswith(f".zohoapis.{each}") for each in _API_ENDINGS)

"""Where an account lives: its host is all the name it has.

Source: clients in production.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from crmbridge.errors import RequestRejectedError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOSTS = (".myfreshworks.com", ".freshworks.com", ".freshsales.io")
_SUITE = "/crm/sales"
"""Where the new suite keeps the CRM; classic accounts have it at the host itself."""


def credentials(token: str) -> Mapping[str, str]:
    """Return the header that carries an API key."""
    return {"authorization": f"Token token={token}"}


def account_of(base_url: str) -> str:
    """Return the only name an account has: its host.

    Example:
        >>> account_of("https://Acme.myfreshworks.com/crm/sales")
        'acme.myfreshworks.com'
    """
    return urlsplit(base_url).netloc.lower()


def base_urls(domain: str) -> tuple[str, ...]:
    """Return where a domain's API can be, the likelier place first.

    Args:
        domain: a bare alias, a host, or an address with either in it.

    Raises:
        RequestRejectedError: no domain was named, or one that is not Freshworks' own.

    Example:
        >>> base_urls("acme"), base_urls("https://acme.freshsales.io/contacts")[0]
        (('https://acme.myfreshworks.com/crm/sales', 'https://acme.myfreshworks.com'), 'https://acme.freshsales.io')
    """
    named = domain.strip().lower()
    host = (urlsplit(named if "//" in named else f"//{named}").hostname or "") if named else ""
    host = f"{host}{_HOSTS[0]}" if _NAME.fullmatch(host) else host
    suffix = next((each for each in _HOSTS if host.endswith(each)), "")
    if not suffix or not _NAME.fullmatch(host.removesuffix(suffix)):
        raise RequestRejectedError(
            "Freshsales needs the account's own domain, such as acme.myfreshworks.com",
            field="domain",
            next_step="name the host you see in the browser when you are signed in to Freshsales",
        )
    paths = ("", _SUITE) if suffix == ".freshsales.io" else (_SUITE, "")
    return tuple(f"https://{host}{path}" for path in paths)

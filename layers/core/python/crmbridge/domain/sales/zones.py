"""Time zones by their IANA names."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from crmbridge.domain.sales.forms import Form
from crmbridge.errors import RequestRejectedError


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        RequestRejectedError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise RequestRejectedError(
            f"{name!r} is no time zone", field="zone", next_step="Use an IANA name such as America/Recife."
        ) from unknown


def read_zone(form: Form, name: str, *, default: str = "") -> str:
    """Return the name of a time zone that a workspace wrote."""
    given = form.text(name, default=default or None, most=60)
    try:
        zone(given)
    except RequestRejectedError:
        form.wrong(name, f"must be an IANA time zone such as America/Recife, not {given!r}")
        return "UTC"
    return given

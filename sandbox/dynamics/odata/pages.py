"""Tokens in page and delta links.

Source: Dataverse developer guide, page results; use change tracking to synchronize data with external systems.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.dynamics.errors import DataverseError, bad_query

_FORM = "%m/%d/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """Where a listing stands.

    Attributes:
        page: number of the page it leads to.
        query: what was asked for; a cookie of another query is refused.
        last: sort values and id of the row that the page before ended with.
        upto: the delta's end, 0 for a plain listing.
        since: the delta's beginning.
    """

    page: int
    query: str
    last: list[Any]
    upto: int = 0
    since: int = 0

    def text(self) -> str:
        """Return the value of ``$skiptoken``."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()


def cookie_of(text: str, *, query: str) -> Cookie:
    """Read a ``$skiptoken``.

    Raises:
        DataverseError: it is none, or one of another query.
    """
    try:
        found = Cookie(**json.loads(base64.urlsafe_b64decode(text.encode())))
    except (ValueError, TypeError):
        raise DataverseError("0x8004112a", "Invalid page number in paging cookie.") from None
    if found.query != query:
        raise DataverseError("0x80041129", "Order by columns do not match those in paging cookie.")
    return found


def delta_token(version: int, now: datetime) -> str:
    """Return the value of ``$deltatoken``.

    Example:
        >>> delta_token(919042, datetime(2017, 8, 22, 8, 10, 44, tzinfo=UTC))
        '919042!08/22/2017 08:10:44'
    """
    return f"{version}!{now.astimezone(UTC).strftime(_FORM)}"


def version_of(token: str, *, now: datetime, days: int, newest: int) -> int:
    """Return the version that a ``$deltatoken`` stands for.

    Raises:
        DataverseError: it is none, of the future, or older than the organization keeps deletions.
    """
    version, _, moment = token.partition("!")
    try:
        made_at = datetime.strptime(moment, _FORM).replace(tzinfo=UTC)
        number = int(version)
    except ValueError:
        raise bad_query("The delta token is not valid.") from None
    if number > newest or made_at > now + timedelta(minutes=5):
        raise bad_query("The delta token is not valid.")
    if now - made_at > timedelta(days=days):
        message = "Version stamp associated with the client has expired. Please perform a full sync."
        raise DataverseError("0x80044352", message)
    return number

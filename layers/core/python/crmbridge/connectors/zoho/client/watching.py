"""Notification channels: one of ours for each address, renewed before its week is over."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.client.calls import Calls, chunks
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row, row_error
from crmbridge.connectors.zoho.mapping import PLACES
from crmbridge.connectors.zoho.webhooks import token_for
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Subscription

WATCH = "/actions/watch"
LIFE = timedelta(days=7) - timedelta(minutes=10)
"""A week is the longest; anything longer is silently cut to one hour. Source: Zoho CRM, enable notifications."""

SOON = timedelta(days=2)
WATCHED = tuple(each for each in PLACES if not each.is_bare)
EVENTS = tuple(f"{each.module}.all" for each in WATCHED)
_PAGE = 200
_PAGES_MAX = 100
_NOTHING = frozenset({"NOT_SUBSCRIBED", "REQUIRED_PARAM_MISSING", "EXPECTED_PARAM_MISSING"})
"""Answers that say that there is no such channel, or that only a named one is told."""


class Watcher:
    """Sets notifications up for one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._catalogue = catalogue

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the channels of this app; where Zoho tells only of a channel that is named, that of an address."""
        listed = _joined(self._rows({}))
        known = {each.subscription_id for each in listed}
        return (*listed, *(each for each in self._of(url) if each.subscription_id not in known)) if url else listed

    def subscribe(
        self, url: str, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that a channel tells every change of some entities to an address for some days to come.

        Raises:
            FatalProviderError: Zoho refuses the channel, in its own words.
        """
        mine = self._of(url)
        events = [f"{each.module}.all" for each in WATCHED if entities is None or each.entity in entities]
        if any(_lasts(each, now) and set(EVENTS) & set(each.events) == set(events) for each in mine):
            return mine
        self._send("PUT" if mine else "POST", self._channel(_channel_id(url), url, now, events))
        return self._of(url)

    def unsubscribe(self, url: str) -> int:
        """End every channel of an address."""
        found = [each.subscription_id for each in self.subscriptions(url) if each.url == url]
        for some in chunks(found, 20):
            self._calls.send("DELETE", WATCH, "watch", params={"channel_ids": ",".join(some)})
        return len(found)

    def _of(self, url: str) -> tuple[Subscription, ...]:
        """Return our channel of an address."""
        rows = self._rows({"channel_id": _channel_id(url)})
        return tuple(each for each in _joined(rows) if each.url == url)

    def _channel(self, channel_id: str, url: str, now: datetime, events: Sequence[str]) -> dict[str, Any]:
        secret = urlsplit(url).path.rstrip("/").rpartition("/")[2]
        return {
            "channel_id": channel_id,
            "events": list(events),
            "channel_expiry": (now + LIFE).isoformat(timespec="seconds"),
            "token": token_for(str(self._catalogue.org().get("zgid") or ""), secret),
            "notify_url": url,
            "return_affected_field_values": False,
            "notify_on_related_action": False,
        }

    def _send(self, method: str, row: Mapping[str, Any]) -> None:
        rows = self._calls.send(method, WATCH, "watch", json={"watch": [row]})
        refused = next((each for each in rows if each.get("status") == "error"), None)
        if refused is not None and refused.get("code") == "NOT_SUBSCRIBED" and method == "PUT":
            self._send("POST", row)
        elif refused is not None:
            raise row_error(refused)

    def _rows(self, named: Mapping[str, str]) -> list[Row]:
        found: list[Row] = []
        for page in range(1, _PAGES_MAX):
            try:
                told = self._calls.get(WATCH, "watch", {**named, "page": page, "per_page": _PAGE})
            except FatalProviderError as error:
                if error.code in _NOTHING:
                    return found
                raise
            found += told.rows
            if not told.has_more:
                break
        return found


def _joined(rows: Sequence[Row]) -> tuple[Subscription, ...]:
    """Return channels out of rows of one module each."""
    found: dict[str, Subscription] = {}
    for row in rows:
        channel_id = str(row.get("channel_id") or "")
        held = found.get(channel_id)
        found[channel_id] = Subscription(
            subscription_id=channel_id,
            url=str(row.get("notify_url") or ""),
            events=tuple(sorted({*(held.events if held else ()), *_events(row)})),
            expires_at=values.moment(row.get("channel_expiry")),
        )
    return tuple(found[each] for each in sorted(found))


def _events(row: Row) -> Sequence[str]:
    """Return what a row is told; one that only names its module is told everything of it."""
    told = row.get("events")
    if isinstance(told, list) and told:
        return [str(each) for each in told]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    name = str(row.get("resource_name") or "")
    return [f"{name}.all"] if name else []


def _lasts(each: Subscription, now: datetime) -> bool:
    return each.is_active and (each.expires_at is None or each.expires_at - now > SOON)


def _channel_id(url: str) -> str:
    """Return a number of our own for an address: Zoho lets its callers choose."""
    return str(4_000_000_000 + zlib.crc32(url.encode()))

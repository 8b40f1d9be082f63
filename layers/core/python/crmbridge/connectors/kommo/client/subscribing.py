"""Webhooks, set up through the API: one subscription per URL, with all the codes it listens to."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.connectors.kommo.client.calls import Calls, Row
from crmbridge.connectors.kommo.client.errors import PROVIDER, RowsRefusedError, is_missing
from crmbridge.errors import FatalProviderError
from crmbridge.ports.rows import Subscription

CODES: tuple[str, ...] = (
    *(
        f"{verb}_{word}"
        for word in ("lead", "contact", "company")
        for verb in ("add", "update", "delete", "restore", "responsible", "note")
    ),
    "status_lead",
    "add_task",
    "delete_task",
    "responsible_task",
)
"""What we listen to. Source: Kommo, webhook reference."""

UNSURE = ("update_task",)
"""A code in no list of Kommo's, although its calls are documented; asked for, and done without when refused."""


class Subscriber:
    """Sets up webhooks of one account."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def subscriptions(self) -> tuple[Subscription, ...]:
        """List the webhooks of this account, switched-off ones included.

        Raises:
            FatalProviderError: Kommo lists one without its codes.
        """
        return tuple(_subscription(each) for each in self._rows())

    def subscribe(self, url: str) -> tuple[Subscription, ...]:
        """Make sure that every change is told to ``url``.

        A switched-off subscription, or one that lacks a code, is removed first: whether Kommo adds to the codes of a
        URL or replaces them is not documented.
        """
        held = [each for each in self.subscriptions() if each.url == url]
        if held and all(each.is_active and set(CODES) <= set(each.events) for each in held):
            return tuple(held)
        if held:
            self.unsubscribe(url)
        try:
            self._make(url, (*CODES, *UNSURE))
        except RowsRefusedError:
            self._make(url, CODES)
        return tuple(each for each in self.subscriptions() if each.url == url)

    def unsubscribe(self, url: str) -> int:
        """Remove the subscription that points to ``url``; tells how many there were."""
        count = sum(each.url == url for each in self.subscriptions())
        if count:
            try:
                self._calls.send("DELETE", "/webhooks", {"destination": url})
            except FatalProviderError as error:
                if not is_missing(error):
                    raise
        return count

    def _make(self, url: str, codes: Sequence[str]) -> None:
        self._calls.send("POST", "/webhooks", {"destination": url, "settings": list(codes), "sort": 10})

    def _rows(self) -> list[Row]:
        return self._calls.list("/webhooks", "webhooks", []).records


def _subscription(row: Row) -> Subscription:
    settings = row.get("settings")
    if not isinstance(settings, list):
        raise FatalProviderError("Kommo lists a webhook without its codes", provider=PROVIDER, code="UNKNOWN_SHAPE")
    return Subscription(
        subscription_id=str(row.get("id") or ""),
        url=str(row.get("destination") or ""),
        events=tuple(sorted(str(each) for each in settings)),  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        is_active=not row.get("disabled"),
    )

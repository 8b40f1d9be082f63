"""Webhooks, set up through the API: one subscription per URL, with all the codes it listens to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crmbridge.connectors.kommo.client.calls import Calls, Row
from crmbridge.connectors.kommo.client.errors import PROVIDER, RowsRefusedError, is_missing
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError
from crmbridge.ports.rows import Subscription

_VERBS = ("add", "update", "delete", "restore", "responsible")

CODES: Mapping[Entity, tuple[str, ...]] = {
    "deal": (*(f"{verb}_lead" for verb in _VERBS), "status_lead"),
    "contact": tuple(f"{verb}_contact" for verb in _VERBS),
    "company": tuple(f"{verb}_company" for verb in _VERBS),
    "activity": ("note_lead", "note_contact", "note_company", "add_task", "delete_task", "responsible_task"),
}
"""What we listen to. Source: Kommo, webhook reference."""

UNSURE: Mapping[Entity, tuple[str, ...]] = {"activity": ("update_task",)}
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

    def subscribe(self, url: str, entities: Collection[Entity] | None = None) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities, all by default, is told to ``url``.

        A switched-off subscription, or one with other codes, is removed first: whether Kommo adds to the codes of a
        URL or replaces them is not documented.
        """
        held = [each for each in self.subscriptions() if each.url == url]
        chosen = CODES.keys() if entities is None else entities
        codes, unsure = _codes(CODES, chosen), _codes(UNSURE, chosen)
        others = {*_codes(CODES, CODES), *_codes(UNSURE, UNSURE)} - {*codes, *unsure}
        if held and all(_is_right(each, codes, others) for each in held):
            return tuple(held)
        if held:
            self.unsubscribe(url)
        try:
            self._make(url, (*codes, *unsure))
        except RowsRefusedError:
            self._make(url, codes)
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


def _codes(table: Mapping[Entity, tuple[str, ...]], entities: Collection[Entity]) -> tuple[str, ...]:
    return tuple(code for entity, codes in table.items() if entity in entities for code in codes)


def _is_right(each: Subscription, codes: Collection[str], others: Collection[str]) -> bool:
    return each.is_active and set(codes) <= set(each.events) and not set(others) & set(each.events)


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

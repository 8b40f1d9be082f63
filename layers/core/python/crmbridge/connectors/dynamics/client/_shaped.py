"""Rows of one table with exactly the columns that the organization has, as observations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from crmbridge.connectors.dynamics.client._api import Row, below
from crmbridge.connectors.dynamics.client._connections import Connections
from crmbridge.connectors.dynamics.client._directory import Directory
from crmbridge.connectors.dynamics.client._errors import UNKNOWN_COLUMN
from crmbridge.connectors.dynamics.mapping.columns import names_to_read
from crmbridge.connectors.dynamics.mapping.departed import unreadable
from crmbridge.connectors.dynamics.mapping.observing import observe
from crmbridge.connectors.dynamics.mapping.places import Place
from crmbridge.domain.records import Observation, Unreadable
from crmbridge.errors import FatalProviderError

T = TypeVar("T")

LIVE = "(merged eq false or merged eq null)"
"""A row that was merged away is only switched off."""


class Rows:
    """Selects and understands rows."""

    def __init__(self, directory: Directory, connections: Connections) -> None:
        self._directory, self._connections = directory, connections

    def select(self, place: Place) -> str:
        """Return a table's ``$select``."""
        return ",".join(names_to_read(self._directory.facts(place)))

    def path(self, place: Place, *conditions: str, order: str = "", live: bool = True) -> str:
        """Return the path of a query."""
        every = [each for each in (*conditions, LIVE if live and place.merges else "") if each]
        params = {"$select": self.select(place)}
        params |= {"$filter": " and ".join(every)} if every else {}
        params |= {"$orderby": order} if order else {}
        return below(place.set_name, params)

    def with_shape(self, place: Place, call: Callable[[], T]) -> T:
        """Make a call, and once more with the table's columns read anew if one of them is no more.

        Raises:
            ProviderError: as the call does.
        """
        try:
            return call()
        except FatalProviderError as error:
            if error.code not in UNKNOWN_COLUMN:
                raise
            before = self._directory.schema(place)
            self._directory.forget_shape(place)
            if self._directory.schema(place) == before:
                raise
            return call()

    def observations(self, place: Place, rows: Sequence[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, and those that could not be understood."""
        self._directory.refresh_for(rows)
        facts = self._directory.facts(place)
        contacts: Mapping[str, tuple[str, ...]] = {}
        if place.entity == "deal" and rows:
            contacts = self._connections.contacts_of([str(row[place.key]).lower() for row in rows])
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good.append(observe(row, facts, contacts=contacts.get(str(row.get(place.key)).lower(), ())))
            except ValueError as error:
                bad.append(unreadable(row, place, error))
        return good, bad

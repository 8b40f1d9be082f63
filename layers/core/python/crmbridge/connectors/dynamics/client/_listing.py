"""Listings: every table of an entity in turn, page by page along the vendor's own links."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import Answer, Api, below
from crmbridge.connectors.dynamics.client._reading import Reader
from crmbridge.connectors.dynamics.client._shaped import Rows
from crmbridge.connectors.dynamics.mapping.observing import target_of
from crmbridge.connectors.dynamics.mapping.places import BY_TABLE, Place, places
from crmbridge.domain.records import Entity, Observation
from crmbridge.ports import Page

_CONNECTIONS = "connection"
_SIZE = CONNECTOR.limits.list_page


class Lister:
    """Lists rows of one organization."""

    def __init__(self, api: Api, rows: Rows, reader: Reader) -> None:
        self._api, self._shaped, self._reader = api, rows, reader

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by table and id."""
        return self._listed(entity, cursor, lambda place: self._shaped.path(place, order=f"{place.key} asc"))

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of live records changed at or after a moment.

        An opportunity's own time does not move when a contact is connected, so those come first.
        """
        if entity == "deal":
            page = self._connected(since, cursor)
            if page is not None:
                return page
            cursor = None if cursor is None or cursor_of(cursor)[0] == _CONNECTIONS else cursor

        def path(place: Place) -> str:
            condition = f"modifiedon ge {query.moment(since)}"
            return self._shaped.path(place, condition, order=f"modifiedon asc,{place.key} asc")

        return self._listed(entity, cursor, path)

    def _listed(self, entity: Entity, cursor: str | None, first: Callable[[Place], str]) -> Page[Observation]:
        """Return one page; tables that have nothing to tell take none."""
        tables = list(places(entity))
        table, path = cursor_of(cursor) if cursor else (tables[0].table, "")
        number = tables.index(BY_TABLE[table])
        while True:
            place = tables[number]
            answer = self._page(place, path, first)
            is_last = number + 1 == len(tables)
            following = "" if is_last else cursor_text(tables[min(number + 1, len(tables) - 1)].table, "")
            if answer.following is not None:
                following = cursor_text(place.table, answer.following)
            if answer.rows or not following:
                good, bad = self._shaped.observations(place, answer.rows)
                return Page(tuple(good), following or None, tuple(bad), answer.server_time)
            number, path = (number, answer.following) if answer.following else (number + 1, "")

    def _page(self, place: Place, path: str, first: Callable[[Place], str]) -> Answer:
        if path:
            return self._api.page(path, size=_SIZE)
        return self._shaped.with_shape(place, lambda: self._api.page(first(place), size=_SIZE))

    def _connected(self, since: datetime, cursor: str | None) -> Page[Observation] | None:
        """Return the deals that got a contact; ``None`` when there are no more of them."""
        table, path = cursor_of(cursor) if cursor else (_CONNECTIONS, "")
        if table != _CONNECTIONS:
            return None
        params = {
            "$select": "connectionid,_record1id_value,modifiedon",
            "$filter": f"modifiedon ge {query.moment(since)} and statecode eq 0",
            "$orderby": "modifiedon asc,connectionid asc",
        }
        answer = self._api.page(path or below("connections", params), size=_SIZE)
        targets = {target_of(row, "record1id") for row in answer.rows}
        ids = sorted(row_id for name, row_id in targets if name == "opportunity")
        if not ids and answer.following is None:
            return None
        found = self._reader.read("deal", ids)
        ordered = sorted(found.found.values(), key=lambda each: (each.modified_at or since, each.external_id))
        following = cursor_text(_CONNECTIONS, answer.following) if answer.following else cursor_text("opportunity", "")
        return Page(tuple(ordered), following, tuple(found.unreadable.values()), answer.server_time)


def cursor_text(table: str, path: str) -> str:
    """Return a cursor."""
    return json.dumps([table, path], separators=(",", ":"))


def cursor_of(cursor: str) -> tuple[str, str]:
    """Return the table and the path of a cursor; an empty path is the table's first page."""
    table, path = json.loads(cursor)
    return str(table), str(path)

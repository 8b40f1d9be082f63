"""What is gone: rows that were merged away, and deletions out of change tracking.

A delta link begins with the version of the database at a moment; as nobody keeps links for us between two runs, the
link of a moment is made of the versions of rows that had not changed since.
Source: Dataverse developer guide, use change tracking to synchronize data with external systems.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import Answer, Api, below
from crmbridge.connectors.dynamics.client._errors import DELTA_EXPIRED, NOT_TRACKED, PROVIDER
from crmbridge.connectors.dynamics.client._listing import cursor_of, cursor_text
from crmbridge.connectors.dynamics.mapping.departed import gone_of
from crmbridge.connectors.dynamics.mapping.places import BY_TABLE, Place, places, row_id_of
from crmbridge.domain.records import Entity, Gone
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page

_SIZE = CONNECTOR.limits.list_page
_ELDERS = 50
"""Rows whose lowest version marks a moment; single ones may have got a version since without a change of time."""

_DELETED = "deleted:"
_DAYS = 7


class Departures:
    """Lists what is gone of one organization."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._days: int | None = None

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of rows merged away or deleted at or after a moment."""
        phases = list(_phases(entity))
        phase, path = cursor_of(cursor) if cursor else (phases[0], "")
        number = phases.index(phase)
        while True:
            phase = phases[number]
            answer = self._page(phase, path, since)
            items = self._still_gone(phase, tuple(_items(phase, answer)))
            following = cursor_text(phases[number + 1], "") if number + 1 < len(phases) else ""
            if answer.following is not None:
                following = cursor_text(phase, answer.following)
            if items or not following:
                return Page(items, following or None, server_time=answer.server_time)
            number, path = (number, answer.following) if answer.following else (number + 1, "")

    def _page(self, phase: str, path: str, since: datetime) -> Answer:
        if path:
            return self._api.page(path, size=_SIZE)
        if phase.startswith(_DELETED):
            return self._first_deletions(BY_TABLE[phase.removeprefix(_DELETED)], since)
        place = BY_TABLE[phase]
        params = {
            "$select": f"{place.key},merged,_masterid_value,modifiedon",
            "$filter": f"merged eq true and modifiedon ge {query.moment(since)}",
            "$orderby": f"modifiedon asc,{place.key} asc",
        }
        return self._api.page(below(place.set_name, params), size=_SIZE)

    def _still_gone(self, phase: str, items: tuple[Gone, ...]) -> tuple[Gone, ...]:
        """Return what is not there any more: people restore rows under their old ids, and a link may reach back far."""
        if not items or not phase.startswith(_DELETED):
            return items
        place = BY_TABLE[phase.removeprefix(_DELETED)]
        ids = [row_id_of(place, each.external_id) for each in items]
        rows = self._api.every(below(place.set_name, {"$select": place.key, "$filter": query.one_of(place.key, ids)}))
        alive = {place.external_id(str(row[place.key])) for row in rows}
        return tuple(each for each in items if each.external_id not in alive)

    def _first_deletions(self, place: Place, since: datetime) -> Answer:
        """Return the first page of a delta; empty where changes of the table are not tracked.

        Raises:
            FatalProviderError: even the shortest delta is expired.
        """
        params = {
            "$select": f"{place.key},versionnumber",
            "$filter": f"modifiedon lt {query.moment(since)}",
            "$orderby": "modifiedon desc",
            "$top": str(_ELDERS),
        }
        elders = self._api.page(below(place.set_name, params), size=_SIZE)
        now = elders.server_time
        if now is not None and since > now + timedelta(seconds=1):
            return Answer((), None, now)
        version = min((int(row["versionnumber"]) for row in elders.rows), default=1)
        for moment in self._moments(since, now):
            token = f"{version}!{moment.strftime('%m/%d/%Y %H:%M:%S')}"
            try:
                return self._api.page(below(place.set_name, {"$select": place.key, "$deltatoken": token}), size=_SIZE)
            except FatalProviderError as error:
                if error.code == NOT_TRACKED:
                    return Answer((), None, now)
                if error.code != DELTA_EXPIRED:
                    raise
        raise FatalProviderError(
            "change tracking keeps no deletions of the last hour", provider=PROVIDER, code=DELTA_EXPIRED
        )

    def _moments(self, since: datetime, now: datetime | None) -> Iterator[datetime]:
        """Yield the moments to try: the wanted one or the oldest that is kept, and later ones if that is refused."""
        if now is None:
            yield since
            return
        yield max(since, now - timedelta(days=self._kept_days()) + timedelta(hours=1))
        yield max(since, now - timedelta(days=1) + timedelta(hours=1))
        yield max(since, now - timedelta(hours=1))

    def _kept_days(self) -> int:
        """Return for how many days the organization keeps deletions."""
        if self._days is None:
            rows = self._api.every(below("organizations", {"$select": "expirechangetrackingindays"}))
            self._days = int((rows[0].get("expirechangetrackingindays") if rows else 0) or _DAYS)
        return self._days


def _phases(entity: Entity) -> Iterator[str]:
    for place in places(entity):
        if place.merges:
            yield place.table
        yield f"{_DELETED}{place.table}"


def _items(phase: str, answer: Answer) -> Iterator[Gone]:
    place = BY_TABLE[phase.removeprefix(_DELETED)]
    for row in answer.rows:
        if not phase.startswith(_DELETED):
            merged = gone_of(row, place)
            if merged is not None:
                yield merged
        elif row.get("reason") == "deleted" or str(row.get("@odata.context", "")).endswith("/$deletedEntity"):
            yield Gone(place.external_id(str(row["id"])))

"""Records, changes and deletions, page by page.

Whole listings follow Zoho's pages, two thousand records by number and then by token. How a token counts is not
documented: were it by position, a deletion between two pages would hide a record. So the pages are held against the
query language, ten at a time, which tells what lies between each and the page before. A token that has ended, or a
hundred thousand records, and the query language alone goes on behind the last id. Changes are walked through by
(time, id). Notes, which no query reads, have a walk of their own in ``notes``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.client import coql
from crmbridge.connectors.zoho.client.calls import Calls, Told, field_params, stuck
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row
from crmbridge.connectors.zoho.client.notes import Notes, Window
from crmbridge.connectors.zoho.client.reading import FIELDS_MAX, Reader
from crmbridge.connectors.zoho.mapping import Place, converted, fields_to_read, places_of
from crmbridge.domain.records import Entity, Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page

PAGE = 200
_GAPS_MAX = 10
"""Gaps between pages that one query looks into: two conditions each, of the 25 that a query may have."""

Gap = tuple[str, str]
"""The ids on both sides."""

_ENDED = frozenset(
    {"EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH", "PAGINATION_LIMIT_EXCEEDED", "DISCRETE_PAGINATION_LIMIT_EXCEEDED"}
)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a listing goes on.

    Attributes:
        module: place in the entity's modules.
        last_id: the last record seen there.
        token: Zoho's own place, empty to begin or when the query language goes on.
        at: modified time of the last change seen, ISO 8601.
        by_query: the query language alone goes on.
        gaps: between pages that were read, not looked into yet.
        seen: notes seen of the second ``at``.
    """

    module: int = 0
    last_id: str = ""
    token: str = ""
    at: str = ""
    by_query: bool = False
    page: int = 1
    gaps: tuple[Gap, ...] = ()
    seen: Sequence[str] = ()

    def text(self) -> str:
        """Return the cursor."""
        told = [self.module, self.last_id, self.token, self.at, self.by_query, self.page, self.gaps, self.seen]
        return json.dumps(told, separators=(",", ":"))


class Lister:
    """Lists records of one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, notes: Notes) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._notes = notes

    def list_all(self, entity: Entity, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        places, spot = places_of(entity), _spot(cursor)
        while True:
            place = places[spot.module]
            told, rows, following = self._noted(None, spot) if place.is_bare else self._all(place, spot)
            page = self._observed(place, rows, told)
            spot = following or _Spot(spot.module + 1)
            if spot.module >= len(places):
                return page
            if page.items or page.unreadable:
                return replace(page, next_cursor=spot.text())

    def list_changed(self, entity: Entity, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, oldest change first."""
        places, spot = places_of(entity), _spot(cursor)
        while True:
            place = places[spot.module]
            told, rows, following = self._changes(place, since, spot)
            page = self._observed(place, rows, told)
            page = replace(page, items=tuple(sorted(page.items, key=_by_change)))
            spot = following or _Spot(spot.module + 1)
            if spot.module >= len(places):
                return page
            if page.items or page.unreadable:
                return replace(page, next_cursor=spot.text())

    def list_gone(self, entity: Entity, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted, or leads converted, at or after a moment."""
        places, spot = [each for each in places_of(entity) if not each.is_bare], _spot(cursor)
        while True:
            place = places[spot.module]
            gone, has_more, server_time = self._reader.gone_page(place, since, spot.page)
            items = [each for each in gone if each.at is None or each.at >= since]
            spot = replace(spot, page=spot.page + 1) if has_more else _Spot(spot.module + 1)
            if place.module == "Leads" and not has_more:
                items += self._converted(place, since)
            if spot.module >= len(places):
                return Page(tuple(items), None, (), server_time)
            if items:
                return Page(tuple(items), spot.text(), (), server_time)

    # ------------------------------------------------------------------------------------- changes

    def _changes(self, place: Place, since: datetime, spot: _Spot) -> tuple[Told, list[Row], _Spot | None]:
        if place.is_bare:
            return self._noted(since, spot)
        told = self._calls.query(_changed(place, since, spot))
        rows = self._reader.rows(place, [str(each["id"]) for each in told.rows])
        return told, rows, _behind(place, told, spot)

    def _noted(self, since: datetime | None, spot: _Spot) -> tuple[Told, list[Row], _Spot | None]:
        """Return one page of notes, by modified time."""
        told, rows, window = self._notes.page(since, Window(spot.at, spot.seen, spot.token))
        following = window and _Spot(spot.module, at=window.at, seen=window.seen, token=window.token)
        return told, rows, following

    # ------------------------------------------------------------------------------------- whole listings

    def _all(self, place: Place, spot: _Spot) -> tuple[Told, list[Row], _Spot | None]:
        """Return an answer, its rows with those it jumped over, and where to go on."""
        if spot.by_query:
            return self._by_query(place, spot)
        try:
            told = self._listed(place, spot)
        except FatalProviderError as error:
            if error.code in _ENDED or (spot.token and error.code == "INVALID_DATA"):
                return self._by_query(place, replace(spot, token="", by_query=True))
            raise
        rows, gaps = list(told.rows), spot.gaps
        if spot.last_id and rows:
            gaps = (*gaps, (spot.last_id, str(rows[0]["id"])))
        last_id, token = str(rows[-1]["id"]) if rows else spot.last_id, str(told.info.get("next_page_token") or "")
        if told.has_more and (not rows or token == spot.token or int(last_id) <= int(spot.last_id or 0)):
            raise stuck(place.module)
        if len(gaps) >= _GAPS_MAX or not told.has_more:
            rows, gaps = self._reader.rows(place, self._between(place, gaps)) + rows, ()
        if not told.has_more:
            return told, rows, None
        return told, rows, replace(spot, last_id=last_id, token=token, by_query=not token, gaps=gaps)

    def _listed(self, place: Place, spot: _Spot) -> Told:
        names = fields_to_read(place, self._catalogue.lexicon(place, with_owners=False))
        if len(names) > FIELDS_MAX:
            raise FatalProviderError("too many fields for a listing", provider="zoho", code="EXPIRED_VALUE")
        params = field_params(names, sort_by="id", sort_order="asc", per_page=PAGE)
        if spot.token:
            params["page_token"] = spot.token
        return self._calls.get(f"/{place.module}", "data", params)

    def _between(self, place: Place, gaps: Sequence[Gap]) -> list[str]:
        """Return the ids that pages have jumped over."""
        found: list[str] = []
        while gaps:
            within = [f"((id > {coql.text(low)}) and (id < {coql.text(high)}))" for low, high in gaps]
            told = self._calls.query(coql.select(place.module, coql.either(within), columns="id"))
            found += [str(each["id"]) for each in told.rows]
            if not told.has_more or not told.rows:
                break
            last = int(found[-1])
            gaps = [(str(max(int(low), last)), high) for low, high in gaps if int(high) > last]
        return found

    def _by_query(self, place: Place, spot: _Spot) -> tuple[Told, list[Row], _Spot | None]:
        where = f"(id > {coql.text(spot.last_id or '0')})"
        told = self._calls.query(coql.select(place.module, where, columns="id"))
        ids = [str(each["id"]) for each in told.rows]
        rows = self._reader.rows(place, [*self._between(place, spot.gaps), *ids])
        if not told.has_more or not ids:
            return told, rows, None
        if int(ids[-1]) <= int(spot.last_id or 0):
            raise stuck(place.module)
        return told, rows, replace(spot, last_id=ids[-1], gaps=())

    def _observed(self, place: Place, rows: Sequence[Row], told: Told) -> Page[Observation]:
        good, bad, _ = self._reader.observe(place, rows)
        return Page(tuple(good), None, tuple[Unreadable, ...](bad), told.server_time)

    def _converted(self, place: Place, since: datetime) -> list[Gone]:
        """Return the leads converted since a moment: hidden from other listings, they have one of their own."""
        params = field_params(
            ("Converted__s", "Converted_Contact", "Modified_Time"),
            converted="true", sort_by="Modified_Time", sort_order="asc", per_page=PAGE,
        )  # fmt: skip
        found: list[Gone] = []
        while True:
            told = self._calls.get(f"/{place.module}", "data", params, since=since.isoformat(timespec="seconds"))
            found += [each for row in told.rows if (each := converted(row)) is not None]
            if not told.has_more:
                return found
            token = str(told.info.get("next_page_token") or "")
            if not token or token == params.get("page_token"):
                raise stuck(place.module)
            params["page_token"] = token


def _spot(cursor: str | None) -> _Spot:
    return _Spot(*json.loads(cursor)) if cursor else _Spot()


def _since(since: datetime, spot: _Spot) -> str:
    if not spot.at:
        return f"(Modified_Time >= {coql.moment(since)})"
    at = f"'{spot.at}'"
    return f"((Modified_Time > {at}) or ((Modified_Time = {at}) and (id > {coql.text(spot.last_id)})))"


def _changed(place: Place, since: datetime, spot: _Spot) -> str:
    return coql.select(place.module, _since(since, spot), order="Modified_Time asc, id asc")


def _behind(place: Place, told: Told, spot: _Spot) -> _Spot | None:
    """Return the spot behind an answer's last row, ``None`` when it was the last page."""
    if not told.has_more or not told.rows:
        return None
    last = told.rows[-1]
    at = values.moment(last.get("Modified_Time"))
    following = replace(spot, last_id=str(last["id"]), at="" if at is None else at.isoformat(timespec="seconds"))
    if following == spot or not following.at:
        raise stuck(place.module)
    return following


def _by_change(seen: Observation) -> tuple[str, int, str]:
    return seen.version.partition("#")[0], len(seen.external_id), seen.external_id

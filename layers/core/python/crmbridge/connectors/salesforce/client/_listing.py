"""Listings by keyset: every page's query names where the one before it ended, so that no server cursor can die."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Answer, Api, Row, stuck
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._reading import READ_MAX, gone_of, gone_select
from crmbridge.connectors.salesforce.client._shaped import Rows
from crmbridge.connectors.salesforce.mapping.ids import Kept, id18
from crmbridge.connectors.salesforce.mapping.observing import ROLES
from crmbridge.domain.records import Gone, Observation
from crmbridge.ports import Page

_ROLE_SELECT = "SELECT Id, OpportunityId, SystemModstamp FROM OpportunityContactRole"
_CONVERTED_SELECT = "SELECT Id, ConvertedContactId, SystemModstamp FROM Lead"

Phase = Literal["rows", "roles", "converted"]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listing stands.

    Attributes:
        phase: which of the listing's queries.
        at: literal of the time that the page before ended with; empty at the beginning.
        record_id: id that the page before ended with.
    """

    phase: Phase = "rows"
    at: str = ""
    record_id: str = ""

    def text(self) -> str:
        return json.dumps([self.phase, self.at, self.record_id], separators=(",", ":"))


def _place(cursor: str) -> _Place:
    phase, at, record_id = json.loads(cursor)
    return _Place(phase, at, record_id)


class Lister:
    """Lists rows of one org."""

    def __init__(self, api: Api, directory: Directory, rows: Rows) -> None:
        self._api = api
        self._directory = directory
        self._shaped = rows
        self._size = CONNECTOR.limits.list_page

    def list_all(self, entity: Kept, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        after = "" if cursor is None else _place(cursor).record_id
        live = self._shaped.live(entity)
        conditions = [f"Id > {soql.text(after)}"] if after else []
        where = " AND ".join([*conditions, *([live] if live else [])])
        tail = f"{' WHERE ' + where if where else ''} ORDER BY Id LIMIT {self._size}"
        page = self._shaped.with_shape(entity, lambda: self._api.page(self._shaped.select(entity) + tail))
        last = _Place(record_id=page.rows[-1]["Id"]) if self._has_more(page) else None
        return self._observed(entity, page, page.rows, last, cursor)

    def list_changed(self, entity: Kept, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of live records changed at or after a moment.

        An opportunity's own time does not move when its contacts change, so those that had such changes come first.
        """
        has_roles = entity == "deal" and ROLES in self._directory.schema("deal").children
        place = _Place("roles" if has_roles else "rows") if cursor is None else _place(cursor)
        if place.phase == "roles":
            page = self._page(_ROLE_SELECT, "", since, place, include_deleted=True)
            if page.rows:
                following = self._following(page, place) or _Place("rows")
                ids = sorted({id18(row["OpportunityId"]) for row in page.rows})
                return self._observed("deal", page, self._deals(ids), following, cursor)
            place = _Place("rows")
        page = self._shaped.with_shape(
            entity, lambda: self._page(self._shaped.select(entity), self._shaped.live(entity), since, place)
        )
        return self._observed(entity, page, page.rows, self._following(page, place), cursor)

    def list_gone(self, entity: Kept, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deleted and merged records, and for leads then of the converted ones."""
        place = _Place() if cursor is None else _place(cursor)
        if place.phase == "converted":
            page = self._page(_CONVERTED_SELECT, "IsConverted = true", since, place)
            items = [Gone(id18(row["Id"]), str(row.get("ConvertedContactId") or ""), _time(row)) for row in page.rows]
            following = self._following(page, place)
        else:
            page = self._page(gone_select(entity), "IsDeleted = true", since, place, include_deleted=True)
            items = [gone_of(row) for row in page.rows]
            following = self._following(page, place) or (_Place("converted") if entity == "lead" else None)
        next_cursor = _advanced(following, cursor)
        return Page(tuple(items), next_cursor, server_time=page.server_time)

    def _deals(self, ids: list[str]) -> tuple[Row, ...]:
        rows: list[Row] = []
        for start in range(0, len(ids), READ_MAX):
            condition = soql.one_of("Id", ids[start : start + READ_MAX])
            rows += self._shaped.with_shape(
                "deal",
                lambda condition=condition: self._api.every(f"{self._shaped.select('deal')} WHERE {condition}"),
            )
        return tuple(sorted(rows, key=lambda row: (str(row["SystemModstamp"]), str(row["Id"]))))

    def _page(
        self, select: str, condition: str, since: datetime, place: _Place, *, include_deleted: bool = False
    ) -> Answer:
        """Return the rows that follow a place, oldest first; the earliest second is read in full again."""
        at = place.at or soql.moment(since)
        conditions = [f"SystemModstamp >= {at}"]
        if place.record_id:
            conditions.append(f"(SystemModstamp > {at} OR Id > {soql.text(place.record_id)})")
        if condition:
            conditions.append(condition)
        where = " AND ".join(conditions)
        query = f"{select} WHERE {where} ORDER BY SystemModstamp, Id LIMIT {self._size}"
        return self._api.page(query, include_deleted=include_deleted)

    def _has_more(self, page: Answer) -> bool:
        return bool(page.rows) and (page.next_url is not None or len(page.rows) >= self._size)

    def _following(self, page: Answer, place: _Place) -> _Place | None:
        if not self._has_more(page):
            return None
        last = page.rows[-1]
        at = values.moment(last["SystemModstamp"])
        return None if at is None else _Place(place.phase, soql.moment(at), id18(last["Id"]))

    def _observed(
        self, entity: Kept, page: Answer, rows: tuple[Row, ...], following: _Place | None, cursor: str | None
    ) -> Page[Observation]:
        next_cursor = _advanced(following, cursor)
        found, bad = self._shaped.observations(entity, rows)
        return Page(found, next_cursor, bad, page.server_time)


def _advanced(following: _Place | None, cursor: str | None) -> str | None:
    """Return the next cursor.

    Raises:
        FatalProviderError: it is the one the page was asked for with.
    """
    if following is None:
        return None
    text = following.text()
    if text == cursor:
        raise stuck(text)
    return text


def _time(row: Mapping[str, str]) -> datetime | None:
    return values.moment(row.get("SystemModstamp"))

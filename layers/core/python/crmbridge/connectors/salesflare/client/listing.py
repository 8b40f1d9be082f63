"""Listings: pages by offset over records in the order of their ids, so that none is lost between two pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.client.calls import PAGE, Calls, Rows
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import stuck
from crmbridge.connectors.salesflare.client.reading import Reader, gone_of, shows
from crmbridge.connectors.salesflare.mapping.observing import Row
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Gone, Observation
from crmbridge.ports import Page

MARGIN = timedelta(days=1)
"""Slack of a filter by modified time: whether it compares days or moments, and in whose zone, is not published."""

_OVERLAP = 1
"""Rows that a page shares with the one before it; if it shares none, rows before it have vanished meanwhile. More
would spare a call where something has, and cost one in a hundred calls each."""

_CAPS = frozenset({10, 20, 25, 50})
"""Lengths of a page that may be a cap nobody has published rather than the end: one more page is asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing goes on.

    Attributes:
        offset: rows before the next page as the vendor counts them.
        last_id: the highest id seen, 0 at the start; -1 when rows came in another order than asked for.
    """

    offset: int = 0
    last_id: int = 0

    def text(self) -> str:
        """Return the cursor."""
        return json.dumps([self.offset, self.last_id], separators=(",", ":"))


class Lister:
    """Lists records of one team."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader

    def list_all(self, rule: ObjectRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        told, following = self.page(f"/{rule.path}", shows(rule, archived=False), cursor)
        good, bad = self._reader.observe(rule, [row for row in told.rows if not row.get("archived")])
        return Page(tuple(good), following, tuple(bad), told.server_time)

    def list_changed(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment.

        Where no filter by modified time is offered, every record is passed through.
        """
        query = [*shows(rule, archived=False), *self._modified(rule, since)]
        told, following = self.page(f"/{rule.path}", query, cursor)
        good, bad = self._reader.observe(rule, [row for row in told.rows if not row.get("archived")])
        found = [each for each in good if each.modified_at is None or each.modified_at >= since]
        found.sort(key=lambda each: (each.version.zfill(20), each.external_id))
        return Page(tuple(found), following, tuple(bad), told.server_time)

    def list_gone(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of archived records changed at or after a moment; none where nothing is archived."""
        if not rule.hides_deleted:
            return Page((), None)
        told, following = self.page(f"/{rule.path}", [*shows(rule), *self._modified(rule, since)], cursor)
        archived = [row for row in told.rows if row.get("archived")]
        items = tuple(gone_of(row) for row in archived if _is_since(row, since))
        return Page(items, following, (), told.server_time)

    # ------------------------------------------------------------------------------------- pages

    def page(
        self, path: str, query: Sequence[tuple[str, str]], cursor: str | None, *, size: int = PAGE
    ) -> tuple[Rows, str | None]:
        """Return one page of rows that were not on the pages before, and the next cursor.

        A deletion moves every row behind it to a lower offset. So each page begins a few rows before the end of
        the last one; if its first row is a stranger, the listing goes back until it meets a row it knows.

        Raises:
            FatalProviderError: the page is one that was read already.
        """
        place = Place(*json.loads(cursor)) if cursor else Place()
        told, begin = self._meet(path, query, place, size)
        ids = [_id(row) for row in told.rows]
        sorted_so_far = place.last_id >= 0 and ids == sorted(ids)
        fresh = [row for row in told.rows if not sorted_so_far or _id(row) > place.last_id]
        whole = len(ids) == size
        if whole and sorted_so_far and not fresh:
            raise stuck(path)
        if not whole and (len(ids) not in _CAPS or not fresh):
            return replace(told, rows=tuple(fresh)), None
        last_id = ids[-1] if sorted_so_far else -1
        return replace(told, rows=tuple(fresh)), Place(begin + len(ids), last_id).text()

    def _meet(self, path: str, query: Sequence[tuple[str, str]], place: Place, size: int) -> tuple[Rows, int]:
        """Read the page at a place, farther back as long as it does not join what was read before."""
        back = _OVERLAP
        while True:
            begin = max(place.offset - back, 0) if place.last_id > 0 else place.offset
            where = [("order_by", "id"), ("limit", str(size)), ("offset", str(begin))]
            told = self._calls.rows(path, [*query, *where])
            joins = bool(told.rows) and _id(told.rows[0]) <= place.last_id
            if joins or begin == 0 or place.last_id <= 0:
                return told, begin
            back *= 4

    def _modified(self, rule: ObjectRule, since: datetime) -> list[tuple[str, str]]:
        """Return the query that leaves out what has not changed lately; empty when the vendor offers none."""
        moment = values.moment_text(since - MARGIN).replace("Z", ".000Z")
        if rule.entity == "contact":
            return [("modification_after", moment)]
        return self.modified_filter(rule.filtered, moment)

    def modified_filter(self, filtered: Sequence[str], moment: str) -> list[tuple[str, str]]:
        """Return a ``q`` on the modified time, if the filter fields of an entity have it."""
        for each in self._catalogue.filters(filtered):
            name = each.name or each.id
            if name.rpartition(".")[2] == "modification_date" and "after" in each.operators:
                rule = {"id": each.id, "operator": "after", "value": [moment], "raw_value": []}
                return [("q", json.dumps({"condition": "AND", "rules": [rule]}, separators=(",", ":")))]
        return []


def _id(row: Row) -> int:
    found = row.get("id")
    return found if isinstance(found, int) else 0


def _is_since(row: Row, since: datetime) -> bool:
    try:
        modified_at = values.moment(row.get("modification_date"))
    except ValueError:
        return True
    return modified_at is None or modified_at >= since

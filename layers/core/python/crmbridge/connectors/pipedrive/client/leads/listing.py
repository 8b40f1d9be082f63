"""Leads page by page, by offset; and the leads whose person changed."""

from __future__ import annotations

import json
from datetime import datetime

from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, Told, v1, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.leads.reading import LeadReader
from crmbridge.connectors.pipedrive.client.listing import v2_time
from crmbridge.connectors.pipedrive.mapping.leads import MARK
from crmbridge.connectors.pipedrive.mapping.observing import observe
from crmbridge.connectors.pipedrive.mapping.rules import CONTACT
from crmbridge.domain.records import Observation
from crmbridge.ports import Page

_ARCHIVED = "leads/archived"


class LeadLister:
    """Lists leads."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: LeadReader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page in the order in which leads were made, archived ones after the others."""
        place, passed, last_id = json.loads(cursor) if cursor else ("leads", 0, "")
        told, rows = self._page(place, passed, last_id, {})
        if rows is None:
            return Page((), json.dumps([place, max(passed - PAGE, 0), last_id]), (), told.server_time)
        following = _following(told, place, passed)
        if following is None and place == "leads":
            following = [_ARCHIVED, 0, ""]
            if not rows:
                return self.list_all(json.dumps(following))
        good, bad = self._reader.observe(rows)
        return Page(tuple(good), json.dumps(following) if following else None, tuple(bad), told.server_time)

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of changed leads, then of leads whose own person changed.

        Archived leads have no list of changes; the full comparison finds theirs.
        """
        place, passed, last_id = json.loads(cursor) if cursor else ("leads", 0, "")
        if place == "persons":
            return self._of_persons(since, last_id)
        told, rows = self._page("leads", passed, last_id, {"updated_since": v2_time(since)})
        if rows is None:
            return Page((), json.dumps([place, max(passed - PAGE, 0), last_id]), (), told.server_time)
        following = _following(told, "leads", passed) or ["persons", 0, ""]
        if not rows and following[0] == "persons":
            return self._of_persons(since, "")
        good, bad = self._reader.observe(rows)
        good.sort(key=lambda each: (each.modified_at is not None, each.modified_at))
        return Page(tuple(good), json.dumps(following), tuple(bad), told.server_time)

    def _of_persons(self, since: datetime, at: str) -> Page[Observation]:
        """Return the leads of changed persons that were made for a lead; other persons are contacts of their own."""
        lexicon = self._catalogue.lexicon(CONTACT, with_owners=False)
        order = {"limit": PAGE, "sort_by": "id", "sort_direction": "asc", "updated_since": v2_time(since)}
        told = self._calls.get(v2("persons"), {**order, **({"cursor": at} if at else {})})
        ours = [row for row in told.rows if observe(CONTACT, row, lexicon).correlation_id.startswith(MARK)]
        leads = [lead for row in ours for lead in self._reader.of_person(str(row["id"]))]
        leads.sort(key=lambda each: (each.modified_at is not None, each.modified_at))
        following = json.dumps(["persons", 0, told.cursor]) if told.cursor else None
        return Page(tuple(leads), following, (), told.server_time)

    def _page(self, place: str, passed: int, last_id: str, params: dict[str, str]) -> tuple[Told, list[Row] | None]:
        """Return a page and its new rows; ``None`` when it does not begin where the last one ended.

        Every page repeats the last lead of the page before: where it is not first any more, leads were deleted in
        between and others have moved up unseen.
        """
        told = self._calls.get(v1(place), {"start": passed, "limit": PAGE, "sort": "add_time ASC", **params})
        rows = told.rows
        if passed and rows and str(rows[0]["id"]) != last_id:
            places = [place for place, row in enumerate(rows) if str(row["id"]) == last_id]
            return told, rows[places[0] + 1 :] if places else None
        return told, rows[1:] if passed else rows


def _following(told: Told, place: str, passed: int) -> list[str | int] | None:
    if not told.has_more or len(told.rows) < 2:
        return None
    return [place, passed + len(told.rows) - 1, str(told.rows[-1]["id"])]

"""Records of API v2, changes and deletions, page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, Told, stuck, v1, v2
from crmbridge.connectors.pipedrive.client.reading import Reader, extras, gone_of
from crmbridge.connectors.pipedrive.mapping import ObjectRule
from crmbridge.domain.records import Entity, Gone, Observation
from crmbridge.ports import Page

LISTS: Mapping[Entity, tuple[str, ...]] = {
    "company": ("organizations",),
    "contact": ("persons",),
    "deal": ("deals", "deals/archived"),
}
"""Lists that hold an entity, one after the other: archived deals have one of their own."""

_ITEMS: Mapping[str, str] = {"organizations": "organization", "persons": "person", "activities": "activity"}
Confirm = Callable[[str], Gone | None]
"""Looks whether a record is really gone; returns ``None`` when it is not."""


class Lister:
    """Lists records of one company."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader

    def list_all(self, rule: ObjectRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record by id, archived deals after the others."""
        place, told = self._listed(rule, {**extras(rule)}, cursor)
        good, bad = self._reader.observe(rule, self._reader.visible(rule, _live(told.rows)))
        return Page(tuple(good), _following(rule, place, told.cursor), tuple(bad), told.server_time)

    def list_changed(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, each once over all pages.

        The pages follow the ids, which never change, rather than the modified times: an edit on the way would move a
        record in an order by time. Within a page the oldest change comes first. Changes after the first page's
        answer belong to the next run.
        """
        until, _, rest = (cursor or "").partition("|")
        place, told = self._listed(rule, {"updated_since": v2_time(since), **extras(rule)}, rest or None)
        if not until and told.server_time is not None:
            until = v2_time(told.server_time + timedelta(seconds=1))
        rows = [row for row in _live(told.rows) if not cursor or not until or str(row.get("update_time")) <= until]
        good, bad = self._reader.observe(rule, self._reader.visible(rule, rows))
        good.sort(key=lambda each: (each.version, each.external_id.zfill(20)))
        following = _following(rule, place, told.cursor)
        next_cursor = None if following is None else f"{until}|{following}"
        return Page(tuple(good), next_cursor, tuple(bad), told.server_time)

    def list_gone(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence of deletions: deals are listed as deleted, the others are among the recents."""
        if rule.entity != "deal":
            return recently_gone(self._calls, _ITEMS[rule.path], since, cursor, confirm=self._confirm(rule))
        place, told = self._listed(rule, {"status": "deleted", "updated_since": v2_time(since)}, cursor)
        gone = [gone_of(row) for row in told.rows if row.get("is_deleted") or row.get("status") == "deleted"]
        return Page(tuple(gone), _following(rule, place, told.cursor), (), told.server_time)

    def _confirm(self, rule: ObjectRule) -> Confirm:
        def confirm(external_id: str) -> Gone | None:
            row = self._reader.alone(rule, external_id)
            if row is None:
                return Gone(external_id)
            return gone_of(row) if row.get("is_deleted") else None

        return confirm

    def _listed(self, rule: ObjectRule, params: Mapping[str, str | int], cursor: str | None) -> tuple[str, Told]:
        """Return one page and the list it is of; a list that begins empty is passed over at once."""
        place, at = _place(rule, cursor)
        order = {"limit": PAGE, "sort_by": "id", "sort_direction": "asc"}
        told = self._calls.get(v2(place), {**order, **params, **({"cursor": at} if at else {})})
        if at and told.cursor == at:
            raise stuck(place)
        following = _following(rule, place, told.cursor)
        if told.rows or following is None:
            return place, told
        return self._listed(rule, params, following)


def recently_gone(calls: Calls, item: str, since: datetime, cursor: str | None, *, confirm: Confirm) -> Page[Gone]:
    """Return one page of the deletions among recent changes.

    A deleted record shows an inactive flag or a time of deletion; where it shows nothing at all it is looked at.
    Changes older than a month are not among the recents.
    """
    start = int(cursor or 0)
    params = {"since_timestamp": v1_time(since), "items": item, "start": start, "limit": PAGE}
    told = calls.get(v1("recents"), params)
    gone: list[Gone] = []
    for row in told.rows:
        data, external_id = row.get("data"), str(row.get("id"))
        if isinstance(data, dict) and not _is_deleted(data):  # pyright: ignore[reportUnknownArgumentType]
            continue
        at = _deleted_at(data) if isinstance(data, dict) else None  # pyright: ignore[reportUnknownArgumentType]
        evidence = Gone(external_id, at=at) if data is not None else confirm(external_id)
        if evidence is not None:
            gone.append(evidence)
    following = str(start + len(told.rows)) if told.has_more and told.rows else None
    return Page(tuple(gone), following, (), told.server_time)


def _is_deleted(data: Row) -> bool:
    return data.get("active_flag") is False or bool(data.get("delete_time")) or bool(data.get("is_deleted"))


def _deleted_at(data: Row) -> datetime | None:
    try:
        return values.moment(data.get("delete_time") or data.get("update_time"))
    except ValueError:
        return None


def v2_time(at: datetime) -> str:
    """Return a moment as filters of v2 want it, its second begun."""
    return values.moment_text(at)


def v1_time(at: datetime) -> str:
    """Return a moment as ``/recents`` wants it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _place(rule: ObjectRule, cursor: str | None) -> tuple[str, str]:
    """Return which list is being read, and where in it."""
    if cursor is None:
        return LISTS[rule.entity][0], ""
    place, at = json.loads(cursor)
    return str(place), str(at)


def _following(rule: ObjectRule, place: str, cursor: str | None) -> str | None:
    lists = LISTS[rule.entity]
    if cursor is not None:
        return json.dumps([place, cursor])
    further = lists[lists.index(place) + 1 :]
    return json.dumps([further[0], ""]) if further else None


def _live(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.get("is_deleted")]

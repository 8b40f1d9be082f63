"""Activities by cursor, then notes by offset, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.client.activities.reading import ActivityReader, is_deleted
from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, stuck, v1, v2
from crmbridge.connectors.pipedrive.client.listing import recently_gone, v2_time
from crmbridge.connectors.pipedrive.mapping.activities import ACTIVITIES, NOTES
from crmbridge.connectors.pipedrive.mapping.texts import marked, to_text
from crmbridge.domain.records import Gone, Observation
from crmbridge.ports import Page

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SKEW = timedelta(minutes=10)
_PAGES_MAX = 200
_ITEMS = {ACTIVITIES: "activity", NOTES: "note"}


class ActivityLister:
    """Lists activities and notes."""

    def __init__(self, calls: Calls, reader: ActivityReader) -> None:
        self._calls = calls
        self._reader = reader

    def changed(self, since: datetime | None, cursor: str | None) -> Page[Observation]:
        """Return one page by id of what changed at or after a moment, or of everything.

        Args:
            cursor: the place, then where in it: a cursor of v2, or how many notes were passed and the last one's id.
        """
        place, *at = json.loads(cursor) if cursor else [ACTIVITIES, ""]
        after = {} if since is None else {"updated_since": v2_time(since)}
        if place == ACTIVITIES:
            order = {"limit": PAGE, "sort_by": "id", "sort_direction": "asc", **after}
            told = self._calls.get(v2("activities"), {**order, **({"cursor": at[0]} if at[0] else {})})
            if at[0] and told.cursor == at[0]:
                raise stuck("activities")
            rows, following = told.rows, [ACTIVITIES, told.cursor] if told.cursor else [NOTES, 0, 0]
        else:
            passed, last_id = int(at[0]), int(at[1])
            told = self._calls.get(v1("notes"), {"start": passed, "limit": PAGE, "sort": "id ASC", **after})
            if passed and told.rows and int(told.rows[0]["id"]) > last_id and not _overlaps(told.rows, last_id):
                return Page((), json.dumps([NOTES, max(passed - PAGE, 0), last_id]), (), told.server_time)
            rows = [row for row in told.rows if int(row["id"]) > last_id]
            last = max([last_id, *(int(row["id"]) for row in rows)])
            following = [NOTES, passed + max(len(told.rows) - 1, 1), last] if told.has_more and told.rows else None
        if place == ACTIVITIES and not rows and following:
            return self.changed(since, json.dumps(following))
        good, bad = self._reader.observe(place, [row for row in rows if not is_deleted(row)])
        if since is not None:
            good.sort(key=lambda each: (each.version, each.external_id))
        return Page(tuple(good), json.dumps(following) if following else None, tuple(bad), told.server_time)

    def gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deletions of activities, then of notes."""
        place, at = json.loads(cursor) if cursor else (ACTIVITIES, None)

        def confirm(number: str) -> Gone | None:
            row = self._reader.alone(place, number)
            return Gone(number) if row is None or is_deleted(row) else None

        page = recently_gone(self._calls, _ITEMS[place], since, at, confirm=confirm)
        items = tuple(Gone(f"{place}{each.external_id}", at=each.at) for each in page.items)
        following = [place, page.next_cursor] if page.next_cursor else [NOTES, None] if place == ACTIVITIES else None
        return Page(items, json.dumps(following) if following else None, (), page.server_time)

    def marked(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find activities and notes that carry one of our ids, newest first, back to the birth of the oldest id."""
        born = min(born_at(each) for each in wanted) - _SKEW
        found: dict[str, tuple[Observation, ...]] = {}
        for place in (ACTIVITIES, NOTES):
            missing = [each for each in wanted if each not in found]
            hits = self.young(place, missing, since=born)
            for record_id, row in hits.items():
                found[record_id] = tuple(self._reader.observe(place, [row])[0])
        return found

    def young(self, place: str, wanted: Sequence[str], *, since: datetime | None) -> dict[str, Row]:
        """Return the newest rows that carry one of our ids.

        Args:
            since: how far back to look; ``None`` for the newest page only.
        """
        hits: dict[str, Row] = {}
        if not wanted:
            return hits
        for rows in self._newest(place):
            for row in rows:
                ours = mark_of(place, row)
                if ours in wanted and not is_deleted(row):
                    hits.setdefault(ours, row)
            added = [values.moment(row.get("add_time")) for row in rows]
            if since is None or len(hits) == len(set(wanted)) or any(at and at < since for at in added):
                break
        return hits

    def _newest(self, place: str) -> Iterator[list[Row]]:
        cursor: str | None = None
        for number in range(_PAGES_MAX):
            if place == NOTES:
                told = self._calls.get(v1("notes"), {"start": number * PAGE, "limit": PAGE, "sort": "id DESC"})
            else:
                order = {"limit": PAGE, "sort_by": "id", "sort_direction": "desc"}
                told = self._calls.get(v2("activities"), {**order, **({"cursor": cursor} if cursor else {})})
            yield told.rows
            cursor = told.cursor
            if not (told.has_more if place == NOTES else cursor):
                return


def mark_of(place: str, row: Row) -> str:
    """Return our id in a row, empty where there is none."""
    return marked(row.get("public_description") if place == ACTIVITIES else to_text(row.get("content")))[1]


def born_at(record_id: str) -> datetime:
    """Return when one of our ids was made: its first ten characters are that time.

    Example:
        >>> born_at("act_00000000010000000000000000").isoformat()
        '1970-01-01T00:00:00.001000+00:00'
    """
    milliseconds = 0
    for letter in record_id.partition("_")[2][:10]:
        milliseconds = milliseconds * 32 + max(_LETTERS.find(letter), 0)
    return datetime(1970, 1, 2, tzinfo=UTC) - timedelta(days=1) + timedelta(milliseconds=milliseconds % 2**47)


def _overlaps(rows: list[Row], last_id: int) -> bool:
    """Tell whether a page still begins where the last one ended: every page repeats one note of the page before.

    Where it begins later, notes were deleted in between and others have moved up unseen; the page before is read
    again. That the note itself was deleted looks the same, and costs one page more.
    """
    return any(int(row["id"]) <= last_id for row in rows)

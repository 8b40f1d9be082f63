"""Listings over views, whose pages are numbers: rows shift under a walk, and no filter can be given.

Every walk goes over an ascending order **from its last page to its first**. Whatever is added, or moves because it was
edited, goes to the end of that order, which has been read already; whatever is taken away from the part still to be
read shifts rows towards the pages still to be read. So no row is passed by, at the price of a few seen twice.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.client._api import PAGE, Api, Told
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.mapping.rules import RECYCLE_BIN, ModuleRule, Row
from crmbridge.domain.records import Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page

_FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing stands: which view, and which page comes next (0 before the first call)."""

    view: int = 0
    page: int = 0

    def text(self) -> str:
        """Return the opaque cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Step:
    """What one call brought: rows, and where to go on (``None`` at the end)."""

    rows: tuple[Row, ...]
    following: Place | None
    server_time: datetime | None


class Lister:
    """Lists records of one account."""

    def __init__(self, api: Api, directory: Directory, reader: Reader) -> None:
        self._api, self._directory, self._reader = api, directory, reader

    def list_all(self, rule: ModuleRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by the time it was made, newest page first."""
        return self._observed(rule, self._walk(rule, rule.views, cursor, since=None))

    def list_changed(self, rule: ModuleRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of what changed at or after a moment, newest page first, oldest row first in each."""
        return self._observed(rule, self._walk(rule, rule.views, cursor, since=since))

    def list_gone(self, rule: ModuleRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of what was put into the recycle bin at or after a moment."""
        step = self._walk(rule, (RECYCLE_BIN,), cursor, since=since)
        items = tuple(Gone(str(each["id"]), at=values.moment(each.get("updated_at"))) for each in step.rows)
        return Page(items, step.following and step.following.text(), server_time=step.server_time)

    def recent(self, rule: ModuleRule, since: datetime, *, pages_max: int) -> tuple[Row, ...]:
        """Return the live rows changed at or after a moment, as far as a few pages of each view hold them."""
        found: list[Row] = []
        for name in rule.views:
            for page in range(1, pages_max + 1):
                told = self._page(rule, name, page, sort="updated_at", direction="desc")
                fresh = [each for each in told.rows if _modified_at(each) >= since]
                found += fresh
                if page >= told.pages or len(fresh) < len(told.rows):
                    break
        return tuple(found)

    def newest_at(self, rule: ModuleRule) -> datetime | None:
        """Return the modified time of the record changed last, of the CRM's clock."""
        times: list[datetime] = []
        for name in rule.views:
            told = self._page(rule, name, 1, sort="updated_at", direction="desc", size=1)
            times += [_modified_at(each) for each in told.rows]
        return max(times, default=None)

    # ------------------------------------------------------------------------------------- the walk

    def _walk(self, rule: ModuleRule, views: tuple[str, ...], cursor: str | None, *, since: datetime | None) -> Step:
        """Return the next page that holds anything, or an empty last one."""
        place: Place | None = _place(cursor)
        step = Step((), None, None)
        while place is not None:
            if place.view >= len(views):
                break
            name = views[place.view]
            read = self._enter if place.page == 0 else self._back
            step = read(rule, name, place, since)
            place = step.following if step.following and step.following.view < len(views) else None
            if step.rows:
                break
        return Step(step.rows, place, step.server_time)

    def _enter(self, rule: ModuleRule, name: str, place: Place, since: datetime | None) -> Step:
        """Begin a view: one call where its first page says it all, else find out where its order ends."""
        sort, direction = ("created_at", "asc") if since is None else ("updated_at", "desc")
        told = self._page(rule, name, 1, sort=sort, direction=direction)
        fresh = _since(told.rows, since)
        if told.pages <= 1 or len(fresh) < len(told.rows):
            return Step(fresh, Place(place.view + 1), told.server_time)
        return Step((), Place(place.view, told.pages), told.server_time)

    def _back(self, rule: ModuleRule, name: str, place: Place, since: datetime | None) -> Step:
        told = self._page(rule, name, place.page, sort="created_at" if since is None else "updated_at", direction="asc")
        fresh = _since(told.rows, since)
        is_last = place.page == 1 or len(fresh) < len(told.rows)
        return Step(fresh, Place(place.view + 1) if is_last else Place(place.view, place.page - 1), told.server_time)

    def _page(self, rule: ModuleRule, name: str, page: int, *, sort: str, direction: str, size: int = PAGE) -> Told:
        path = f"/{rule.plural}/view/{self._directory.view_id(rule, name)}"
        asked = {**rule.asked, "page": page, "per_page": size, "sort": sort, "sort_type": direction}
        return self._api.page(path, rule.plural, asked)

    def _observed(self, rule: ModuleRule, step: Step) -> Page[Observation]:
        live = [each for each in step.rows if not each.get("is_deleted")]
        items, bad = self._reader.observed(rule, live)
        following = None if step.following is None else step.following.text()
        return Page(tuple(items), following, unreadable=tuple(bad), server_time=step.server_time)


def _since(rows: tuple[Row, ...], since: datetime | None) -> tuple[Row, ...]:
    """Return the rows of a moment or later, oldest first; all of them, as they stand, without one."""
    if since is None:
        return rows
    return tuple(sorted((each for each in rows if _modified_at(each) >= since), key=_modified_at))


def _modified_at(row: Row) -> datetime:
    """Return a row's modified time; a row without one counts as new, so that it is never passed by."""
    try:
        moment = values.moment(row.get("updated_at"))
    except ValueError:
        moment = None
    return moment or _FAR_FUTURE


def _place(cursor: str | None) -> Place:
    if cursor is None:
        return Place()
    try:
        return Place(**json.loads(cursor))
    except (TypeError, ValueError) as error:
        raise FatalProviderError("this cursor is not ours", provider=PROVIDER, code="BAD_CURSOR") from error

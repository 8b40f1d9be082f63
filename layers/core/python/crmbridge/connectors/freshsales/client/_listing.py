"""Listings over views, whose pages are numbers: rows shift under a walk, and no filter can be given.

Every walk goes over an ascending order **from its last page to its first**. Whatever is added, or moves because it was
edited, goes to the end of that order, which has been read already; whatever is taken away from the part still to be
read shifts rows towards the pages still to be read. So no row is passed by, at the price of a few seen twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales import CONNECTOR, EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import PAGE, Api, Told
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.mapping.rule_types import RECYCLE_BIN, ModuleRule, Row
from crmbridge.domain.records import Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page

_LATE_PAGES_MAX = 20
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
    notes: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked: a module's views, all of them or what changed since a moment.

    Attributes:
        also: to be included in the answers, beside what makes records whole.
    """

    rule: ModuleRule
    views: tuple[str, ...]
    since: datetime | None = None
    also: str = ""


class Lister:
    """Lists records of one account."""

    def __init__(self, api: Api, directory: Directory, reader: Reader) -> None:
        self._api, self._directory, self._reader = api, directory, reader

    def list_all(self, rule: ModuleRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by the time it was made, newest page first."""
        return self._observed(rule, self.step(Walk(rule, rule.views), cursor))

    def list_changed(self, rule: ModuleRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of what changed at or after a moment, newest page first, oldest row first in each."""
        return self._observed(rule, self.step(Walk(rule, rule.views, since), cursor))

    def list_gone(self, rule: ModuleRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of what was put into the recycle bin at or after a moment."""
        step = self.step(Walk(rule, (RECYCLE_BIN,), since), cursor)
        items = tuple(Gone(str(each["id"]), at=values.moment(each.get("updated_at"))) for each in step.rows)
        return Page(items, step.following and step.following.text(), server_time=step.server_time)

    def recent(
        self, rule: ModuleRule, since: datetime, *, pages_max: int, wanted: Set[str] = frozenset()
    ) -> tuple[Row, ...]:
        """Return the live rows changed at or after a moment, as far as a few pages of each view hold them.

        Args:
            wanted: ids, Freshsales' or our own; no further page is read once all of them were seen.
        """
        found: list[Row] = []
        left = set(wanted)
        for told in self._recent(Walk(rule, rule.views, since), pages_max):
            fresh = [each for each in told.rows if modified_at(each) >= since]
            found += fresh
            left -= {each for row in fresh for each in (str(row.get("id")), own_id(row))}
            if wanted and not left:
                break
        return tuple(found)

    def lately(self, rule: ModuleRule) -> tuple[Row, ...]:
        """Return the live rows changed in the time that an index may lag, of the CRM's clock."""
        since = self._late_since(rule)
        return () if since is None else self.recent(rule, since, pages_max=_LATE_PAGES_MAX)

    def notes_lately(self, rule: ModuleRule) -> tuple[Row, ...]:
        """Return the notes on records changed in the time that an index may lag."""
        walk = Walk(rule, rule.views, self._late_since(rule), also="notes")
        pages = self._recent(walk, _LATE_PAGES_MAX) if walk.since else ()
        return tuple(each for told in pages for each in _notes(told))

    def newest_at(self, rule: ModuleRule) -> datetime | None:
        """Return the modified time of the record changed last, of the CRM's clock."""
        walk, times = Walk(rule, rule.views), list[datetime]()
        for name in rule.views:
            told = self._page(walk, name, 1, order="updated_at desc", size=1)
            times += [modified_at(each) for each in told.rows]
        return max(times, default=None)

    def step(self, walk: Walk, cursor: str | None) -> Step:
        """Return the next page that holds anything, or an empty last one.

        Raises:
            FatalProviderError: the cursor is not ours.
        """
        place: Place | None = _place(cursor)
        step = Step((), None, None)
        while place is not None and place.view < len(walk.views) and not step.rows:
            step = self._enter(walk, place) if place.page == 0 else self._back(walk, place)
            place = step.following if step.following and step.following.view < len(walk.views) else None
        return Step(step.rows, place, step.server_time, step.notes)

    # ------------------------------------------------------------------------------------- parts

    def _enter(self, walk: Walk, place: Place) -> Step:
        """Begin a view: one call where its first page says it all, else find out where its order ends."""
        order = "created_at asc" if walk.since is None else "updated_at desc"
        told = self._page(walk, walk.views[place.view], 1, order=order)
        fresh = _since(told.rows, walk.since)
        if told.pages <= 1 or len(fresh) < len(told.rows):
            return Step(fresh, Place(place.view + 1), told.server_time, _notes(told))
        return Step((), Place(place.view, told.pages), told.server_time)

    def _back(self, walk: Walk, place: Place) -> Step:
        order = "created_at asc" if walk.since is None else "updated_at asc"
        told = self._page(walk, walk.views[place.view], place.page, order=order)
        fresh = _since(told.rows, walk.since)
        is_last = place.page == 1 or len(fresh) < len(told.rows)
        following = Place(place.view + 1) if is_last else Place(place.view, place.page - 1)
        return Step(fresh, following, told.server_time, _notes(told))

    def _recent(self, walk: Walk, pages_max: int) -> Iterator[Told]:
        """Yield the pages of each view that hold anything newer than the walk's moment, newest first."""
        for name in walk.views:
            for page in range(1, pages_max + 1):
                told = self._page(walk, name, page, order="updated_at desc")
                yield told
                if page >= told.pages or len(_since(told.rows, walk.since)) < len(told.rows):
                    break

    def _late_since(self, rule: ModuleRule) -> datetime | None:
        newest = self.newest_at(rule)
        return None if newest is None else newest - timedelta(seconds=CONNECTOR.limits.lag_s)

    def _page(self, walk: Walk, name: str, page: int, *, order: str, size: int = PAGE) -> Told:
        rule, (sort, direction) = walk.rule, order.split()
        path = f"/{rule.plural}/view/{self._directory.view_id(rule, name)}"
        include = ",".join([*rule.include, *([walk.also] if walk.also else [])])
        asked = {"include": include, "page": page, "per_page": size, "sort": sort, "sort_type": direction}
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
    return tuple(sorted((each for each in rows if modified_at(each) >= since), key=modified_at))


def _notes(told: Told) -> tuple[Row, ...]:
    notes: object = told.said.get("notes")
    rows = cast("list[object]", notes) if isinstance(notes, list) else []
    return tuple(cast("Row", each) for each in rows if isinstance(each, Mapping))


def own_id(row: Row) -> str:
    """Return our own id in a row, empty where there is none."""
    customs: object = row.get("custom_field")
    return str(cast("Row", customs).get(EXTERNAL_ID) or "") if isinstance(customs, Mapping) else ""


def modified_at(row: Row) -> datetime:
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

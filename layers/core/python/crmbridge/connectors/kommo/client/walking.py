"""A walk through a list by modified time that loses nothing.

Kommo's pages are counted from the front, so every record that is deleted or touched between two pages moves the
others, and a record at the edge is never shown. The walk therefore asks for the first page only, each time from the
moment at which the page before ended; records of that last second are taken with the next page, when all of them
are there.

A second that fills a whole page is walked through by id. Its pages overlap: page ``p`` asks for ``251 - p`` records, so
it begins ``p - 1`` records before the page before it ended. A page that does not begin at or before the last id that
was seen shows that records have moved away, and the page before it is asked for once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crmbridge.connectors.kommo.client.calls import PAGE, Listed, Params
from crmbridge.connectors.kommo.client.errors import stuck
from crmbridge.connectors.kommo.client.places import Place, Step, modified_s, row_id

_OVERLAPPING = 125
"""Pages that overlap: later ones would show more old records than new. They end at 125 * 126 records, which are 63
pages of 250; from there on pages are whole and do not overlap."""

Fetch = Callable[[Params], Listed]


class Walk:
    """Walks through one list."""

    def __init__(self, fetch: Fetch, what: str) -> None:
        self._fetch = fetch
        self._what = what

    def step(self, place: Place, *, is_bounded: bool) -> Step:
        """Return the next records.

        Raises:
            FatalProviderError: the list does not advance.
        """
        return self._second(place) if place.page else self._onward(place, is_bounded=is_bounded)

    def _onward(self, place: Place, *, is_bounded: bool) -> Step:
        params: Params = [("order[updated_at]", "asc"), ("limit", str(PAGE)), ("page", "1")]
        if place.at:
            params.append(("filter[updated_at][from]", str(place.at)))
        listed = self._fetch(params)
        if is_bounded and not place.until and listed.server_time is not None:
            place = replace(place, until=int(listed.server_time.timestamp()) + 1)
        rows = [each for each in listed.rows if modified_s(each) >= place.at]
        if place.until and any(modified_s(each) > place.until for each in rows):
            return Step([each for each in rows if modified_s(each) <= place.until], None, listed.server_time)
        if not listed.has_more:
            return Step(rows, None, listed.server_time)
        last = max((modified_s(each) for each in listed.rows), default=0)
        if not rows or last < place.at:
            raise stuck(self._what)
        before = [each for each in rows if modified_s(each) < last]
        if before:
            return Step(before, replace(place, at=last), listed.server_time)
        return self._second(replace(place, at=last, page=1, last_id=0))

    def _second(self, place: Place) -> Step:
        """Show the next records of one second, in the order of their ids."""
        # Whether ``to`` includes its own second is not documented: one more is asked for, and not taken.
        window: Params = [("filter[updated_at][from]", str(place.at)), ("filter[updated_at][to]", str(place.at + 1))]
        step = self.by_id(place, window)
        rows = [each for each in step.rows if modified_s(each) == place.at]
        following = step.following or replace(place, at=place.at + 1, page=0, last_id=0)
        return Step(rows, following, step.server_time)

    def by_id(self, place: Place, window: Params) -> Step:
        """Return the next records of a window in the order of their ids, its pages overlapping."""
        number = max(place.page, 1)
        while True:
            listed = self._fetch([("order[id]", "asc"), *window, *_page(number)])
            ids = [row_id(each) for each in listed.rows]
            if number == 1 or number > _OVERLAPPING or (ids and min(ids) <= place.last_id):
                break
            number -= 1
        fresh = [each for each in listed.rows if row_id(each) > place.last_id]
        if not listed.has_more:
            return Step(fresh, None, listed.server_time)
        last_id = max([place.last_id, *ids])
        return Step(fresh, replace(place, page=number + 1, last_id=last_id), listed.server_time)


def _page(number: int) -> Params:
    """Return size and number of the page that overlaps the one before."""
    if number <= _OVERLAPPING:
        return [("limit", str(PAGE + 1 - number)), ("page", str(number))]
    return [("limit", str(PAGE)), ("page", str(number - (_OVERLAPPING - 63)))]

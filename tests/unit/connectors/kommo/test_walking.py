"""A walk through a list that changes under it loses nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from crmbridge.connectors.kommo.client.calls import Listed, Params
from crmbridge.connectors.kommo.client.places import Place
from crmbridge.connectors.kommo.client.walking import Walk
from crmbridge.errors import FatalProviderError


class Shelf:
    """Rows as Kommo lists them: by offset, ties of a time in no useful order."""

    def __init__(self, times: dict[int, int]) -> None:
        self.times = dict(times)
        self.calls = 0
        self.limits: list[int] = []
        self.before: Callable[[], None] = lambda: None

    def fetch(self, params: Params) -> Listed:
        self.calls += 1
        self.before()
        given = dict(params)
        low = int(given.get("filter[updated_at][from]", 0))
        high = int(given.get("filter[updated_at][to]", 1 << 40))
        rows = [{"id": key, "updated_at": at} for key, at in self.times.items() if low <= at <= high]
        if "order[id]" in given:
            rows.sort(key=lambda row: row["id"])
        else:
            rows.sort(key=lambda row: (row["updated_at"], row["id"] * 7919 % 104_729))
        limit, page = int(given["limit"]), int(given["page"])
        self.limits.append(limit)
        start = (page - 1) * limit
        return Listed(rows[start : start + limit], len(rows) > start + limit, None)


def _walked(shelf: Shelf, start: Place | None = None, *, between: Callable[[], None] = lambda: None) -> list[int]:
    walk, place, seen = Walk(shelf.fetch, "rows"), start or Place(), []
    for _ in range(2000):
        step = walk.step(place, is_bounded=False)
        seen += [row["id"] for row in step.rows]
        if step.following is None:
            return seen
        place = Place.of(step.following.text())
        between()
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("number", [0, 1, 249, 250, 251, 499, 500, 501, 1_751])
@pytest.mark.parametrize("per_second", [1, 7, 250, 251, 5_000])
def test_every_row_comes_once_however_many_share_a_second(number, per_second):
    shelf = Shelf({key: 1_000 + key // per_second for key in range(1, number + 1)})
    assert Counter(_walked(shelf)) == Counter(range(1, number + 1))
    assert all(1 <= limit <= 250 for limit in shelf.limits)


def test_pages_of_one_second_cost_hardly_more_than_needed():
    shelf = Shelf(dict.fromkeys(range(1, 5_001), 1_000))
    _walked(shelf)
    assert shelf.calls <= 5_000 // 250 + 5


def test_rows_that_leave_a_second_between_its_pages_hide_no_other():
    rng = Random(7)
    for _ in range(20):
        shelf = Shelf(dict.fromkeys(range(1, 1_201), 1_000))
        moved: set[int] = set()

        def shuffle(shelf: Shelf = shelf, moved: set[int] = moved) -> None:
            for key in rng.sample(range(1, 1_201), 25):
                moved.add(key)
                if rng.random() < 0.5:
                    shelf.times.pop(key, None)
                elif key in shelf.times:
                    shelf.times[key] = 2_000

        seen = _walked(shelf, between=shuffle)
        assert set(range(1, 1_201)) - moved <= set(seen)


def test_rows_touched_while_walking_by_time_hide_no_other():
    rng = Random(3)
    shelf = Shelf({key: 1_000 + key // 3 for key in range(1, 2_001)})
    clock = iter(range(5_000, 9_000))
    moved: set[int] = set()

    def touch() -> None:
        if len(moved) < 400:
            for key in rng.sample(range(1, 2_001), 20):
                moved.add(key)
                shelf.times[key] = next(clock)

    assert set(range(1, 2_001)) - moved <= set(_walked(shelf, between=touch))


def test_a_walk_begins_at_its_second_and_not_before():
    shelf = Shelf({1: 999, 2: 1_000, 3: 1_001})
    assert _walked(shelf, Place(at=1_000)) == [2, 3]


def test_more_rows_than_overlap_are_walked_through_all_the_same():
    number = 16_500
    shelf = Shelf(dict.fromkeys(range(1, number + 1), 1_000))
    assert Counter(_walked(shelf)) == Counter(range(1, number + 1))


def test_a_list_that_does_not_advance_is_an_error():
    def fetch(params: Params) -> Listed:
        rows: list[Any] = [{"id": each, "updated_at": 5} for each in range(1, 251)]
        return Listed(rows, True, None)

    with pytest.raises(FatalProviderError) as caught:
        Walk(fetch, "rows").step(Place(at=1_000), is_bounded=False)
    assert caught.value.code == "STUCK_PAGINATION"

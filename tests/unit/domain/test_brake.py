"""The brake against echoes counts little, forgets soon, and lets new values through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.brake import CODE, MOST, MOST_EVER, WINDOW_S, counted, hot_fields, mark_of, release, words
from crmbridge.domain.codec import to_text
from crmbridge.domain.records import Link, Parked, Record

NOW_S = 1_772_355_600
BRAKED = Parked("f", "w", CODE, datetime(2026, 3, 1, tzinfo=UTC))


def version(at_s: int) -> str:
    return (datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(seconds=at_s - NOW_S)).isoformat()


def push(link: Link, value: str, at_s: int, name: str = "city") -> Link:
    """Have one push settled at a moment, the CRM's clock being right."""
    after = replace(link, version=version(at_s), parked=None)
    return counted(link, after, {name: value}, now_s=at_s)


def pushed(values: list[str], *, every_s: int = 60, first_at_s: int = 0) -> Link:
    link = Link("int_a", "1", version=version(NOW_S + first_at_s - every_s))
    for number, value in enumerate(values):
        link = push(link, value, NOW_S + first_at_s + number * every_s)
    return link


@pytest.mark.parametrize("every_s", [WINDOW_S, WINDOW_S + 1, 86_400])
def test_a_calm_field_leaves_nothing_on_its_record(every_s: int):
    link = pushed(["a", "b", "c"] * 10, every_s=every_s)
    assert link.pushes == {}
    assert "pushes" not in to_text(Record("w", "con_1", "contact", links={"int_a": link}))


def test_the_first_change_of_a_row_in_an_hour_is_not_counted_and_the_second_is():
    link = Link("int_a", "1", version=version(NOW_S - 2 * WINDOW_S))
    link = push(link, "a", NOW_S)
    assert link.pushes == {}
    assert len(push(link, "b", NOW_S + 10).pushes["city"]) == 1


@pytest.mark.parametrize("said", ["", 'W/"77"'])
def test_where_versions_tell_no_time_the_first_push_counts(said: str):
    before = Link("int_a", "1", version=said)
    assert len(counted(before, before, {"city": "a"}, now_s=NOW_S).pushes["city"]) == 1


def test_pushes_of_more_than_an_hour_ago_are_forgotten_with_the_next_of_any_field():
    link = pushed(["a"] * 5)
    later = push(link, "+55", NOW_S + 2 * WINDOW_S, "phone")
    assert later.pushes == {}


def test_the_eleventh_push_of_one_field_within_an_hour_is_held():
    link = pushed(["a", "b"] * (MOST // 2))
    at_s = NOW_S + MOST * 60
    assert hot_fields(link, {"city": "a", "phone": "+55"}, now_s=at_s) == ("city",)
    assert hot_fields(pushed(["a"] * (MOST - 1)), {"city": "a"}, now_s=at_s) == ()


def test_an_hour_without_pushes_cools_a_field_down():
    link = pushed(["a", "b"] * (MOST // 2))
    last_s = NOW_S + (MOST - 1) * 60
    assert hot_fields(link, {"city": "a"}, now_s=NOW_S + WINDOW_S - 1) == ("city",)
    assert hot_fields(link, {"city": "a"}, now_s=last_s + WINDOW_S) == ()


def test_a_value_that_was_not_in_the_loop_goes_out_once_the_brake_holds():
    link, at_s = pushed(["a", "b"] * (MOST // 2)), NOW_S + MOST * 60
    assert hot_fields(link, {"city": "new"}, now_s=at_s) == ("city",), "the brake holds first"
    held = replace(link, parked=BRAKED)
    assert hot_fields(held, {"city": "new"}, now_s=at_s) == ()
    assert hot_fields(held, {"city": "a"}, now_s=at_s) == ("city",)


def test_a_loop_that_makes_a_new_value_each_time_is_stopped_at_twice_the_limit():
    link, sent = pushed([f"v{number}" for number in range(MOST)], every_s=1), MOST
    for number in range(100, 200):
        at_s = NOW_S + number
        wanted = {"city": f"v{number}"}
        if hot_fields(link, wanted, now_s=at_s):
            link = replace(link, parked=BRAKED)
            if hot_fields(link, wanted, now_s=at_s):
                continue
        link, sent = push(link, wanted["city"], at_s), sent + 1
    assert sent <= MOST_EVER


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 2000)), max_size=60))
def test_no_more_than_the_limit_goes_out_in_any_hour(edits: list[tuple[str, int]]):
    link, at_s, sent = Link("int_a", "1", version=version(NOW_S)), NOW_S, list[int]()
    for value, gap_s in edits:
        at_s += gap_s
        if hot_fields(link, {"city": value}, now_s=at_s):
            link = replace(link, parked=BRAKED)
            continue
        link = push(link, value, at_s)
        sent.append(at_s)
        lately = [each for each in sent if at_s - each < WINDOW_S]
        assert len(lately) <= MOST + 1, "ten that are counted, and the first, which is not"
        assert len(link.pushes.get("city", ())) <= MOST_EVER


def test_letting_go_forgets_the_pushes_of_the_named_crms_alone():
    held = replace(pushed(["a"] * MOST), parked=BRAKED, attempts=3)
    record = Record("w", "con_1", "contact", links={"int_a": held, "int_b": replace(held, integration_id="int_b")})
    after = release(record, ["int_a"])
    assert (after.links["int_a"].parked, after.links["int_a"].pushes, after.links["int_a"].attempts) == (None, {}, 0)
    assert after.links["int_b"] == record.links["int_b"]


def test_the_words_name_the_fields():
    assert words(["phone", "city"]).startswith("city, phone: written more than 10 times within an hour")
    assert mark_of(None) != mark_of("None")

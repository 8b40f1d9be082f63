"""Slots that are free, meetings that nobody books twice, a calendar that others can read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.meetings.bookings import NEXT, Meeting, booked, busy_of, calendar, moved, rescheduled
from crmbridge.domain.sales.meetings.slots import SlotRules, free_slots, is_free, slots_from
from crmbridge.errors import ConflictError, RequestRejectedError

RECIFE = ZoneInfo("America/Recife")
RULES = SlotRules(zone="America/Recife")
MONDAY = date(2027, 3, 1)
EARLY = datetime(2027, 2, 1, tzinfo=UTC)


def _at(hour, minute=0, *, day=1):
    return datetime(2027, 3, day, hour, minute, tzinfo=RECIFE)


def _meeting(**change):
    given = {"meeting_id": "m1", "lead_id": "l1", "rep_id": "r1", "title": "Reunião", "length_min": 60}
    return Meeting(**{**given, "starts_at": _at(10), **change})  # pyright: ignore[reportArgumentType] - each test differs


def _free(*, busy=(), now=EARLY, days=1, rules=RULES, first=MONDAY):
    return [f"{at.astimezone(RECIFE):%d %H:%M}" for at in free_slots(rules, first, days, busy=busy, now=now)]


def test_an_empty_day_offers_the_founding_slots():
    assert _free() == ["01 09:00", "01 10:00", "01 11:00", "01 14:00", "01 15:00", "01 16:00", "01 17:00"]


@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [
        (_at(10), _at(11), {"01 10:00"}),
        (_at(10, 30), _at(11), {"01 10:00"}),
        (_at(10, 59), _at(11, 1), {"01 10:00", "01 11:00"}),
        (_at(12), _at(14), set()),
        (_at(8), _at(9), set()),
        (_at(0), _at(0, day=2), {f"01 {hour}:00" for hour in ("09", "10", "11", "14", "15", "16", "17")}),
    ],
)
def test_what_somebody_has_already_takes_the_slots_it_touches(start, end, taken):
    assert set(_free()) - set(_free(busy=[(start, end)])) == taken


def test_weekends_and_holidays_offer_nothing():
    assert _free(first=date(2027, 3, 6), days=2) == []
    assert _free(rules=replace(RULES, holidays=frozenset({MONDAY}))) == []


@pytest.mark.parametrize(("hour", "minute", "first"), [(8, 0, "01 10:00"), (7, 0, "01 09:00"), (7, 1, "01 10:00")])
def test_a_slot_needs_two_hours_of_notice(hour, minute, first):
    assert _free(now=_at(hour, minute))[0] == first


def test_a_slot_that_the_clocks_skip_is_not_offered():
    rules = SlotRules(zone="America/New_York", starts_min=(90, 150, 210), weekdays=frozenset({6}))
    found = free_slots(rules, date(2027, 3, 14), 1, busy=[], now=EARLY)
    assert [f"{at:%H:%M}" for at in found] == ["06:30", "07:30"]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 300)), max_size=8))
def test_no_slot_that_is_offered_overlaps_anything(taken):
    busy = [(_at(0) + timedelta(minutes=start), _at(0) + timedelta(minutes=start + length)) for start, length in taken]
    for at in free_slots(RULES, MONDAY, 3, busy=busy, now=EARLY):
        assert is_free(RULES, at, busy)
        assert all(at + timedelta(minutes=60) <= start or end <= at for start, end in busy)


def test_a_slot_is_booked_once():
    first = booked(RULES, _meeting(), [])
    with pytest.raises(ConflictError, match="r1 is not free at 2027-03-01T10:30:00-03:00 any more"):
        booked(RULES, _meeting(meeting_id="m2", starts_at=_at(10, 30)), [first])
    assert booked(RULES, _meeting(meeting_id="m2", starts_at=_at(11)), [first])


def test_a_cancelled_meeting_frees_its_slot():
    assert busy_of([moved(_meeting(), "cancelled")]) == ()


def test_a_meeting_that_is_moved_does_not_stand_in_its_own_way_and_is_confirmed_anew():
    meeting = moved(_meeting(), "confirmed")
    later = rescheduled(RULES, meeting, _at(10, 30), [meeting])
    assert (later.state, later.sequence, later.starts_at) == ("scheduled", 2, _at(10, 30))
    with pytest.raises(ConflictError, match="m1 is cancelled already, so it cannot be moved"):
        rescheduled(RULES, moved(meeting, "cancelled"), _at(11), [])


def test_each_state_leads_only_to_those_that_may_follow():
    for before, after in product(NEXT, NEXT):
        if after in NEXT[before]:
            assert moved(_meeting(state=before), after).state == after
        else:
            with pytest.raises(ConflictError, match=f"m1 is {before} already, so not {after}"):
                moved(_meeting(state=before), after)


def test_a_calendar_holds_every_meeting_in_utc_with_its_state():
    feed = calendar(
        [_meeting(meeting_id="m2", starts_at=_at(15), state="cancelled"), _meeting(title="A, b; c\nd")],
        name="Ana",
        now=EARLY,
    )
    assert feed.split("\r\n")[4:13] == [
        "BEGIN:VEVENT",
        "UID:m1@crm-bridge",
        "DTSTAMP:20270201T000000Z",
        "DTSTART:20270301T130000Z",
        "DTEND:20270301T140000Z",
        "SEQUENCE:0",
        "STATUS:TENTATIVE",
        "SUMMARY:A\\, b\\; c\\nd",
        "END:VEVENT",
    ]
    assert "UID:m2@crm-bridge\r\n" in feed
    assert "STATUS:CANCELLED\r\n" in feed
    assert feed.endswith("END:VCALENDAR\r\n")


@given(st.text(alphabet="aã🌞 ,;", max_size=300))
def test_no_line_of_a_calendar_is_longer_than_it_may_be(title):
    feed = calendar([_meeting(title=title)], name="x", now=EARLY)
    assert all(len(line.encode()) <= 75 for line in feed.split("\r\n"))
    escaped = title.replace(",", "\\,").replace(";", "\\;")
    assert f"SUMMARY:{escaped}\r\n" in feed.replace("\r\n ", "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"zone": "Recife"}, "zone must be an IANA time zone such as America/Recife, not 'Recife'"),
        ({"zone": "UTC", "starts": ["9h"]}, r"starts\[0\] must be a time such as 09:00"),
        (
            {"zone": "UTC", "starts": ["10:00", "09:00"]},
            r"starts\[1\] must be a time such as 09:00, later than the one",
        ),
        ({"zone": "UTC", "starts": ["24:00"]}, r"starts\[0\] must be a time"),
        ({"zone": "UTC", "weekdays": ["domingo"]}, r"weekdays\[0\] must be one of monday"),
        ({"zone": "UTC", "length_min": 1}, "length_min must be a whole number from 5 to 600, not 1"),
    ],
)
def test_wrong_slots_are_refused_in_words(data, words):
    with pytest.raises(RequestRejectedError, match=words):
        slots_from(data)


def test_the_default_slots_are_the_founding_ones():
    assert slots_from({"zone": "America/Recife"}) == RULES

"""Hours of the week in one zone, through clock changes and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crmbridge.domain.sales.forms import read
from crmbridge.domain.sales.hours import Hours, after_open_time, every_day, is_open, next_open, read_hours
from crmbridge.domain.sales.zones import zone
from crmbridge.errors import RequestRejectedError

OFFICE = read(
    {
        "zone": "America/Recife",
        "week": {
            day: ["09:00-12:00", "14:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
        },
        "holidays": ["2027-03-02"],
    },
    read_hours,
)


def _recife(text):
    return datetime.fromisoformat(text).replace(tzinfo=zone("America/Recife"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2027-03-01T08:59:59", "2027-03-01T09:00"),
        ("2027-03-01T09:00", "2027-03-01T09:00"),
        ("2027-03-01T11:59:59", "2027-03-01T11:59:59"),
        ("2027-03-01T12:00", "2027-03-01T14:00"),
        ("2027-03-01T17:59:59", "2027-03-01T17:59:59"),
        ("2027-03-01T18:00", "2027-03-03T09:00"),
        ("2027-03-02T10:00", "2027-03-03T09:00"),
        ("2027-03-05T18:00", "2027-03-08T09:00"),
        ("2027-03-06T10:00", "2027-03-08T09:00"),
    ],
)
def test_the_next_opening_is_found_over_breaks_weekends_and_holidays(at, opens):
    at = _recife(at)
    assert next_open(OFFICE, at) == _recife(opens)
    assert is_open(OFFICE, at) == (at == _recife(opens))


@pytest.mark.parametrize(
    ("zone_name", "start", "at", "opens"),
    [
        # the clocks go forward over the opening: it moves to the end of the gap
        ("America/New_York", 150, "2027-03-14T05:00+00:00", "2027-03-14T07:00+00:00"),
        # the clocks go back over the opening: its first occurrence counts
        ("America/New_York", 90, "2027-11-07T04:00+00:00", "2027-11-07T05:30+00:00"),
        # the day is as long as the clocks make it
        ("Europe/Lisbon", 540, "2027-03-28T07:00+00:00", "2027-03-28T08:00+00:00"),
        ("Europe/Lisbon", 540, "2027-03-27T08:00+00:00", "2027-03-27T09:00+00:00"),
    ],
)
def test_an_opening_follows_the_clock_on_the_wall(zone_name, start, at, opens):
    hours = every_day(zone_name, start, start + 60)
    assert next_open(hours, datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


def test_hours_that_never_open_have_no_next_opening():
    never = Hours("UTC", {0: ((0, 1440),)}, frozenset(date(2027, 1, 4) + timedelta(weeks=count) for count in range(80)))
    at = datetime(2027, 1, 1, tzinfo=UTC)
    assert next_open(never, at) is None
    assert after_open_time(never, at, timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        ("2027-03-01T09:00", 1, "2027-03-01T10:00"),
        ("2027-03-01T11:30", 1, "2027-03-01T14:30"),
        ("2027-03-01T17:30", 1, "2027-03-03T09:30"),
        ("2027-03-06T10:00", 7, "2027-03-08T18:00"),
        ("2027-03-01T20:00", 8, "2027-03-04T10:00"),
    ],
)
def test_time_at_work_counts_only_while_open(at, hours, until):
    assert after_open_time(OFFICE, _recife(at), timedelta(hours=hours)) == _recife(until)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"zone": "Recife", "week": {"monday": ["09:00-18:00"]}}, "zone must be an IANA time zone .*, not 'Recife'"),
        ({"zone": "../etc", "week": {"monday": ["09:00-18:00"]}}, "zone must be an IANA time zone"),
        ({"zone": "UTC", "week": {}}, "week must open on at least one day"),
        ({"zone": "UTC", "week": {"monday": ["18:00-09:00"]}}, r"week\.monday\[0\] must be two times of one day"),
        ({"zone": "UTC", "week": {"monday": ["9-18"]}}, r"week\.monday\[0\] must be two times of one day"),
        ({"zone": "UTC", "week": {"monday": ["09:60-18:00"]}}, r"week\.monday\[0\] must be two times of one day"),
        ({"zone": "UTC", "week": {"monday": ["09:00-24:01"]}}, r"week\.monday\[0\] must be two times of one day"),
        ({"zone": "UTC", "week": {"monday": ["09:00-12:00", "11:00-18:00"]}}, "monday must have its spans in order"),
        ({"zone": "UTC", "week": {"sundays": ["09:00-12:00"]}}, r"week\.sundays is not known here; known are friday"),
        (
            {"zone": "UTC", "week": {"monday": ["09:00-12:00"]}, "holidays": ["25/12"]},
            r"holidays\[0\] must be a day such",
        ),
    ],
)
def test_wrong_hours_are_refused_in_words(data, words):
    with pytest.raises(RequestRejectedError, match=words):
        read(data, read_hours)


def test_an_unknown_zone_is_refused():
    with pytest.raises(RequestRejectedError, match="'Mars/Olympus' is no time zone"):
        zone("Mars/Olympus")

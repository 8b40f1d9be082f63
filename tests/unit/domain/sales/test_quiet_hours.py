"""Nothing is sent while it is quiet where the recipient lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.follow_ups.places import zone_of
from crmbridge.domain.sales.follow_ups.quiet_hours import (
    Purpose,
    QuietHours,
    confirmation_at,
    may_send,
    next_send,
    quiet_hours_from,
)
from crmbridge.errors import RequestRejectedError

RULES = QuietHours()
RECIFE, NEW_YORK, SYDNEY = "America/Recife", "America/New_York", "Australia/Sydney"


def _at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("purpose", "due", "sent"),
    [
        ("selling", "2027-03-01T08:59:59", "2027-03-01T09:00"),
        ("selling", "2027-03-01T09:00", "2027-03-01T09:00"),
        ("selling", "2027-03-01T20:59:59", "2027-03-01T20:59:59"),
        ("selling", "2027-03-01T21:00", "2027-03-02T09:00"),
        ("selling", "2027-03-01T00:00", "2027-03-01T09:00"),
        ("transactional", "2027-03-01T07:59:59", "2027-03-01T08:00"),
        ("transactional", "2027-03-01T08:00", "2027-03-01T08:00"),
        ("transactional", "2027-03-01T21:00", "2027-03-02T08:00"),
    ],
)
@pytest.mark.parametrize("zone", [RECIFE, NEW_YORK, SYDNEY, "Asia/Kathmandu"])
def test_a_message_waits_for_the_recipients_morning(purpose, due, sent, zone):
    assert next_send(RULES, purpose, zone, due=_at(due, zone)) == _at(sent, zone)


@pytest.mark.parametrize(
    ("zone", "due", "sent"),
    [
        (NEW_YORK, "2027-03-13T22:00-05:00", "2027-03-14T09:00-04:00"),
        (NEW_YORK, "2027-11-06T22:00-04:00", "2027-11-07T09:00-05:00"),
        (SYDNEY, "2027-10-02T22:00+10:00", "2027-10-03T09:00+11:00"),
        (SYDNEY, "2027-04-03T22:00+11:00", "2027-04-04T09:00+10:00"),
        ("Europe/Lisbon", "2027-03-27T21:00+00:00", "2027-03-28T09:00+01:00"),
    ],
)
def test_the_morning_after_a_change_of_the_clocks_is_still_nine(zone, due, sent):
    assert next_send(RULES, "selling", zone, due=datetime.fromisoformat(due)) == datetime.fromisoformat(sent)


def test_holidays_and_closed_days_do_not_sell_but_confirm():
    rules = quiet_hours_from(
        {"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "holidays": ["2027-12-24"]}
    )
    due = _at("2027-12-23T21:30", RECIFE)
    assert next_send(rules, "selling", RECIFE, due=due) == _at("2027-12-27T09:00", RECIFE)
    assert next_send(rules, "transactional", RECIFE, due=due) == _at("2027-12-24T08:00", RECIFE)


def test_a_workspace_without_a_single_day_never_sends():
    never = QuietHours(holidays=frozenset(date(2027, 1, 1) + timedelta(days=count) for count in range(900)))
    assert next_send(never, "selling", RECIFE, due=_at("2027-01-02T10:00", RECIFE)) is None


@given(
    st.sampled_from(sorted(available_timezones())),
    st.datetimes(min_value=datetime(2027, 1, 1), max_value=datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.sampled_from(["selling", "transactional"]),
)
def test_the_next_moment_is_allowed_never_earlier_and_the_same_when_asked_again(zone, due, purpose):
    sent = next_send(RULES, purpose, zone, due=due)
    assert sent is not None
    assert sent >= due
    assert may_send(RULES, purpose, zone, sent)
    assert next_send(RULES, purpose, zone, due=sent) == sent
    assert sent - due < timedelta(hours=38)  # a day may be skipped, and one may have 25 hours


HOLIDAYS = frozenset(date(year, month, day) for year in (2027, 2028) for month, day in [(1, 1), (9, 7), (12, 25)])


PURPOSES: list[tuple[Purpose, int]] = [("selling", 9), ("transactional", 8)]


@pytest.mark.slow
def test_no_message_leaves_outside_quiet_hours_in_any_zone_on_any_day_of_two_years():
    """Every IANA zone and every day; the clock on the wall is read anew, without the code that decided."""
    rules = QuietHours(holidays=HOLIDAYS)
    start, zones, outside, sent_count = datetime(2027, 1, 1, tzinfo=UTC), sorted(available_timezones()), 0, 0
    for number, name in enumerate(zones):
        wall = ZoneInfo(name)
        for day in range(731):
            # another minute each day and zone, so that edges, nights and changes of the clocks are all met
            due = start + timedelta(days=day, minutes=(day * 397 + number * 211) % 1440)
            for purpose, opens in PURPOSES:
                sent = next_send(rules, purpose, name, due=due)
                assert sent is not None
                local = sent.astimezone(wall)
                is_closed = purpose == "selling" and local.date() in HOLIDAYS
                outside += sent < due or not opens <= local.hour < 21 or is_closed
                sent_count += 1
    assert (outside, sent_count) == (0, len(zones) * 731 * 2)


@pytest.mark.slow
def test_no_quarter_of_an_hour_around_a_change_of_the_clocks_is_misjudged():
    start = datetime(2027, 1, 1, tzinfo=UTC)
    for name in sorted(available_timezones()):
        wall = ZoneInfo(name)
        offsets = [(start + timedelta(days=day)).astimezone(wall).utcoffset() for day in range(732)]
        changes = [day for day in range(731) if offsets[day] != offsets[day + 1]]
        for quarter in (each for day in changes for each in range(day * 96 - 96, day * 96 + 192)):
            due = start + timedelta(minutes=15 * quarter)
            sent = next_send(RULES, "selling", name, due=due)
            assert sent is not None
            assert 9 <= sent.astimezone(wall).hour < 21, (name, due)
            assert sent == due or not 9 <= due.astimezone(wall).hour < 21, (name, due)


# -------------------------------------------------------------------------------------------- confirmations


@pytest.mark.parametrize(
    ("meeting", "booked", "asked"),
    [
        ("2027-03-05T15:00", "2027-03-01T10:00", "2027-03-05T08:00"),
        ("2027-03-05T08:30", "2027-03-01T10:00", "2027-03-05T08:00"),
        ("2027-03-05T08:29", "2027-03-01T10:00", "2027-03-04T18:00"),
        ("2027-03-05T07:00", "2027-03-01T10:00", "2027-03-04T18:00"),
        ("2027-03-05T15:00", "2027-03-05T11:00", "2027-03-05T11:00"),
        ("2027-03-05T15:00", "2027-03-05T14:30", "2027-03-05T14:30"),
        ("2027-03-05T15:00", "2027-03-05T14:31", None),
        ("2027-03-05T07:00", "2027-03-04T22:00", None),
        ("2027-03-05T22:00", "2027-03-05T21:10", None),
    ],
)
@pytest.mark.parametrize("zone", [RECIFE, SYDNEY])
def test_a_meeting_is_confirmed_at_eight_of_its_day(meeting, booked, asked, zone):
    found = confirmation_at(RULES, _at(meeting, zone), zone, now=_at(booked, zone))
    assert found == (_at(asked, zone) if asked else None)


@pytest.mark.parametrize(
    ("phone", "told", "zone"),
    [
        ("+5581900000001", "", "America/Sao_Paulo"),
        ("+5592900000001", "", "America/Manaus"),
        ("+5568900000001", "", "America/Rio_Branco"),
        ("+556590000001", "", "America/Cuiaba"),
        ("+5567900000001", "", "America/Campo_Grande"),
        ("+5569900000001", "", "America/Porto_Velho"),
        ("+5595900000001", "", "America/Boa_Vista"),
        ("+351910000001", "", "Europe/Lisbon"),
        ("+5592900000001", "America/Recife", "America/Recife"),
        ("", "", "Europe/Lisbon"),
    ],
)
def test_a_zone_is_told_or_read_from_a_brazilian_number(phone, told, zone):
    assert zone_of(phone, told=told, otherwise="Europe/Lisbon") == zone
    assert ZoneInfo(zone)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"selling": "21:00-09:00"}, "selling must be two times of one day such as 09:00-21:00"),
        ({"selling": "9-21"}, "selling must be two times of one day"),
        ({"weekdays": []}, "weekdays must name at least one day"),
        ({"weekdays": ["segunda"]}, r"weekdays\[0\] must be one of monday, .*, not 'segunda'"),
        ({"holidays": ["Natal"]}, r"holidays\[0\] must be a day such as 2027-12-25, not 'Natal'"),
        ({"zone": "UTC"}, "zone is not known here; known are holidays, selling, transactional, weekdays"),
    ],
)
def test_wrong_quiet_hours_are_refused_in_words(data, words):
    with pytest.raises(RequestRejectedError, match=words):
        quiet_hours_from(data)


def test_the_defaults_are_the_founding_hours():
    assert quiet_hours_from({}) == RULES
    assert (RULES.selling, RULES.transactional) == ((540, 1260), (480, 1260))

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors import _values as values
from crmbridge.connectors._countries import region_of


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("Brazil", "BR"),
        ("brasil", "BR"),
        ("  BRASIL ", "BR"),
        ("Österreich", "AT"),
        ("Osterreich", "AT"),
        ("U.S.A.", "US"),
        ("the Netherlands", "NL"),
        ("UK", "GB"),
        ("gb", "GB"),
        ("日本", "JP"),
        ("Atlantis", ""),
        ("", ""),
        (None, ""),
        ("x" * 5000, ""),
    ],
)
def test_a_country_is_understood_as_people_type_it(typed: str | None, region: str) -> None:
    assert region_of(typed) == region


def test_text_loses_what_no_screen_shows_and_keeps_what_people_write() -> None:
    assert values.text("a\x00b\x07c\ufeff") == "abc"
    assert values.text("👩‍👩‍👧 ok") == "👩‍👩‍👧 ok"
    assert values.text("مرحبا بالعالم") == "مرحبا بالعالم"
    assert values.text("a\nb\tc") == "a b c"
    assert values.text("a\r\nb\rc\u2028d", multiline=True) == "a\nb\nc\nd"
    assert values.text(12) == "12"
    assert values.text("\ud83d") is None


def test_text_is_cut_in_utf16_units_and_never_inside_a_character() -> None:
    assert values.text("😀" * 5, max_length=4) == "😀😀"
    assert values.text("a" + "😀" * 5, max_length=4) == "a😀"
    assert values.text("abcdef", max_length=4) == "abcd"
    assert values.text("abc def", max_length=4) == "abc"


@pytest.mark.parametrize("value", [True, [], {}, ["a"], object()])
def test_a_value_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected text"):
        values.text(value)


@given(st.text())
def test_cleaning_text_twice_changes_nothing(raw: str) -> None:
    for multiline in (False, True):
        once = values.text(raw, multiline=multiline, max_length=40)
        assert values.text(once, multiline=multiline, max_length=40) == once
        assert once is None or len(once.encode("utf-16-le")) <= 80


@pytest.mark.parametrize(
    ("raw", "canonical", "valid"),
    [
        ("Ana.Prado@Example.COM ", "ana.prado@example.com", True),
        ("ana@example.test", "ana@example.test", True),
        ("not an address", "not an address", False),
        ("A@B", "a@b", False),
        ("two@@example.com", "two@@example.com", False),
        ("x" * 400 + "@Example.com", "x" * 400 + "@example.com", False),
    ],
)
def test_an_email_address_is_folded_and_judged(raw: str, canonical: str, valid: bool) -> None:
    assert values.email_text(raw) == canonical
    assert values.is_email(canonical) is valid


@pytest.mark.parametrize(
    ("raw", "country", "canonical"),
    [
        ("+55 (11) 98765-4321", None, "+5511987654321"),
        ("(11) 98765-4321", "Brazil", "+5511987654321"),
        ("(11) 98765-4321", None, "(11) 98765-4321"),
        ("0044 20 7946 0958", None, "+442079460958"),
        ("0044 20 7946 0958", "Germany", "+442079460958"),
        ("212-555-0123 ext. 7", "United States", "+12125550123 ext. 7"),
        ("+1 212 555 0123;ext=7", None, "+12125550123 ext. 7"),
        ("12345678", "Germany", "12345678"),
        ("212-555-0123 / 212-555-0199", "US", "212-555-0123 / 212-555-0199"),
        ("mobile 212 555 0123", "US", "mobile 212 555 0123"),
        ("+999 12", None, "+999 12"),
        ("", "US", None),
        (None, "US", None),
        ("9" * 400, "US", "9" * 400),
    ],
)
def test_a_telephone_number_is_rewritten_only_when_it_is_understood(
    raw: str | None, country: str | None, canonical: str | None
) -> None:
    assert values.phone_text(raw, country=country) == canonical
    assert values.phone_text(canonical, country=country) == canonical


@given(st.text(alphabet="+0123456789 ()-./x", max_size=24), st.sampled_from(["", "US", "BR", "DE", "Japan"]))
def test_a_telephone_number_read_twice_stays_the_same(raw: str, country: str) -> None:
    once = values.phone_text(raw, country=country)
    assert values.phone_text(once, country=country) == once


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("https://www.Example.com/about?x=1", "example.com"),
        ("http://shop.example.com:8080", "shop.example.com"),
        ("Example.COM", "example.com"),
        ("www.example.com", "example.com"),
        ("ana@example.com", "example.com"),
        ("example.com.", "example.com"),
        ("//example.com", "example.com"),
        ("   ", None),
    ],
)
def test_a_domain_is_the_host_alone(raw: str, canonical: str | None) -> None:
    assert values.domain_text(raw) == canonical


@given(st.text(max_size=60))
def test_a_domain_read_twice_stays_the_same(raw: str) -> None:
    once = values.domain_text(raw)
    assert values.domain_text(once) == once


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("1054.50", "1054.5"),
        ("12000", "12000"),
        (12000.0, "12000"),
        ("1.2E+4", "12000"),
        ("-0.00", "0"),
        ("0.10", "0.1"),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_has_one_spelling(raw: object, canonical: str | None) -> None:
    assert values.decimal_text(raw) == canonical


@pytest.mark.parametrize("raw", ["1,000", "NaN", "Infinity", "1e999999999", "1_000", "٣", "9" * 31, "1" * 400])
def test_a_number_nobody_can_store_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        values.decimal_text(raw)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_an_amount_keeps_its_value(number: Decimal) -> None:
    written = values.decimal_text(str(number))
    assert written is not None
    assert Decimal(written) == number
    assert values.decimal_text(written) == written


def test_whole_numbers_are_rounded_half_to_even() -> None:
    assert [values.integer(each) for each in ("85.0", "0.5", "1.5", 12, None)] == [85, 0, 2, 12, None]


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-12T07:32:42.188Z",
        "2026-03-12T07:32:42.188+0000",
        "2026-03-12T02:32:42.188-05:00",
        "2026-03-12T07:32:42.188",
        "1773300762188",
        1773300762188,
    ],
)
def test_a_moment_is_read_in_every_spelling(raw: object) -> None:
    assert values.moment(raw) == datetime(2026, 3, 12, 7, 32, 42, 188_000, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["yesterday", "9" * 30, "2026-13-01T00:00:00Z", "٣", "1" * 400])
def test_a_moment_that_never_was_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="time"):
        values.moment(raw)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds the zone
def test_epoch_milliseconds_return_to_the_same_moment(moment_at: datetime) -> None:
    again = values.moment(str(values.epoch_ms(moment_at)))
    assert again is not None
    assert timedelta(0) <= moment_at - again < timedelta(milliseconds=1)
    assert values.moment(values.moment_text(moment_at)) == moment_at.replace(microsecond=0)


def test_a_day_is_told_in_the_time_zone_of_the_account() -> None:
    pacific = timezone(timedelta(hours=-8))
    assert values.date_text("2026-04-01T07:30:00Z", zone=pacific) == "2026-03-31"
    assert values.date_text("2026-03-31", zone=pacific) == "2026-03-31"
    assert values.date_text(None) is None
    with pytest.raises(ValueError, match=r"Invalid isoformat|day is out of range"):
        values.date_text("2026-02-30")


def test_the_ends_of_the_calendar_are_no_accident():
    assert values.moment_text(datetime(999, 1, 1, tzinfo=UTC)) == "0999-01-01T00:00:00Z"
    with pytest.raises(ValueError, match="end of all calendars"):
        values.date_text("9999-12-31T23:30:00Z", zone=timezone(timedelta(hours=8)))


def test_national_digits_leave_the_country_code_out():
    assert values.national_digits("+5511987654321") == "11987654321"
    assert values.national_digits("ask Ana 12") == "12"
    assert values.national_digits("9" * 5000) == "9" * 320

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.salesforce.ids import IdMint, normalised, with_suffix
from sandbox.salesforce.times import read_date, read_datetime, stamp

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_the_suffix_follows_the_vendors_published_pairs():
    for pair in ("003ak00000jvIfpAAE", "001ak00000OQTieAAH", "006ak00000OQ4RxAAL", "750ak000009AVi5AAG"):
        assert with_suffix(pair[:15]) == pair


@given(st.text(alphabet=_LETTERS, min_size=15, max_size=15))
def test_an_id_written_in_small_letters_finds_its_capitals_again(short: str):
    assert normalised(with_suffix(short).lower()) == with_suffix(short)


def test_malformed_ids_are_not_ids():
    for text in ("", "003", "003ak00000jvIf!", "003ak00000jvIfpAA9", 7, None):
        assert normalised(text) is None


def test_minted_ids_sort_in_the_order_they_were_made():
    mint = IdMint()
    made = [mint.mint("003") for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == 5000


def test_times_are_read_with_any_offset_and_written_in_utc_with_whole_seconds():
    moment = read_datetime("2026-03-01T10:30:00.987+02:00")
    assert moment is not None
    assert stamp(moment) == "2026-03-01T08:30:00.000+0000"


def test_what_is_no_time_is_refused():
    assert read_datetime("2026-13-01T00:00:00Z") is None
    assert read_datetime("2026-03-01T00:00:00", needs_zone=True) is None
    assert read_date("2026-02-30") is None

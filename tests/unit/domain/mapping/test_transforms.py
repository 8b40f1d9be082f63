"""Every transformation has a way back, and says so where the way back loses something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.mapping.forms import OPS, Transform
from crmbridge.domain.mapping.transforms import UNREADABLE, back, flaw, gives, loses, takes, there
from tests.unit.domain.mapping.maps import moments, numbers, texts

GIVEN: dict[str, tuple[Transform, st.SearchStrategy]] = {
    "upper": (Transform(op="upper"), texts),
    "lower": (Transform(op="lower"), texts),
    "cut": (Transform(op="cut", number=4), texts),
    "prefix": (Transform(op="prefix", text="SKU-"), texts),
    "shift": (Transform(op="shift", number=2), numbers),
    "decimal": (Transform(op="decimal"), st.integers(-(10**9), 10**9)),
    "number_text": (Transform(op="number_text"), numbers),
    "words": (Transform(op="words", yes="Ja", no="Nein"), st.booleans()),
    "join": (
        Transform(op="join", text="; "),
        st.lists(st.sampled_from(["a", "b", "c d"]), min_size=1, unique=True).map(lambda some: tuple(sorted(some))),
    ),
    "day": (Transform(op="day"), moments),
}


def test_every_operation_is_tried_here():
    assert GIVEN.keys() == set(OPS)


@pytest.mark.parametrize("op", [op for op in OPS if not loses(GIVEN[op][0])])
@given(data=st.data())
def test_what_loses_nothing_comes_back_as_it_was(op, data):
    transform, values = GIVEN[op]
    value = data.draw(values)
    assert back(transform, there(transform, value)) == value


@pytest.mark.parametrize("op", OPS)
@given(data=st.data())
def test_what_came_back_is_written_as_it_stands_there(op, data):
    transform, values = GIVEN[op]
    written = there(transform, data.draw(values))
    meant = back(transform, written)
    assert meant is not UNREADABLE
    assert there(transform, meant) == written


@pytest.mark.parametrize("op", OPS)
def test_nothing_stays_nothing(op):
    assert there(GIVEN[op][0], None) is None
    assert back(GIVEN[op][0], None) is None


@pytest.mark.parametrize(
    ("transform", "value", "written"),
    [
        (Transform(op="shift", number=2), "48000.75", "4800075"),
        (Transform(op="shift", number=-3), "1500", "1.5"),
        (Transform(op="shift", number=2), "0", "0"),
        (Transform(op="shift", number=2), "-0.5", "-50"),
        (Transform(op="shift", number=12), "12345678901234567890.5", "12345678901234567890500000000000"),
        (Transform(op="words", yes="Ja", no="Nein"), False, "Nein"),
        (Transform(op="join", text=", "), ("a", "b"), "a, b"),
        (Transform(op="day"), "2026-03-01T09:30:00Z", "2026-03-01"),
        (Transform(op="cut", number=5), "Rua  das", "Rua"),
    ],
)
def test_each_writes_what_its_name_says(transform, value, written):
    assert there(transform, value) == written


@pytest.mark.parametrize(
    ("transform", "said"),
    [
        (Transform(op="number_text"), "about 12"),
        (Transform(op="number_text"), "NaN"),
        (Transform(op="number_text"), "1e999"),
        (Transform(op="shift", number=2), "a lot"),
        (Transform(op="shift", number=2), "Infinity"),
        (Transform(op="decimal"), "2.5"),
        (Transform(op="words", yes="Ja", no="Nein"), "perhaps"),
        (Transform(op="prefix", text="SKU-"), "SKU-"),
    ],
)
def test_what_means_nothing_in_the_hub_counts_as_not_read(transform, said):
    assert back(transform, said) is UNREADABLE


def test_words_are_read_whatever_their_letters():
    assert back(Transform(op="words", yes="Ja", no="Nein"), " JA ") is True


@pytest.mark.parametrize(
    ("transform", "part"),
    [
        (Transform(op="cut"), "number"),
        (Transform(op="shift"), "number"),
        (Transform(op="shift", number=13), "number"),
        (Transform(op="prefix"), "text"),
        (Transform(op="join"), "text"),
        (Transform(op="words", no="Nein"), "yes"),
        (Transform(op="words", yes="Ja", no="JA"), "no"),
    ],
)
def test_a_part_that_is_missing_or_wrong_is_named(transform, part):
    named, wanted = flaw(transform)
    assert named == part
    assert wanted


@pytest.mark.parametrize("op", OPS)
def test_a_whole_transformation_has_no_flaw_and_takes_and_gives_kinds(op):
    transform = GIVEN[op][0]
    assert flaw(transform) == ("", "")
    assert takes(transform)
    assert gives(transform)

"""Copies of frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.altering import altered
from crmbridge.domain.records import Link


@dataclass(frozen=True)
class Place:
    """Something frozen."""

    city: str
    rank: int = 0


@given(st.dictionaries(st.sampled_from(["external_id", "version"]), st.text()), st.text())
def test_a_copy_is_what_replace_makes(changes, key):
    link = Link("int_a", external_id=key)
    assert altered(link, **changes) == replace(link, **changes)
    assert link == Link("int_a", external_id=key)


def test_the_original_and_its_other_copies_stay_as_they_are():
    here = Place("Recife")
    there = altered(here, city="Natal")
    altered(there, rank=3)
    assert (here, there) == (Place("Recife"), Place("Natal"))


def test_an_attribute_that_does_not_exist_is_named():
    with pytest.raises(TypeError, match="Place has no town"):
        altered(Place("Recife"), town="Natal")

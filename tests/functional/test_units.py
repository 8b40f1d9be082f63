"""What a record may cost in DynamoDB, measured as ``make bench`` measures it."""

import pytest

from bench import units

pytestmark = pytest.mark.slow

CHANGED, UNCHANGED = 6.0, 0.0
"""Write units per changed record of 2 KB with two links, journal included, and per unchanged record."""


@pytest.fixture(scope="module")
def spent():
    figures, notes = units.measure(contacts=units.ALONE)
    return {each.name: each.value for each in figures}, notes


@pytest.mark.parametrize(
    "how", ["one field changed in a burst, written to Salesforce", "one field changed, each alone"]
)
def test_a_changed_record_costs_at_most_six_write_units(spent, how):
    assert 0 < spent[0][f"{how}: writes"] <= CHANGED


def test_an_unchanged_record_costs_no_write_unit(spent):
    assert spent[0]["comparison without a change: writes"] == UNCHANGED


def test_the_records_measured_are_of_two_kilobytes(spent):
    assert "records of up to 2,0" in spent[1][0]

"""What a record may cost in DynamoDB, measured as ``make bench`` measures it."""

from contextlib import ExitStack, closing
from unittest.mock import patch

import pytest

from bench import units
from bench.crms import fill, running
from bench.house import House

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


def test_a_comparison_of_many_writes_no_more_than_one_of_few():
    written = {contacts: _writes_of_a_comparison(contacts) for contacts in (120, 1200)}
    assert written[120] == written[1200] <= 6


def _writes_of_a_comparison(contacts):
    """Count the writes of a comparison that finds no change, of records and control state together."""
    with running("hubspot") as hubspot, running("salesforce") as salesforce:
        fill(hubspot, contacts)
        with closing(House({"hubspot": hubspot, "salesforce": salesforce})) as house:
            source = house.connect(hubspot, entities=("contact",))
            house.connect(salesforce, entities=("contact",))
            house.sync()
            documents, records = house.hub.documents, house.hub.records
            with ExitStack() as watched:
                puts = watched.enter_context(patch.object(documents, "put", wraps=documents.put))
                lines = watched.enter_context(patch.object(documents, "append", wraps=documents.append))
                saves = watched.enter_context(patch.object(records, "save_many", wraps=records.save_many))
                house.compare(source)
            assert [call for call in saves.call_args_list if call.args[0]] == []
            assert not lines.called
            return puts.call_count

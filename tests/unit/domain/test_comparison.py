"""What a comparison says is what a merge does: news is taken in, what is owed is due, and nothing else differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.comparison import compare
from crmbridge.domain.due import due_fields
from crmbridge.domain.merge import merge
from crmbridge.domain.tally import Tally
from tests.unit.domain.strategies import PROJECTIONS, START, Edits, agreed, deliver, edits, workspace

KEYS = ("int_a", "int_b", "int_c")
POLICIES = ("last_modified_wins", "primary_wins", "hub_wins", "crm_wins", "merged", "manual")
policies = st.sampled_from(POLICIES)


def seen(record, found: Edits, key: str, integrations):
    return compare(record, found.seen(key), integration=integrations[key], project=PROJECTIONS[key])


@given(edits(), policies, st.permutations(KEYS), st.integers(0, 3))
def test_a_row_has_news_exactly_when_merging_it_would_take_something_in(found, policy, order, delivered):
    integrations = workspace(policy, primary="int_b")
    record, _ = deliver(agreed(), found, tuple(order)[:delivered], integrations)
    for key in KEYS:
        difference = seen(record, found, key, integrations)
        merged = merge(
            record,
            found.seen(key),
            integration=integrations[key],
            integrations=integrations,
            project=PROJECTIONS[key],
            now=START,
        )
        if difference.news:
            assert merged.moved
        if not merged.moved:
            assert difference.news == ()


@given(edits(), policies, st.permutations(KEYS))
def test_what_is_owed_is_due_once_everything_was_taken_in(found, policy, order):
    integrations = workspace(policy, primary="int_b")
    record, _ = deliver(agreed(), found, tuple(order), integrations)
    for key in KEYS:
        difference = seen(record, found, key, integrations)
        due = set(due_fields(record, record.links[key], integrations[key].rule("contact")))
        assert difference.news == ()
        assert set(difference.owed) <= due
        assert set(difference.frozen) <= set(record.frozen)
        silent = {name for name in due if PROJECTIONS[key](record.fields).get(name) == found.seen(key).fields.get(name)}
        assert due - silent == set(difference.owed)


def test_records_in_step_do_not_differ():
    for key in KEYS:
        assert seen(agreed(), Edits(), key, workspace()).names == ()


# ------------------------------------------------------------------------------------------------ sums of ids

ids = st.sets(st.text(min_size=1, max_size=6), max_size=40)


@given(ids, ids)
def test_a_tally_opens_the_bucket_of_every_id_that_one_side_lacks(there, here):
    tally = Tally()
    tally.add(there)
    tally.take(here)
    tally = Tally(tally.to_text())
    assert tally.is_even() is (there == here)
    assert all(tally.is_open(each) for each in there ^ here if not _shares(each, there ^ here))


def _shares(each: str, others: set[str]) -> bool:
    from crmbridge.domain.tally import _place

    return any(_place(each)[0] == _place(other)[0] for other in others if other != each)


@given(ids, st.randoms(use_true_random=False))
def test_a_tally_asks_for_no_order_and_no_batches(members, random):
    one, other, shuffled = Tally(), Tally(), list(members)
    one.add(members)
    random.shuffle(shuffled)
    for each in shuffled:
        other.add([each])
        other = Tally(other.to_text())
    assert one.to_text() == other.to_text()


@pytest.mark.parametrize("number", [0, 1, 5000])
def test_a_tally_stays_small(number):
    tally = Tally()
    tally.add(f"id{each}" for each in range(number))
    assert len(tally.to_text()) <= 14_000

"""Who wins: every pair of edits has one winner, whoever is asked first."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.due import due_for
from crmbridge.domain.integrations import EntityRule, primary_of
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.policy import can_combine, combine, judge, policy_of
from crmbridge.domain.records import Stamp
from crmbridge.domain.resolution import keep_apart, resolve_conflict
from tests.unit.domain.strategies import START, Edits, agreed, deliver, integration, workspace

KEYS = ("int_a", "int_b", "int_c")
ORDERED = ("default", "last_modified_wins", "primary_wins", "secondary_wins", "crm_wins", "hub_wins")
sources = st.sampled_from([*KEYS, "", "hub", "int_gone"])
stamps = st.builds(Stamp, st.integers(0, 4), sources)


@st.composite
def workspaces(draw: st.DrawFn):
    primary = draw(st.sampled_from(["", *KEYS]))
    ranks = draw(st.permutations(range(3)))
    return {
        key: integration(key, policy=draw(st.sampled_from(ORDERED)), is_primary=key == primary, rank=rank)
        for key, rank in zip(KEYS, ranks, strict=True)
    }


def wins(mine: Stamp, held: Stamp, integrations) -> bool:
    return judge(mine, held, entity="contact", field="city", integrations=integrations).remote_wins


@given(stamps, stamps, workspaces())
def test_of_two_edits_exactly_one_wins_whichever_came_first(one, other, integrations):
    if one != other:
        assert wins(one, other, integrations) is not wins(other, one, integrations)


@given(stamps, stamps, stamps, workspaces())
def test_winning_is_transitive(one, two, three, integrations):
    if wins(one, two, integrations) and wins(two, three, integrations):
        assert wins(one, three, integrations)


@given(stamps, stamps, workspaces())
def test_either_side_leaving_it_to_people_leaves_it_to_people(one, other, integrations):
    for key in {one.integration_id, other.integration_id} & set(KEYS):
        asked = {**integrations, key: integration(key, policy="manual")}
        assert judge(one, other, entity="contact", field="city", integrations=asked).policy == "manual"


@pytest.mark.parametrize(
    ("policy", "winner"),
    [
        ("last_modified_wins", "int_b"),
        ("primary_wins", "int_a"),
        ("secondary_wins", "int_b"),
        ("default", "int_a"),
        ("hub_wins", "int_b"),
    ],
)
def test_a_primary_crm_that_edited_earlier(policy, winner):
    found = Edits({"int_a": {"city": ("A1", 1000)}, "int_b": {"city": ("B1", 2000)}})
    for order in (("int_a", "int_b"), ("int_b", "int_a")):
        record, lost = deliver(agreed(), found, order, workspace(policy, primary="int_a"))
        assert record.stamps["city"].integration_id == winner
        assert [each.winner_integration_id for each in lost] == [winner]


def test_a_secondary_crm_loses_nothing_to_a_primary_that_did_not_edit():
    found = Edits({"int_b": {"city": ("B1", 1000)}})
    record, lost = deliver(agreed(), found, ("int_a", "int_b"), workspace("primary_wins", primary="int_a"))
    assert (record.fields["city"], lost) == ("B1", ())


def test_the_field_counts_before_the_entity_and_the_entity_before_the_integration():
    rules = {"contact": EntityRule(fields=("city", "email"), policies={"city": "manual", "*": "merged"})}
    held = integration("int_a", policy="crm_wins", rules=rules)
    assert policy_of(held, "contact", "city", primary="") == "manual"
    assert policy_of(held, "contact", "email", primary="") == "merged"
    assert policy_of(held, "deal", "title", primary="") == "crm_wins"
    assert policy_of(None, "contact", "city", primary="") == "last_modified_wins"
    assert policy_of(None, "contact", "city", primary="int_b") == "primary_wins"


def test_there_is_one_primary_even_if_two_say_so():
    assert primary_of([integration("int_c", is_primary=True), integration("int_a", is_primary=True)]) == "int_a"
    assert primary_of([integration("int_c")]) == ""


# ------------------------------------------------------------------------------------------------ keeping both

lines = st.lists(st.sampled_from(["a", "b", "c d", "  x"]), min_size=1, max_size=3).map("\n".join)
kept = st.one_of(st.none(), lines, st.lists(st.sampled_from(["1", "2", "3"]), max_size=3).map(tuple))


@given(kept, kept)
def test_keeping_both_does_not_ask_who_was_first(one, other):
    assert combine(one, other) == combine(other, one)


@given(kept, kept, kept)
def test_keeping_three_does_not_ask_for_the_order(one, two, three):
    if len({type(each) for each in (one, two, three)} - {type(None)}) == 1:
        assert combine(combine(one, two), three) == combine(one, combine(two, three))


@given(kept, kept)
def test_keeping_both_twice_keeps_nothing_twice(one, other):
    both = combine(one, other)
    assert combine(both, other) == both
    assert combine(both, one) == both
    assert combine(both, both) == both


@pytest.mark.parametrize(
    ("field", "one", "other", "can"),
    [
        ("city", "a", "b", False),
        ("amount", "1", "2", False),
        ("description", "a", "b", True),
        ("contacts", ("a",), None, True),
    ],
)
def test_names_and_amounts_cannot_both_be_kept(field, one, other, can):
    assert can_combine(field, one, other) is can


# ------------------------------------------------------------------------------------------------ people decide


@pytest.mark.parametrize("value", ["A1", "C1", "both", None])
def test_a_decision_becomes_due_exactly_where_it_is_not_said_already(value):
    integrations = workspace("manual")
    found = Edits({"int_a": {"city": ("A1", 1000)}, "int_c": {"city": ("C1", 2000)}})
    frozen, _ = deliver(agreed(), found, KEYS, integrations)
    record = resolve_conflict(frozen, "city", value, at_ms=5, integrations=integrations)
    assert record.frozen == {}
    assert (record.fields["city"], record.stamps["city"]) == (value, Stamp(5, "hub"))
    says = {"int_a": "A1", "int_b": "Recife", "int_c": "C1"}
    assert set(due_for(record, integrations.values())) == {key for key, said in says.items() if said != value}


def test_a_decided_conflict_is_not_opened_again_by_the_same_news():
    integrations = workspace("manual")
    found = Edits({"int_a": {"city": ("A1", 1000)}, "int_c": {"city": ("C1", 2000)}})
    frozen, _ = deliver(agreed(), found, KEYS, integrations)
    decided = resolve_conflict(frozen, "city", "C1", at_ms=int(START.timestamp() * 1000), integrations=integrations)
    again, lost = deliver(decided, found, KEYS, integrations)
    assert (again.frozen, again.fields["city"], lost) == ({}, "C1", ())


def test_a_record_kept_apart_has_no_candidates_and_remembers_them():
    apart = keep_apart(replace(agreed(), candidates=("con_2", "con_1"), apart=("con_3", "con_1")))
    assert (apart.candidates, apart.apart) == ((), ("con_1", "con_2", "con_3"))


# ------------------------------------------------------------------------------------------------ messages

word = st.text(min_size=1, max_size=8)
hints = st.builds(
    ChangeHint,
    word,
    word,
    st.sampled_from(["contact", "deal"]),
    st.lists(word, max_size=3).map(tuple),
    gone=st.lists(word, max_size=2).map(tuple),
    merged_into=st.dictionaries(word, word, max_size=2),
)
messages = st.one_of(
    hints,
    st.builds(SyncStep, word, word, word),
    st.builds(Ticket, word, word, st.just("deal")),
    st.builds(Wake, word, word),
)


@given(messages)
def test_a_message_comes_back_as_it_was_sent(message):
    assert type(message).from_json(json.loads(json.dumps(message.to_json()))) == message


@given(messages, st.data())
def test_unknown_keys_are_ignored_and_missing_ones_are_our_bug(message, data):
    body = message.to_json()
    assert type(message).from_json({**body, "colour": "blue"}) == message
    needed = {"workspace_id", "integration_id", "entity", "external_ids", "run_id"} & set(body)
    del body[data.draw(st.sampled_from(sorted(needed)))]
    with pytest.raises(KeyError):
        type(message).from_json(body)

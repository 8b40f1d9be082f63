"""The laws of merging, over all delivery orders and all kinds of edits."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.due import due_for, with_due
from crmbridge.domain.merge import merge
from crmbridge.domain.records import Base, Observation
from crmbridge.domain.settle import Written, settle
from tests.unit.domain.strategies import (
    AGREED,
    FIELDS,
    PROJECTIONS,
    START,
    Edits,
    agreed,
    deliver,
    edits,
    integration,
    plain,
    workspace,
)

KEYS = ("int_a", "int_b", "int_c")
ORDERED = ("last_modified_wins", "primary_wins", "secondary_wins", "crm_wins", "hub_wins")
"""Policies under which every two values have a winner."""


def merged(record, observation, key="int_a", integrations=None):
    integrations = integrations or workspace()
    return merge(
        record,
        observation,
        integration=integrations[key],
        integrations=integrations,
        project=PROJECTIONS[key],
        now=START,
    )


# ------------------------------------------------------------------------------------------------ order


@pytest.mark.parametrize("policy", [*ORDERED, "merged", "default"])
@given(found=edits(), primary=st.sampled_from(["", *KEYS]))
def test_the_hub_ends_the_same_in_whatever_order_the_edits_are_delivered(policy, found, primary):
    integrations = workspace(policy, primary=primary)
    ends = [deliver(agreed(), found, order, integrations)[0] for order in permutations(KEYS)]
    assert len({repr(sorted(end.fields.items())) for end in ends}) == 1
    if policy in ORDERED:
        assert len({repr(sorted(end.stamps.items())) for end in ends}) == 1


@given(
    found=edits(),
    policies=st.lists(st.sampled_from(ORDERED), min_size=3, max_size=3),
    primary=st.sampled_from(["", *KEYS]),
)
def test_the_order_does_not_matter_either_when_every_crm_has_a_policy_of_its_own(found, policies, primary):
    integrations = {
        key: integration(key, policy=policy, is_primary=key == primary, rank=rank)
        for rank, (key, policy) in enumerate(zip(KEYS, policies, strict=True))
    }
    ends = [deliver(agreed(), found, order, integrations)[0] for order in permutations(KEYS)]
    assert len({repr(sorted(end.fields.items())) for end in ends}) == 1


@given(found=edits())
def test_a_conflict_left_to_people_shows_the_same_sides_in_whatever_order_they_came(found):
    integrations = workspace("manual")
    ends = [deliver(agreed(), found, order, integrations)[0] for order in permutations(KEYS)]
    shown = [
        {name: {key: side.value for key, side in each.sides.items()} for name, each in end.frozen.items()}
        for end in ends
    ]
    assert all(each == shown[0] for each in shown)
    editors = {name: {key for key in KEYS if name in found.by_crm.get(key, {})} for name in FIELDS}
    assert {name: set(sides) for name, sides in shown[0].items()} == {
        name: keys for name, keys in editors.items() if len(keys) > 1
    }


@given(found=edits(), order=st.permutations(KEYS))
def test_a_field_that_people_must_decide_stands_still_everywhere(found, order):
    integrations = workspace("manual")
    record, lost = deliver(agreed(), found, tuple(order), integrations)
    assert lost == ()
    for name, conflict in record.frozen.items():
        assert conflict.base == AGREED[name]
        editors = [key for key in order if name in found.by_crm.get(key, {})]
        assert record.fields[name] == found.seen(editors[0]).fields[name]
    quiet = {name for name in FIELDS if name in record.frozen}
    for key, link in with_due(record, integrations.values()).links.items():
        wanted = {name for name, base in link.base.items() if base.hub != record.fields[name]} - quiet
        assert (key in due_for(record, integrations.values())) is bool(wanted)


@pytest.mark.parametrize("policy", ORDERED)
@given(found=edits(), order=st.permutations(KEYS))
def test_every_edit_that_did_not_survive_is_kept_as_lost(policy, found, order):
    integrations = workspace(policy, primary="int_b")
    record, lost = deliver(agreed(), found, tuple(order), integrations)
    gone = {(each.field, each.value, each.integration_id) for each in lost}
    for key, made in found.by_crm.items():
        for name in made:
            value = found.seen(key).fields[name]
            assert record.fields[name] == value or (name, value, key) in gone


# ------------------------------------------------------------------------------------------------ again and again


@pytest.mark.parametrize("policy", [*ORDERED, "merged", "manual"])
@given(found=edits(), order=st.permutations(KEYS), primary=st.sampled_from(["", *KEYS]))
def test_the_same_news_told_again_change_nothing(policy, found, order, primary):
    integrations = workspace(policy, primary=primary)
    record, _ = deliver(agreed(), found, tuple(order), integrations)
    for key in KEYS:
        again = merged(record, found.seen(key), key, integrations)
        assert not again.moved
        assert again.record is record
        assert (again.changes, again.lost) == ((), ())


@pytest.mark.parametrize("policy", [*ORDERED, "merged"])
@given(found=edits(), order=st.permutations(KEYS), primary=st.sampled_from(["", *KEYS]))
def test_after_every_crm_was_told_all_agree_and_nobody_writes_again(policy, found, order, primary):
    integrations = workspace(policy, primary=primary)
    record = agreed()
    says = {key: dict(found.seen(key).fields) for key in KEYS}
    seen = {key: found.seen(key) for key in KEYS}
    writes = len(KEYS)
    for _ in range(3):
        writes = 0
        for key in order:
            record = merged(record, seen[key], key, integrations).record
        for key in order:
            if key not in due_for(record, integrations.values()):
                continue
            writes += 1
            names = [name for name in FIELDS if PROJECTIONS[key](record.fields)[name] != says[key][name]]
            says[key] |= {name: PROJECTIONS[key](record.fields)[name] for name in names}
            seen[key] = Observation(f"x{key[-1]}", dict(says[key]), modified_at=START)
            sent = {name: record.fields[name] for name in record.links[key].base}
            written = Written(external_id=f"x{key[-1]}", sent=sent, observation=seen[key], is_create=False)
            record = settle(record, written, integration_id=key, project=PROJECTIONS[key])
    assert writes == 0
    assert due_for(record, integrations.values()) == {}
    assert says == {key: PROJECTIONS[key](record.fields) for key in KEYS}


def test_a_crm_that_rewrites_what_it_is_told_is_never_told_again():
    integrations = workspace()
    record = merged(agreed(), Edits({"int_a": {"job_title": ("Head of Purchasing", 1000)}}).seen("int_a")).record
    assert set(due_for(record, integrations.values())) == {"int_b", "int_c"}
    answer = Observation("xb", PROJECTIONS["int_b"](record.fields), modified_at=START)
    sent = {"job_title": "Head of Purchasing"}
    written = Written(external_id="xb", sent=sent, observation=answer, is_create=False)
    record = settle(record, written, integration_id="int_b", project=PROJECTIONS["int_b"])
    assert "int_b" not in due_for(record, integrations.values())
    assert not merged(record, answer, "int_b").moved
    assert record.fields["job_title"] == "Head of Purchasing"


# ------------------------------------------------------------------------------------------------ absent, empty, null


@given(found=edits(), names=st.sets(st.sampled_from(FIELDS)))
def test_a_field_that_a_crm_does_not_speak_of_is_never_wiped(found, names):
    seen = found.seen("int_a")
    told = Observation(seen.external_id, {name: seen.fields[name] for name in names}, field_times=seen.field_times)
    after = merged(agreed(), told).record
    assert {name: after.fields[name] for name in FIELDS if name not in names} == {
        name: AGREED[name] for name in FIELDS if name not in names
    }


def test_an_emptied_field_is_news_like_any_other():
    after = merged(agreed(), Observation("xa", {**AGREED, "city": None}, modified_at=START)).record
    assert after.fields["city"] is None
    assert set(due_for(after, workspace().values())) == {"int_b", "int_c"}
    assert after.links["int_b"].base == {"city": Base("Recife")}


def test_an_empty_row_empties_nothing():
    assert not merged(agreed(), Observation("xa", {})).moved


# ------------------------------------------------------------------------------------------------ the base


def test_a_crm_that_still_says_what_was_agreed_takes_no_newer_value_away():
    ahead = merged(agreed(), Edits({"int_a": {"city": ("A1", 1000)}}).seen("int_a")).record
    late = Observation("xc", dict(AGREED), modified_at=START.replace(year=2030))
    after = merged(ahead, late, "int_c")
    assert not after.moved
    assert after.record.fields["city"] == "A1"
    assert "int_c" in due_for(after.record, workspace().values())


def test_different_fields_of_both_sides_both_survive():
    found = Edits({"int_a": {"city": ("A1", 1000)}, "int_c": {"job_title": ("C1", 1000)}})
    record, lost = deliver(agreed(), found, ("int_a", "int_c"), workspace())
    assert (record.fields["city"], record.fields["job_title"], lost) == ("A1", "C1", ())


def test_a_value_that_returns_before_anybody_was_told_leaves_nothing_due():
    there = merged(agreed(), Edits({"int_a": {"city": ("A1", 1000)}}).seen("int_a")).record
    back = merged(there, Observation("xa", dict(AGREED), modified_at=START)).record
    assert back.fields == AGREED
    assert due_for(back, workspace().values()) == {}
    kept = {key: link.base for key, link in back.links.items() if link.base}
    assert kept == {key: {"city": Base(AGREED["city"], tried=("A1",))} for key in back.links if key != "int_a"}


def test_both_sides_coming_to_the_same_value_is_no_conflict():
    found = Edits({"int_a": {"city": ("Olinda", 1000)}, "int_c": {"city": ("Olinda", 2000)}})
    record, lost = deliver(agreed(), found, ("int_a", "int_c"), workspace())
    assert (record.fields["city"], lost) == ("Olinda", ())
    assert list(due_for(record, workspace().values())) == ["int_b"]


def test_a_crm_that_joins_fills_gaps_and_conflicts_only_where_values_differ():
    record = agreed(("int_a",))
    joining = Observation("xc", {"city": "Natal", "phone": "+5581999990000"}, modified_at=START)
    found = merged(record, joining, "int_c")
    assert found.record.fields == {**AGREED, "city": "Natal", "phone": "+5581999990000"}
    assert [(each.field, each.value) for each in found.lost] == [("city", "Recife")]
    assert found.record.links["int_c"].external_id == "xc"
    assert set(due_for(found.record, workspace().values())) == {"int_a", "int_b", "int_c"}


# ------------------------------------------------------------------------------------------------ directions


def rule_of(direction, **more):
    base = integration("int_a").rules["contact"]
    return integration("int_a", rules={"contact": type(base)(direction=direction, fields=base.fields, **more)})


def test_a_crm_that_is_only_written_to_is_not_believed_and_is_corrected():
    integrations = {**workspace(), "int_a": rule_of("to_crm")}
    after = merged(agreed(), Edits({"int_a": {"city": ("A1", 1000)}}).seen("int_a"), "int_a", integrations).record
    assert after.fields["city"] == "Recife"
    assert list(due_for(after, integrations.values())) == ["int_a"]


def test_a_crm_that_is_only_read_is_never_due():
    integrations = {**workspace(), "int_a": rule_of("from_crm")}
    after = merged(agreed(), Edits({"int_c": {"city": ("C1", 1000)}}).seen("int_c"), "int_c", integrations).record
    assert list(due_for(after, integrations.values())) == ["int_b"]


@pytest.mark.parametrize("more", [{"enabled": False}])
def test_an_entity_that_is_off_is_neither_read_nor_written(more):
    integrations = {**workspace(), "int_a": rule_of("bidirectional", **more)}
    after = merged(agreed(), Edits({"int_a": {"city": ("A1", 1000)}}).seen("int_a"), "int_a", integrations)
    assert after.record.fields == AGREED
    assert due_for(after.record, integrations.values()) == {}


def test_a_field_that_takes_no_part_is_neither_read_nor_written():
    base = integration("int_a").rules["contact"]
    rule = type(base)(fields=("job_title",))
    integrations = {**workspace(), "int_a": integration("int_a", rules={"contact": rule})}
    after = merged(agreed(), Edits({"int_a": {"city": ("A1", 1000)}}).seen("int_a"), "int_a", integrations)
    assert not after.moved
    other = merged(agreed(), Edits({"int_c": {"city": ("C1", 1000)}}).seen("int_c"), "int_c", integrations).record
    assert list(due_for(other, integrations.values())) == ["int_b"]


def test_the_projection_that_holds_less_does_not_shorten_the_hub():
    text = "a description of many characters"
    record = merged(agreed(), Observation("xa", {**AGREED, "description": text}, modified_at=START)).record
    short = Observation("xb", {**PROJECTIONS["int_b"](record.fields)}, modified_at=START)
    after = merged(record, short, "int_b").record
    assert after.fields["description"] == text
    assert plain(after.fields)["description"] == text

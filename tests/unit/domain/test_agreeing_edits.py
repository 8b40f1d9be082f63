"""The laws of merging where CRMs come to the same value: the latest of all edits wins, in any order of delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.domain.integrations import Integration, PolicyName
from crmbridge.domain.merge import merge
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.policy import judge
from crmbridge.domain.records import Observation, Record, Stamp
from tests.unit.domain.strategies import AGREED, START, agreed, integration, plain

KEYS = ("int_a", "int_b", "int_c", "int_d")
ORDERED = ("last_modified_wins", "primary_wins", "secondary_wins", "crm_wins", "hub_wins")
PERSON, BRIDGE = "person", "bridge"
FIELDS = ("city", "job_title")

Edited = Mapping[str, Mapping[str, tuple[str, int]]]
"""By CRM, by field: the new value and the second of the edit."""


def workspace(policy: PolicyName, primary: str = "", ranks: tuple[int, ...] = (2, 0, 3, 1)) -> dict[str, Integration]:
    return {
        key: integration(key, policy=policy, is_primary=key == primary, rank=rank, actor_id=BRIDGE)
        for key, rank in zip(KEYS, ranks, strict=True)
    }


def seen(key: str, edits: Mapping[str, tuple[str, int]], author: str = PERSON) -> Observation:
    """Return what a CRM says after its edits; the version is that of each edit, as the CRM's history tells."""
    fields = {**AGREED, **{name: value for name, (value, _) in edits.items()}}
    moments = {name: START + timedelta(seconds=at) for name, (_, at) in edits.items()}
    last = max(moments.values(), default=START)
    return Observation(f"x{key[-1]}", fields, modified_at=last, field_times=moments, author=author)


def take(record: Record, observation: Observation, key: str, integrations: Mapping[str, Integration]) -> Record:
    return merge(
        record,
        observation,
        integration=integrations[key],
        integrations=integrations,
        project=plain,
        now=START,
    ).record


def end(record: Record, names: tuple[str, ...] = FIELDS) -> dict[str, object]:
    return {name: (record.fields.get(name), record.stamps.get(name)) for name in names}


times = st.integers(1, 6)
one_field = st.dictionaries(
    st.sampled_from(KEYS), st.tuples(st.sampled_from(["v", "w"]), times), min_size=1, max_size=4
).map(lambda found: {key: {"city": edit} for key, edit in found.items()})


def best(found: Edited, integrations: Mapping[str, Integration]) -> tuple[str, Stamp]:
    """Return the edit that beats all others, by comparing each pair."""
    edits = [
        (made["city"][0], Stamp(int((START + timedelta(seconds=made["city"][1])).timestamp() * 1000), key))
        for key, made in found.items()
    ]

    def beats(one: Stamp, other: Stamp) -> bool:
        return judge(one, other, entity="contact", field="city", integrations=integrations).remote_wins

    return next(each for each in edits if all(each is other or beats(each[1], other[1]) for other in edits))


# ------------------------------------------------------------------------------------------------ any order


@pytest.mark.parametrize("policy", ORDERED)
@settings(max_examples=60)
@given(found=one_field, primary=st.sampled_from(["", *KEYS]), ranks=st.permutations(range(4)))
def test_the_best_edit_wins_in_any_order_even_where_several_set_the_same_value(policy, found, primary, ranks):
    integrations = workspace(policy, primary, tuple(ranks))
    wanted = best(found, integrations)
    for order in permutations(found):
        record = agreed(KEYS)
        for key in order:
            record = take(record, seen(key, found[key]), key, integrations)
        assert (record.fields["city"], record.stamps["city"]) == wanted, order


@pytest.mark.parametrize("policy", ORDERED)
@settings(max_examples=50)
@given(found=one_field, more=st.lists(st.sampled_from(KEYS), max_size=6))
def test_being_told_again_in_between_changes_nothing(policy, found, more):
    integrations = workspace(policy)
    wanted = best(found, integrations)
    order = [each for each in (*more, *found) if each in found]
    record = agreed(KEYS)
    for key in order:
        record = take(record, seen(key, found[key]), key, integrations)
    assert (record.fields["city"], record.stamps["city"]) == wanted


@settings(max_examples=50)
@given(found=one_field, order=st.permutations(KEYS))
def test_rows_that_are_linked_for_the_first_time_need_no_author(found, order):
    """Nobody can have written to a row that was never linked."""
    integrations = workspace("last_modified_wins")
    wanted = best(found, integrations)
    record = replace(agreed(("int_a",)), links={}, fields={name: AGREED[name] for name in AGREED if name != "city"})
    for key in order:
        if key in found:
            record = take(record, seen(key, found[key], author=""), key, integrations)
    assert (record.fields["city"], record.stamps["city"]) == wanted


# ------------------------------------------------------------------------------------------------ batches


histories = st.dictionaries(
    st.sampled_from(KEYS),
    st.lists(
        st.tuples(st.sampled_from(["v", "w", "u"]), st.integers(1, 9)),
        min_size=1,
        max_size=3,
        unique_by=lambda each: each[1],
    ),
    min_size=1,
    max_size=3,
).map(lambda found: {key: [(f"{value}{key}{at}", at) for value, at in sorted(made, key=lambda each: each[1])]
                     for key, made in found.items()})  # fmt: skip
"""By CRM, its edits as they were made; no two set the same value, and none sets back what was agreed."""


@settings(max_examples=100)
@given(found=histories, skipped=st.sets(st.tuples(st.sampled_from(KEYS), st.integers(0, 1))), random=st.randoms())
def test_it_does_not_matter_how_many_edits_of_one_crm_come_at_once(found, skipped, random):
    """A reading may show each edit of a CRM or only the last one; the end is that of the latest edits."""
    integrations = workspace("last_modified_wins")
    wanted = best({key: {"city": made[-1]} for key, made in found.items()}, integrations)
    steps = [
        (key, edit)
        for key, made in found.items()
        for number, edit in enumerate(made)
        if edit is made[-1] or (key, number) not in skipped
    ]
    order = [key for key, _ in steps]
    random.shuffle(order)
    queues = {key: [edit for each, edit in steps if each == key] for key in found}
    record = agreed(KEYS)
    for key in order:
        record = take(record, seen(key, {"city": queues[key].pop(0)}), key, integrations)
    assert record.fields["city"] == wanted[0]


# ------------------------------------------------------------------------------------------------ the base


@settings(max_examples=50)
@given(found=one_field, order=st.permutations(KEYS))
def test_a_crm_that_says_what_was_agreed_says_nothing(found, order):
    integrations = workspace("last_modified_wins")
    silent = {key: seen(key, {}, author=PERSON) for key in KEYS if key not in found}
    plainly, mixed = agreed(KEYS), agreed(KEYS)
    for key in order:
        if key in found:
            plainly = take(plainly, seen(key, found[key]), key, integrations)
            mixed = take(mixed, seen(key, found[key]), key, integrations)
        else:
            late = replace(silent[key], modified_at=START + timedelta(days=1))
            mixed = take(mixed, late, key, integrations)
    assert end(plainly) == end(mixed)


# ------------------------------------------------------------------------------------------------ our own echo


def third_edit_in_between(author: str) -> Record:
    """A sets v, we write it to C and lose the answer, C says it; then an edit of B comes that was made in between."""
    integrations = workspace("last_modified_wins")
    record = take(agreed(KEYS), seen("int_a", {"city": ("v", 1)}), "int_a", integrations)
    record = take(record, seen("int_c", {"city": ("v", 9)}, author=author), "int_c", integrations)
    return take(record, seen("int_b", {"city": ("w", 5)}), "int_b", integrations)


@pytest.mark.parametrize(("author", "city"), [(BRIDGE, "w"), ("", "w"), (PERSON, "v")])
def test_our_own_write_coming_back_is_no_edit_and_a_persons_is(author: str, city: str):
    assert third_edit_in_between(author).fields["city"] == city


def test_an_author_of_another_fields_edit_is_not_this_ones():
    integrations = workspace("last_modified_wins")
    record = take(agreed(KEYS), seen("int_a", {"city": ("v", 1)}), "int_a", integrations)
    both = seen("int_c", {"city": ("v", 7), "job_title": ("CEO", 9)})
    record = take(record, both, "int_c", integrations)
    assert record.stamps["city"].integration_id == "int_a"
    assert record.stamps["job_title"].integration_id == "int_c"


def test_a_person_who_sets_a_value_that_we_replaced_before_is_believed():
    integrations = workspace("last_modified_wins")
    record = take(agreed(KEYS), seen("int_b", {"city": ("w", 2)}), "int_b", integrations)
    record = take(record, seen("int_c", {"city": ("v", 3)}), "int_c", integrations)
    record = take(record, seen("int_a", {"city": ("w", 4)}), "int_a", integrations)
    assert record.fields["city"] == "w"


@pytest.mark.parametrize(
    ("said_ms", "said_by", "author"),
    [(1_000, "p1", "p1"), (999, "p1", ""), (1_000, "", ""), (None, "p1", "")],
)
def test_a_hint_tells_the_author_of_the_version_it_speaks_of_and_of_no_other(said_ms, said_by, author):
    row = Observation("7", {}, modified_at=START.fromtimestamp(1, tz=START.tzinfo))
    times = {} if said_ms is None else {"7": said_ms}
    hint = ChangeHint("w", "i", "contact", ("7",), modified_ms=times, modified_by={"7": said_by} if said_by else {})
    assert hint.authored(row).author == author

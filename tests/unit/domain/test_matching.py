"""Which record a row that nobody has linked yet belongs to; several is never guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.keys import digest, external_keys, natural_keys, shard_of
from crmbridge.domain.matching import match, match_key, numbers
from crmbridge.domain.records import Entity, Link, Observation, Record
from tests.unit.domain.strategies import START, WORKSPACE

PHONE = "+5581999990000"


def contact(key: str, **fields) -> Record:
    return Record(WORKSPACE, f"con_{key}", "contact", fields=fields)


def found(row: Observation, *candidates: Record, entity: Entity = "contact"):
    return match(row, candidates, integration_id="int_c", workspace_id=WORKSPACE, entity=entity)


ANA = contact("ana", email="ana@example.com", last_name="Prado")


def test_the_same_address_is_the_same_person():
    assert found(Observation("1", {"email": "ana@example.com"}), ANA).record is ANA


def test_our_own_id_counts_before_the_address():
    other = contact("other", email="other@example.com")
    row = Observation("1", {"email": "ana@example.com"}, correlation_id="con_other")
    assert found(row, ANA, other).record is other


def test_two_records_with_one_address_are_left_to_people():
    twin = contact("ana2", email="ana@example.com")
    hit = found(Observation("1", {"email": "ana@example.com"}), twin, ANA)
    assert (hit.record, hit.candidates) == (None, ("con_ana", "con_ana2"))


@pytest.mark.parametrize(
    "candidate",
    [
        replace(ANA, links={"int_c": Link("int_c", "9")}),
        replace(ANA, deleted_at=START),
        replace(ANA, merged_into="con_x"),
        replace(ANA, workspace_id="rival"),
        replace(ANA, entity="lead"),
    ],
    ids=["has another row there", "tombstone", "merged away", "another workspace", "another entity"],
)
@pytest.mark.parametrize("correlation_id", ["", "con_ana"])
def test_what_is_no_candidate_is_not_taken_even_under_our_own_id(candidate, correlation_id):
    row = Observation("1", {"email": "ana@example.com"}, correlation_id=correlation_id)
    hit = found(row, candidate)
    assert (hit.record, hit.candidates) == (None, ())


def test_a_record_whose_create_was_not_answered_is_a_candidate():
    waiting = replace(ANA, links={"int_c": Link("int_c", state="creating")})
    assert found(Observation("1", {"email": "ana@example.com"}), waiting).record is waiting


def test_a_row_without_a_key_is_new():
    for fields in ({}, {"email": None}, {"last_name": "Prado"}):
        assert found(Observation("1", fields), ANA).record is None


def test_one_telephone_and_one_name_are_one_person():
    held = contact("p", phone=PHONE, last_name="Prado")
    assert found(Observation("1", {"mobile_phone": PHONE, "last_name": "PRADO"}), held).record is held


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": PHONE},
        {"phone": PHONE, "last_name": "Moura"},
        {"phone": PHONE, "last_name": "Prado", "first_name": "Bia"},
        {"phone": PHONE, "last_name": "Prado", "email": "bia@example.com"},
        {"phone": "81999990000", "last_name": "Prado"},
    ],
    ids=["no name", "another name", "another first name", "another address", "no E.164"],
)
def test_a_telephone_alone_proves_nothing_and_anything_that_differs_speaks_against_it(fields):
    held = contact("p", phone=PHONE, last_name="Prado", first_name="Ana", email="ana@example.com")
    hit = found(Observation("1", fields), held)
    assert (hit.record, hit.candidates) == (None, ())


def test_address_of_one_and_telephone_of_another_are_left_to_people():
    other = contact("p", phone=PHONE, last_name="Prado")
    row = Observation("1", {"email": "ana@example.com", "phone": PHONE, "last_name": "Prado"})
    assert found(row, ANA, other).candidates == ("con_ana", "con_p")


def test_deals_are_never_matched():
    held = Record(WORKSPACE, "dea_1", "deal", fields={"title": "Roof"})
    assert found(Observation("1", {"title": "Roof"}), held, entity="deal").record is None
    assert match_key("deal", {"title": "Roof", "email": "a@b.example"}) is None


def test_companies_are_matched_by_domain_only():
    held = Record(WORKSPACE, "com_1", "company", fields={"name": "Umbra", "domain": "umbra.example", "phone": PHONE})
    assert found(Observation("1", {"domain": "umbra.example"}), held, entity="company").record is held
    assert found(Observation("1", {"name": "Umbra", "phone": PHONE}), held, entity="company").record is None


people = st.builds(
    lambda key, fields: replace(contact(str(key)), fields=fields),
    st.integers(0, 9),
    st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from(["a@example.com", "b@example.com", None]),
            "phone": st.sampled_from([PHONE, "+4930123456", "ask"]),
            "last_name": st.sampled_from(["Prado", "prado", "Moura"]),
        },
    ),
)


@given(st.lists(people, max_size=5, unique_by=lambda each: each.record_id), people, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_the_candidates(candidates, row, random):
    seen = Observation("1", row.fields)
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert found(seen, *candidates) == found(seen, *shuffled)


@given(st.lists(people, max_size=5, unique_by=lambda each: each.record_id), people)
def test_a_match_is_one_record_or_a_doubt_and_never_both(candidates, row):
    hit = found(Observation("1", row.fields), *candidates)
    assert hit.record is None or hit.candidates == ()
    assert set(hit.candidates) <= {each.record_id for each in candidates}
    assert len(hit.candidates) != 1


# ------------------------------------------------------------------------------------------------ keys


def test_links_stay_findable_when_they_are_deleted_and_not_before_they_have_an_id():
    links = {"a": Link("a", "1", state="deleted"), "b": Link("b", state="creating"), "c": Link("c", "3")}
    assert external_keys(replace(ANA, links=links)) == {("a", "1"), ("c", "3")}


@pytest.mark.parametrize("more", [{"deleted_at": START}, {"merged_into": "con_2"}])
def test_a_tombstone_is_found_by_no_natural_key(more):
    assert natural_keys(ANA) == {("email", "ana@example.com")}
    assert natural_keys(replace(ANA, **more)) == frozenset()


def test_both_telephones_are_keys_and_empty_values_are_none():
    held = contact("p", phone=PHONE, mobile_phone="+4930123456", email=None)
    assert natural_keys(held) == {("phone", PHONE), ("phone", "+4930123456")}
    assert numbers("contact", held.fields) == ("+4930123456", PHONE)
    assert natural_keys(Record(WORKSPACE, "dea_1", "deal", fields={"title": "x"})) == frozenset()


@given(st.text(), st.text())
def test_digests_are_short_stable_and_say_nothing(one, other):
    assert (digest(one) == digest(other)) is (one == other)
    assert len(digest(one)) == 32
    assert set(digest(one)) <= set("0123456789abcdef")


def test_records_are_spread_over_all_shards():
    assert {shard_of(f"con_{number:026d}") for number in range(500)} == set(range(16))

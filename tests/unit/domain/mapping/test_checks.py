"""A mapping that cannot be carried out is refused in words; one that loses values says which."""

from __future__ import annotations

import pytest
from hypothesis import given

from crmbridge.domain.mapping.checks import displaced, problems_of, rewrites_of
from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.mapping.overrides import FieldMap
from tests.unit.domain.mapping.maps import TERMS, overrides


def deal(field, **more):
    return FieldMap(entity="deal", field=field, **more)


WRONG = [
    (FieldMap(entity="lead", field="email"), "fields[0].entity", "Acme has no lead"),
    (deal("city"), "fields[0].field", "deal has no field 'city'"),
    (deal("company", held_in="x_note"), "fields[0].field", "keeps its place"),
    (deal("owner", values={"a@b.test": "c@b.test"}), "fields[0].field", "keeps its place"),
    (deal("currency", transform=Transform(op="lower")), "fields[0].field", "keeps its place"),
    (deal("probability"), "fields[0].heldIn", "has no field for probability"),
    (deal("title", held_in="x_missing"), "fields[0].heldIn", "'x_missing'"),
    (deal("title", held_in="owner"), "fields[0].heldIn", "'owner'"),
    (deal("title", held_in="company"), "fields[0].heldIn", "'company'"),
    (deal("amount", held_in="x_note"), "fields[0].heldIn", "amount is a number and x_note holds a text"),
    (deal("title", held_in="x_day"), "fields[0].heldIn", "title is a text and x_day holds a date"),
    (deal("title", transform=Transform(op="shift", number=2)), "fields[0].transform.op", "shift takes a number"),
    (deal("amount", transform=Transform(op="shift")), "fields[0].transform.number", "shift needs places"),
    (deal("x_moment", transform=Transform(op="day")), "fields[0].heldIn", "day makes a date"),
    (deal("amount", values={"1": "2"}), "fields[0].values", "a number has no words"),
    (deal("stage", values={"dreaming": "won"}), "fields[0].values.dreaming", "stage is never 'dreaming'"),
    (deal("stage", values={"won": "bought"}), "fields[0].values.won", "stage is never 'bought'"),
    (deal("x_note", held_in="x_pick", values={"a": "b"}), "fields[0].values.a", "x_pick is never 'b'"),
    (deal("lead_source", values={"Web": " "}), "fields[0].values", "empty or too long"),
]


@pytest.mark.parametrize(("override", "at", "words"), WRONG, ids=[f"{at}-{words[:20]}" for _, at, words in WRONG])
def test_what_cannot_be_carried_out_is_named_with_reason_and_next_step(override, at, words):
    (problem, *_) = problems_of([override], TERMS)
    assert problem.at == at
    assert words in problem.reason
    assert problem.next_step


def test_a_field_mapped_twice_and_a_place_wanted_twice_are_refused():
    twice = problems_of([deal("title"), deal("title", required=True)], TERMS)
    assert [each.at for each in twice] == ["fields[0].field", "fields[1].field"]
    shared = problems_of([deal("title", held_in="x_note"), deal("deal_type", held_in="x_note")], TERMS)
    assert [each.at for each in shared] == ["fields[0].heldIn", "fields[1].heldIn"]


def test_a_fixed_field_can_be_required():
    assert problems_of([deal("owner", required=True)], TERMS) == ()


@given(overrides())
def test_what_can_be_carried_out_has_no_problem_alone_either(given_maps):
    for each in given_maps:
        assert problems_of([each], TERMS) == ()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (deal("title", transform=Transform(op="upper")), "upper loses which letters were small"),
        (deal("x_moment", held_in="x_day", transform=Transform(op="day")), "day loses the time of day"),
        (deal("lead_source", values={"Web": "Site", "Ads": "Site"}), "words come back as others: Web as Ads"),
        (deal("stage", values={"decision": "contract"}), "contract as decision"),
        (deal("lead_source", held_in="x_pick"), "words other than Usina própria, Investimento are left out"),
        (deal("stage", held_in="x_pick", values={"won": "Investimento"}), "no such option: appointment"),
    ],
)
def test_a_field_that_cannot_make_the_round_trip_is_named_with_the_reason(override, words):
    told = rewrites_of([override], TERMS)
    assert words in told[f"deal.{override.field}"]


@pytest.mark.parametrize(
    "override",
    [
        deal("amount", transform=Transform(op="shift", number=2)),
        deal("lead_source", values={"Web": "Site"}),
        deal("stage", values={"decision": "contract", "contract": "decision"}),
        deal("x_flag", held_in="x_note", transform=Transform(op="words", yes="Ja", no="Nein")),
    ],
)
def test_a_field_that_makes_the_round_trip_is_not_named(override):
    assert rewrites_of([override], TERMS) == {}


def test_a_field_whose_place_is_given_away_is_told():
    told = displaced([deal("lead_source", held_in="x_note")], TERMS)
    assert told == {"deal.x_note": "its place holds lead_source; its own value is neither written nor read"}
    assert displaced([deal("title", held_in="x_note"), deal("x_note", held_in="title")], TERMS) == {}

"""Between the hub and a connector: every field has one place, and comes back from it."""

from __future__ import annotations

from hypothesis import given

from crmbridge.domain.mapping.checks import displaced, rewrites_of
from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.mapping.overrides import (
    FieldMap,
    changed_fields,
    override_from_json,
    override_to_json,
    taking_part,
)
from crmbridge.domain.mapping.rendering import Rendering
from tests.unit.domain.mapping.maps import TERMS, fields, keeps_all, overrides, shortens


def said(rendering, values, project=keeps_all):
    return rendering.back(project(rendering.there(values)))


@given(overrides(), fields)
def test_what_is_not_told_to_be_rewritten_comes_back_as_it_was(given_maps, values):
    rendering = Rendering("deal", given_maps)
    told = {*rewrites_of(given_maps, TERMS), *displaced(given_maps, TERMS)}
    open_words = {f"deal.{each.field}" for each in given_maps if each.values and not rewrites_of([each], TERMS)}
    shown = said(rendering, values)
    for name, value in values.items():
        target = {each.field: each.held_in for each in given_maps}.get(name, "")
        if f"deal.{name}" in told | open_words or target == "x_pick":
            continue
        assert shown.get(name) == value, name


@given(overrides(), fields)
def test_rendering_what_was_rendered_changes_nothing_more(given_maps, values):
    rendering = Rendering("deal", given_maps)
    once = said(rendering, values)
    assert said(rendering, once) == once


@given(overrides(), fields)
def test_what_a_crm_shortens_is_written_as_it_stands_there(given_maps, values):
    rendering = Rendering("deal", given_maps)
    row = shortens(rendering.there(values))
    assert shortens(rendering.there(rendering.back(row))).items() <= row.items() | {
        (name, None) for name in values
    } or any(each.transform for each in given_maps)


@given(overrides(), fields)
def test_no_two_fields_share_a_place_and_none_comes_from_nowhere(given_maps, values):
    rendering = Rendering("deal", given_maps)
    placed = [rendering.place(name) for name in values if rendering.place(name)]
    assert len(placed) == len(set(placed))
    for name in values:
        if rendering.place(name):
            assert rendering.field(rendering.place(name)) == name


@given(overrides())
def test_overrides_survive_their_storage(given_maps):
    assert tuple(override_from_json(override_to_json(each)) for each in given_maps) == given_maps


@given(overrides())
def test_a_mapping_that_did_not_change_changes_no_field(given_maps):
    assert changed_fields(given_maps, given_maps, "deal") == ()
    assert changed_fields(given_maps, given_maps[::-1], "deal") == ()


def test_a_field_without_overrides_passes_through_with_its_value():
    rendering = Rendering("deal", ())
    values = {"title": "Panels", "amount": None, "contacts": ("con_1",)}
    assert (rendering.there(values), rendering.back(values)) == (values, values)


def test_a_field_held_elsewhere_leaves_its_own_place_free_and_the_other_taken():
    rendering = Rendering("deal", [FieldMap(entity="deal", field="lead_source", held_in="x_note")])
    assert rendering.there({"lead_source": "Web", "x_note": "mine"}) == {"x_note": "Web"}
    assert rendering.back({"lead_source": "theirs", "x_note": "Web"}) == {"lead_source": "Web"}
    assert rendering.names_back({"x_note": 1, "lead_source": 2, "title": 3}) == {"lead_source": 1, "title": 3}


def test_two_fields_can_change_places():
    maps = [
        FieldMap(entity="deal", field="title", held_in="x_note"),
        FieldMap(entity="deal", field="x_note", held_in="title"),
    ]
    rendering = Rendering("deal", maps)
    assert rendering.there({"title": "a", "x_note": "b"}) == {"x_note": "a", "title": "b"}
    assert rendering.back({"x_note": "a", "title": "b"}) == {"title": "a", "x_note": "b"}


def test_of_words_that_share_one_of_the_crms_the_first_in_the_alphabet_comes_back():
    maps = [FieldMap(entity="deal", field="lead_source", values={"Web": "Site", "Ads": "Site"})]
    rendering = Rendering("deal", maps)
    assert rendering.there({"lead_source": "Web"}) == {"lead_source": "Site"}
    assert rendering.back({"lead_source": "Site"}) == {"lead_source": "Ads"}


def test_words_come_before_the_form():
    maps = [
        FieldMap(
            entity="deal", field="lead_source", values={"Web": "site"}, transform=Transform(op="prefix", text="> ")
        )
    ]
    rendering = Rendering("deal", maps)
    assert rendering.there({"lead_source": "Web"}) == {"lead_source": "> site"}
    assert rendering.back({"lead_source": "> site"}) == {"lead_source": "Web"}


def test_a_field_takes_part_once_it_has_a_place_and_again_once_its_own_is_given_back():
    moved = (FieldMap(entity="deal", field="probability", held_in="x_number", transform=Transform(op="decimal")),)
    before = ("title", "x_number")
    after = taking_part(before, (), moved, "deal")
    assert after == ("title", "probability")
    assert changed_fields((), moved, "deal") == ("probability", "x_number")
    assert taking_part(("title",), moved, (), "deal") == ("title", "x_number")


def test_required_fields_are_told():
    assert Rendering("deal", [FieldMap(entity="deal", field="amount", required=True)]).required == ("amount",)

"""A mapping that changes edits nothing in the hub, and makes due exactly what the CRM now holds otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.due import due_fields
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.mapping.overrides import FieldMap, changed_fields, taking_part
from crmbridge.domain.mapping.rebase import Face, rebased
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.domain.merge import merge
from crmbridge.domain.records import FIELD_NAMES, Base, Link, Observation, Record, Stamp
from tests.unit.domain.mapping.maps import CUSTOM, fields, keeps_all, overrides, shortens
from tests.unit.domain.strategies import START, WORKSPACE

FIELDS = (*FIELD_NAMES["deal"], *(each.name for each in CUSTOM))


def turned(held, agreed, before, after, *, project=keeps_all, rule=None):
    """Change a mapping under a record whose CRM has agreed to some values; return record, link and the CRM's row."""
    faces = [Face(Rendering("deal", each), project) for each in (before, after)]
    base = {name: Base(value) for name, value in agreed.items() if held.get(name) != value}
    record = Record(WORKSPACE, "dea_1", "deal", held, stamps={name: Stamp(5, "int_b") for name in held})
    link = Link("int_a", "77", base=base)
    rule = rule or EntityRule(fields=taking_part(FIELDS, before, after, "deal"))
    names = changed_fields(before, after, "deal")
    link = rebased(record, link, names, rule=rule, before=faces[0], after=faces[1])
    row = project(faces[0].rendering.there({**held, **agreed}))
    return replace(record, links={"int_a": link}), row, faces[1], rule


def seen(record, row, face, rule):
    """Let the hub look at the CRM's row under the new mapping."""
    integration = Integration(WORKSPACE, "int_a", "acme", "A", status="active", rules={"deal": rule})
    observation = Observation("77", face.rendering.back(row), modified_at=START)
    both = {"int_a": integration, "int_b": replace(integration, integration_id="int_b")}
    return merge(
        record,
        observation,
        integration=integration,
        integrations=both,
        project=lambda each: face.says(dict(each)),
        now=START,
    )


@given(overrides(), overrides(), fields, fields, st.sampled_from([keeps_all, shortens]))
def test_no_field_that_stays_in_its_place_is_edited_by_a_change_of_mapping(before, after, held, agreed, project):
    agreed = {name: value for name, value in agreed.items() if name in held}
    record, row, face, rule = turned(held, agreed, before, after, project=project)
    places = [{name: Rendering("deal", each).place(name) for name in held} for each in (before, after)]
    stays = {name for name in held if places[0][name] == places[1][name] != ""}
    merged = seen(record, row, face, rule)
    assert {each.field for each in merged.changes} & stays == set()
    assert {each.field for each in merged.lost} & stays == set()


@given(overrides(), overrides(), fields, st.sampled_from([keeps_all, shortens]))
def test_after_what_is_due_was_written_the_crm_says_what_the_new_mapping_makes_of_the_hub(before, after, held, project):
    record, row, face, rule = turned(held, {}, before, after, project=project)
    due = due_fields(record, record.links["int_a"], rule)
    says, kept = face.says(dict(held)), Rendering("deal", after)
    written = {**row, **project(kept.there({name: says[name] for name in due if name in says}))}
    wanted = face.row(dict(held))
    for name in changed_fields(before, after, "deal"):
        place = kept.place(name)
        if name in held and place == Rendering("deal", before).place(name) != "" and name in says:
            assert written.get(place) == wanted[place], name


@given(overrides(), fields)
def test_a_mapping_that_did_not_change_leaves_every_link_as_it_was(given_maps, held):
    record, row, face, rule = turned(held, {}, given_maps, given_maps)
    assert record.links["int_a"].base == {}
    assert not due_fields(record, record.links["int_a"], rule)
    assert row is not None
    assert face is not None


def test_a_scaled_amount_is_written_anew_and_not_read_as_an_edit():
    cents = (FieldMap(entity="deal", field="amount", transform=Transform(op="shift", number=2)),)
    record, row, face, rule = turned({"amount": "50"}, {}, (), cents)
    assert row == {"amount": "50"}
    assert due_fields(record, record.links["int_a"], rule) == ("amount",)
    assert seen(record, row, face, rule).record.fields == {"amount": "50"}


def test_a_word_that_stands_the_same_under_both_mappings_is_not_due():
    words = (FieldMap(entity="deal", field="lead_source", values={"Ads": "Anúncio"}),)
    record, *_, rule = turned({"lead_source": "Web"}, {}, (), words)
    assert record.links["int_a"].base == {}
    assert not due_fields(record, record.links["int_a"], rule)


def test_a_field_in_a_new_place_is_due_there_and_what_stands_there_is_weighed_as_of_a_stranger():
    moved = (FieldMap(entity="deal", field="lead_source", held_in="x_note"),)
    record, _, face, rule = turned({"lead_source": "Web"}, {}, (), moved)
    assert due_fields(record, record.links["int_a"], rule) == ("lead_source",)
    assert seen(record, {"x_note": None}, face, rule).record.fields == {"lead_source": "Web"}
    assert seen(replace(record, fields={}), {"x_note": "Fair"}, face, rule).record.fields == {"lead_source": "Fair"}


def test_what_was_due_before_stays_due():
    cents = (FieldMap(entity="deal", field="amount", transform=Transform(op="shift", number=2)),)
    record, row, face, rule = turned({"amount": "70"}, {"amount": "50"}, (), cents)
    assert record.links["int_a"].base == {"amount": Base("50", "0.5")}
    assert seen(record, row, face, rule).record.fields == {"amount": "70"}


@pytest.mark.parametrize("direction", ["from_crm"])
def test_of_a_crm_that_is_only_read_the_new_reading_counts(direction):
    cents = (FieldMap(entity="deal", field="amount", transform=Transform(op="shift", number=2)),)
    rule = EntityRule(fields=FIELDS, direction=direction)
    record, row, face, rule = turned({"amount": "5000"}, {}, (), cents, rule=rule)
    assert record.links["int_a"].base == {}
    assert seen(record, row, face, rule).record.fields == {"amount": "50"}


def test_a_word_that_is_understood_as_it_stands_is_put_into_the_crms_own_all_the_same():
    words = (FieldMap(entity="deal", field="stage", values={"decision": "contract", "contract": "decision"}),)
    record, *_, rule = turned({"stage": "won"}, {}, (), words)
    assert not due_fields(record, record.links["int_a"], rule)
    site = (FieldMap(entity="deal", field="lead_source", values={"Web": "Site"}),)
    record, row, face, rule = turned({"lead_source": "Web"}, {}, (), site)
    assert due_fields(record, record.links["int_a"], rule) == ("lead_source",)
    assert face.rendering.loose(row) == {"lead_source"}
    assert face.rendering.loose({"lead_source": "Site", "title": "x"}) == frozenset()
    assert seen(record, row, face, rule).record.fields == {"lead_source": "Web"}

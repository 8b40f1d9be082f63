"""Which edits the storm makes: never of a thing's own mark, of one field in one CRM unless it is contested."""

from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.demo.acts import storm
from local.demo.invent import invent_world
from local.demo.invent.dice import Dice
from local.demo.sides import hubspot_fields, salesforce_fields

CRMS = ("hubspot", "salesforce")
STAGES = {"hubspot": hubspot_fields.STAGES, "salesforce": salesforce_fields.STAGES}


@pytest.fixture(scope="module")
def world():
    return invent_world(200, crms=CRMS, stages=STAGES, seed=3)


@pytest.fixture(scope="module")
def plan(world):
    stage = SimpleNamespace(world=world, dice=Dice(5), crms=CRMS, in_all=lambda entity: sorted(world.keys(entity)))
    made = storm._Plan(cast("Any", stage))
    made.make(1000)
    return made


def test_both_crms_get_edits_and_all_are_made(plan):
    per_crm = Counter(edit.crm for edit in plan.edits)
    assert per_crm.total() == 1000
    assert min(per_crm.values()) > 400


def test_half_of_the_things_are_touched_once_and_the_others_often(plan):
    touches = Counter((edit.entity, edit.key) for edit in plan.edits)
    once = [each for each, count in touches.items() if count == 1]
    assert len(once) >= 95
    assert max(touches.values()) > 5


def test_a_field_is_edited_in_one_crm_unless_it_is_contested(plan):
    homes = defaultdict(set)
    for edit in plan.edits:
        homes[edit.entity, edit.key, edit.name].add(edit.crm)
    shared = [place for place, crms in homes.items() if len(crms) > 1]
    assert set(shared) <= {place for place, crms in plan.homes.items() if len(crms) > 1}
    assert 0 < len(shared) < 0.15 * len(homes)


def test_no_edit_takes_away_what_a_thing_is_known_by(plan, world):
    for edit in plan.edits:
        for draft in world.typed(edit.entity)[edit.key].values():
            assert world.key_of(edit.entity, {**draft.fields, edit.name: edit.value}) == edit.key


def test_only_what_both_crms_can_hold_is_edited(plan):
    for edit in plan.edits:
        assert edit.name in hubspot_fields.PROPERTIES[edit.entity]
        assert edit.name in salesforce_fields.FIELDS[edit.entity]

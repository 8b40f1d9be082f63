"""How records end: deleted, merged away, held by the brake."""

from __future__ import annotations

import pytest

from crmbridge.services._chronicle import open_decisions
from crmbridge.services._departures import release_brake
from crmbridge.services.hub import load_integrations
from tests.simulation.things import contact
from tests.simulation.world import WORKSPACE, World


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_a_deleted_copy_is_not_made_again(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com"}, {})
    world.sync()
    other = contact(world.crms["bravo"], "ana@example.com").external_id
    world.crms["bravo"].human_delete("contact", other)
    world.settle()
    world.crms["alpha"].human_edit("contact", key, {"city": "Olinda"})
    world.sync()
    assert world.crms["bravo"].live("contact") == {}
    assert set(world.crms["alpha"].live("contact")) == {key}


def test_a_deletion_travels_when_the_integration_says_so():
    world = World(seed=2, on_delete="propagate")
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com"}, {})
    world.sync()
    world.crms["alpha"].human_delete("contact", key)
    world.sync()
    assert world.crms["bravo"].live("contact") == {}


def test_a_reference_to_what_has_no_place_in_one_crm_stays_in_the_others(world: World):
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    person = bravo.human_create("contact", {"email": "ana@example.com"}, {})
    other = bravo.human_create("contact", {"email": "bea@example.com"}, {})
    world.sync()
    alpha.human_delete("contact", contact(alpha, "ana@example.com").external_id)
    world.sync()
    alone = bravo.human_create("deal", {"title": "Roof"}, {"contacts": (person,)})
    both = bravo.human_create("deal", {"title": "Wall"}, {"contacts": (person, other)})
    world.sync()
    world.compare()
    assert {row.fields["title"] for row in alpha.live("deal").values()} == {"Roof", "Wall"}
    assert bravo.rows["deal"][alone].refs["contacts"] == (person,)
    assert bravo.rows["deal"][both].refs["contacts"] == tuple(sorted((person, other)))


def merged_pair(world: World) -> tuple[str, str]:
    alpha = world.crms["alpha"]
    winner = alpha.human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    loser = alpha.human_create("contact", {"email": "ana2@example.com", "city": "Recife"}, {})
    return winner, loser


def test_a_merge_before_the_other_crm_heard_leaves_one_person_there(world: World):
    winner, loser = merged_pair(world)
    world.sync()
    bravo = world.crms["bravo"]
    bravo.human_delete("contact", contact(bravo, "ana@example.com").external_id)
    world.settle()
    world.crms["alpha"].human_merge("contact", winner, loser)
    world.settle()
    world.sync()
    assert set(world.crms["alpha"].live("contact")) == {winner}


def test_twins_left_by_a_merge_are_shown_to_people(world: World):
    winner, loser = merged_pair(world)
    world.sync()
    world.crms["alpha"].human_merge("contact", winner, loser)
    world.settle()
    world.sync()
    (decision,) = open_decisions(world.hub, WORKSPACE)
    assert (decision["kind"], decision["integrations"]) == ("twin", ["int_bravo"])
    assert len(world.crms["bravo"].live("contact")) == 2


@pytest.mark.parametrize("hints_lost", [True, False])
def test_a_survivor_that_is_deleted_before_the_hub_met_it_takes_the_merged_record_with_it(hints_lost: bool):
    world = World(seed=1, on_delete="propagate")
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    loser = alpha.human_create("company", {"name": "Sol"}, {})
    world.sync()
    world.hints_lost = hints_lost
    winner = alpha.human_create("company", {"name": "Lua"}, {})
    alpha.human_merge("company", winner, loser)
    alpha.human_delete("company", winner)
    world.sync()
    assert alpha.live("company") == bravo.live("company") == {}


def test_many_deletions_at_once_are_held_until_people_decide():
    for decide_delete in (True, False):
        world = World(seed=4, on_delete="propagate")
        alpha, bravo = world.crms["alpha"], world.crms["bravo"]
        keys = [alpha.human_create("company", {"name": f"Firm {number}"}, {}) for number in range(50)]
        world.sync()
        world.hints_lost = True
        for key in keys[:40]:
            alpha.human_delete("company", key)
        world.sync()
        survivors = len(bravo.live("company"))
        assert survivors >= 31, "the brake came too late"
        integration = load_integrations(world.hub, WORKSPACE)["int_alpha"]
        assert release_brake(world.hub, integration, "company", delete=decide_delete) == survivors - 10
        world.sync()
        assert len(bravo.live("company")) == (10 if decide_delete else survivors)
        assert len(alpha.live("company")) == (10 if decide_delete else survivors)

"""The engine's first complete path, on memory adapters and strict simulated CRMs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from crmbridge.domain.records import Record
from crmbridge.services._chronicle import open_decisions, read_history
from crmbridge.services.fan_out_changes import fan_out_changes
from crmbridge.services.hub import change_integration, load_integrations
from crmbridge.services.plan_sync import plan_all
from crmbridge.services.resolve_conflicts import resolve_field
from tests.simulation.things import contact
from tests.simulation.world import WORKSPACE, Crash, World


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_a_contact_of_one_crm_appears_once_in_the_other(world: World):
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    assert contact(world.crms["bravo"], "ana@example.com").fields["last_name"] == "Prado"


def test_a_crm_that_has_no_word_for_a_value_keeps_its_own_and_lets_the_others_be(world: World):
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    ours = alpha.human_create("company", {"domain": "n1.example.com", "industry": "v000001", "city": "Natal"}, {})
    world.advance(5)
    theirs = bravo.human_create("company", {"domain": "n1.example.com", "industry": "v000002", "city": "Recife"}, {})
    for _ in range(3):
        world.sync()
        assert alpha.rows["company"][ours].fields["industry"] == "v000001"
        assert alpha.rows["company"][ours].fields["city"] == "Recife"
        assert bravo.rows["company"][theirs].fields["industry"] == "v000002"
    written = world.total_rows_written()
    world.compare()
    assert world.total_rows_written() == written
    alpha.human_edit("company", ours, {"industry": "v000003"})
    world.sync()
    assert bravo.rows["company"][theirs].fields["industry"] == "v000003"


def test_an_edit_travels_by_webhook_alone(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    world.crms["alpha"].human_edit("contact", key, {"job_title": "Buyer"})
    world.settle()
    assert contact(world.crms["bravo"], "ana@example.com").fields["job_title"] == "Buyer"


def test_what_our_own_lost_write_emptied_was_not_emptied_by_a_person(world: World):
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    key = alpha.human_create("contact", {"email": "ana@example.com", "job_title": "Buyer"}, {})
    world.sync()
    alpha.human_edit("contact", key, {"job_title": None})
    world.deliver(world.queues.pending("changes")[0])
    fan_out_changes(world.hub, world.stream)
    world.advance(1)
    alpha.human_edit("contact", key, {"job_title": "Owner"})
    world.advance(3)
    bravo.fault = lambda kind: "lost" if kind == "write" else ""
    while tickets := world.queues.pending("push"):
        world.deliver(tickets[0])
    assert contact(bravo, "ana@example.com").fields["job_title"] is None
    bravo.fault = lambda _: ""
    world.deliver(world.queues.pending("changes")[0])
    world.settle()
    assert contact(bravo, "ana@example.com").fields["job_title"] == "Owner"
    assert alpha.rows["contact"][key].fields["job_title"] == "Owner"


def test_an_edit_whose_webhook_was_lost_travels_by_the_next_read(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    world.hints_lost = True
    world.crms["alpha"].human_edit("contact", key, {"job_title": "Buyer"})
    world.sync()
    assert contact(world.crms["bravo"], "ana@example.com").fields["job_title"] == "Buyer"


def test_people_known_to_both_crms_are_linked_by_email_and_not_doubled(world: World):
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.crms["bravo"].human_create("contact", {"email": "ana@example.com", "job_title": "Buyer"}, {})
    world.sync()
    for crm in world.crms.values():
        fields = contact(crm, "ana@example.com").fields
        assert (fields["last_name"], fields["job_title"]) == ("Prado", "Buyer")


def test_edits_of_different_fields_on_both_sides_both_survive(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com"}, {})
    world.sync()
    other = contact(world.crms["bravo"], "ana@example.com").external_id
    world.crms["alpha"].human_edit("contact", key, {"phone": "+5511987654321"})
    world.crms["bravo"].human_edit("contact", other, {"job_title": "Buyer"})
    world.settle()
    for crm in world.crms.values():
        fields = contact(crm, "ana@example.com").fields
        assert (fields["phone"], fields["job_title"]) == ("+5511987654321", "Buyer")


@pytest.mark.parametrize("seed", range(20))
def test_the_later_of_two_edits_of_one_field_wins_in_any_delivery_order(seed: int):
    world = World(seed=seed)
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "city": "Recife"}, {})
    world.sync()
    other = contact(world.crms["bravo"], "ana@example.com").external_id
    world.advance(5)
    world.crms["alpha"].human_edit("contact", key, {"city": "Olinda"})
    world.advance(5)
    world.crms["bravo"].human_edit("contact", other, {"city": "Natal"})
    world.settle()
    assert {contact(crm, "ana@example.com").fields["city"] for crm in world.crms.values()} == {"Natal"}


def test_the_primary_crm_wins_whatever_the_clock_says():
    world = World(seed=3, primary="alpha")
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "city": "Recife"}, {})
    world.sync()
    other = contact(world.crms["bravo"], "ana@example.com").external_id
    world.crms["alpha"].human_edit("contact", key, {"city": "Olinda"})
    world.advance(60)
    world.crms["bravo"].human_edit("contact", other, {"city": "Natal"})
    world.settle()
    assert {contact(crm, "ana@example.com").fields["city"] for crm in world.crms.values()} == {"Olinda"}


def test_the_loser_of_a_conflict_is_kept_in_the_history(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "city": "Recife"}, {})
    world.sync()
    other = contact(world.crms["bravo"], "ana@example.com").external_id
    seen: list[Record] = []

    def hear(before: Record | None, after: Record) -> None:
        seen.append(after)
        world._streamed(before, after)

    world.records._on_change = hear
    world.crms["alpha"].human_edit("contact", key, {"city": "Olinda"})
    world.advance(5)
    world.crms["bravo"].human_edit("contact", other, {"city": "Natal"})
    world.settle()
    lost = [each for record in seen if record.last for each in record.last.lost]
    assert [(each.field, each.value, each.policy) for each in lost] == [("city", "Olinda", "last_modified_wins")]


def test_deals_keep_their_company_and_contacts(world: World):
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    company = alpha.human_create("company", {"name": "Umbra", "domain": "umbra.example"}, {})
    person = alpha.human_create("contact", {"email": "ana@example.com"}, {"company": (company,)})
    alpha.human_create("deal", {"title": "Roof"}, {"company": (company,), "contacts": (person,)})
    world.sync()
    (deal,) = bravo.live("deal").values()
    (firm,) = bravo.live("company")
    assert deal.refs == {"company": (firm,), "contacts": (contact(bravo, "ana@example.com").external_id,)}
    assert contact(bravo, "ana@example.com").refs == {"company": (firm,)}


def test_a_value_the_crm_rewrites_does_not_start_an_oscillation():
    world = World(seed=5, crms=("alpha", "chary"))
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "job_title": "Buyer"}, {})
    world.sync()
    written = world.total_rows_written()
    world.sync()
    world.sync()
    assert world.total_rows_written() == written
    assert contact(world.crms["alpha"], "ana@example.com").fields["job_title"] == "Buyer"
    assert contact(world.crms["chary"], "ana@example.com").fields["job_title"] == "BUYER"


def test_nothing_is_written_when_nothing_has_changed(world: World):
    for number in range(23):
        world.crms["alpha"].human_create("contact", {"email": f"p{number}@example.com"}, {})
        world.crms["bravo"].human_create("contact", {"email": f"q{number}@example.com"}, {})
    world.sync()
    written = world.total_rows_written()
    assert written == 46
    world.sync()
    world.sync()
    assert world.total_rows_written() == written


def test_a_create_whose_answer_was_lost_is_not_made_twice():
    for seed in range(10):
        for target in ("alpha", "bravo"):
            world = World(seed=seed)
            source = "bravo" if target == "alpha" else "alpha"
            world.crms[source].human_create("company", {"name": "Umbra"}, {})
            faults = iter(["lost"])
            world.crms[target].fault = lambda kind, faults=faults: next(faults, "") if kind == "write" else ""
            world.sync()
            assert len(world.crms[target].live("company")) == 1, (seed, target)


def test_an_outage_loses_nothing(world: World):
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com"}, {})
    world.sync()
    down = iter(["500"] * 7)
    world.crms["bravo"].fault = lambda kind: next(down, "")
    for number in range(9):
        world.crms["alpha"].human_create("contact", {"email": f"p{number}@example.com"}, {})
    world.settle()
    world.sync()
    assert len(world.crms["bravo"].live("contact")) == 10


def test_batches_are_full_while_two_or_more_are_due():
    world = World(crms=("alpha", "delta"))
    for number in range(40):
        world.crms["alpha"].human_create("company", {"name": f"Firm {number}"}, {})
    world.hints_lost = True
    for message in world.queues.messages:
        world.queues.acknowledge(message)
    world.sync()
    delta = world.crms["delta"]
    assert len(delta.live("company")) == 40
    assert delta.writes == 10


def test_the_same_telephone_and_name_without_email_are_one_person(world: World):
    world.crms["alpha"].human_create("contact", {"phone": "+5581999990000", "last_name": "Prado", "city": "Recife"}, {})
    world.crms["bravo"].human_create("contact", {"phone": "+5581999990000", "last_name": "prado"}, {})
    world.sync()
    assert [len(crm.live("contact")) for crm in world.crms.values()] == [1, 1]


def test_a_shared_telephone_alone_makes_nobody_the_same(world: World):
    world.crms["alpha"].human_create("contact", {"phone": "+5581999990000", "last_name": "Prado"}, {})
    world.crms["bravo"].human_create("contact", {"phone": "+5581999990000", "last_name": "Moura"}, {})
    world.sync()
    assert [len(crm.live("contact")) for crm in world.crms.values()] == [2, 2]


def test_a_field_left_to_people_stands_still_everywhere_until_they_decide():
    world = World(seed=6, crms=("alpha", "bravo", "chary"), policies="manual")
    alpha, bravo, _ = world.crms.values()
    alpha.human_create("contact", {"email": "ana@example.com", "city": "Recife"}, {})
    world.sync()
    for crm, city in ((alpha, "Olinda"), (bravo, "Natal")):
        crm.human_edit("contact", contact(crm, "ana@example.com").external_id, {"city": city})
        world.advance(3)
    bravo.human_edit("contact", contact(bravo, "ana@example.com").external_id, {"job_title": "BUYER"})
    world.settle()
    world.sync()
    assert contact(alpha, "ana@example.com").fields["city"] == "Olinda"
    assert contact(bravo, "ana@example.com").fields["city"] == "Natal"
    assert contact(alpha, "ana@example.com").fields["job_title"] == "BUYER"
    (decision,) = open_decisions(world.hub, WORKSPACE)
    assert decision["base"] == "Recife"
    assert {side[0] for side in decision["sides"].values()} >= {"Olinda", "Natal"}
    resolve_field(world.hub, WORKSPACE, decision["record_id"], "city", side="int_bravo", by="eva")
    world.settle()
    world.sync()
    assert {contact(crm, "ana@example.com").fields["city"] for crm in world.crms.values()} == {"Natal"}
    assert open_decisions(world.hub, WORKSPACE) == ()
    newest = next(line for line in read_history(world.hub, WORKSPACE, decision["record_id"]) if line["by"])
    assert newest["by"] == "eva"


@pytest.mark.parametrize(
    ("policies", "winner"),
    [("crm_wins", "Olinda"), ("hub_wins", "Natal"), ("last_modified_wins", "Natal")],
)
def test_each_policy_has_its_winner(policies: str, winner: str):
    for seed in range(8):
        world = World(seed=seed, policies=policies, policies_of="alpha")
        alpha, bravo = world.crms.values()
        alpha.human_create("contact", {"email": "ana@example.com", "city": "Recife"}, {})
        world.sync()
        alpha.human_edit("contact", contact(alpha, "ana@example.com").external_id, {"city": "Olinda"})
        world.advance(5)
        bravo.human_edit("contact", contact(bravo, "ana@example.com").external_id, {"city": "Natal"})
        world.settle()
        world.sync()
        assert {contact(crm, "ana@example.com").fields["city"] for crm in world.crms.values()} == {winner}, seed


def test_merged_keeps_what_both_say():
    for seed in range(8):
        world = World(seed=seed, crms=("alpha", "chary"), policies="merged")
        alpha, chary = world.crms.values()
        alpha.human_create("deal", {"title": "Storage", "description": "x"}, {})
        world.sync()
        for crm, said in ((alpha, "call back"), (chary, "likes tea")):
            (key,) = crm.live("deal")
            crm.human_edit("deal", key, {"description": said})
        world.settle()
        world.sync()
        found = {row.fields["description"] for crm in world.crms.values() for row in crm.live("deal").values()}
        assert found == {"call back\nlikes tea"}


def test_an_ambiguous_person_waits_for_people_and_can_be_joined():
    world = World(seed=9)
    alpha, bravo = world.crms.values()
    alpha.human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    alpha.human_create("contact", {"phone": "+5581999990000", "last_name": "Prado"}, {})
    world.hints_lost = True
    integration = load_integrations(world.hub, WORKSPACE)["int_bravo"]
    change_integration(world.hub, integration, status="paused")
    world.sync()
    key = bravo.human_create(
        "contact", {"email": "ana@example.com", "phone": "+5581999990000", "last_name": "Prado"}, {}
    )
    change_integration(world.hub, load_integrations(world.hub, WORKSPACE)["int_bravo"], status="active")
    world.sync()
    (decision,) = [each for each in open_decisions(world.hub, WORKSPACE) if each["kind"] == "double"]
    assert len(decision["candidates"]) == 2
    assert len(alpha.live("contact")) == 2, "the doubtful one was created nowhere"
    record = world.records.get_many(WORKSPACE, [decision["record_id"]])[decision["record_id"]]
    assert record.links["int_bravo"].external_id == key


def test_two_crms_listed_at_the_same_moment_do_not_double_what_both_hold():
    for first in ("alpha", "bravo"):
        world = World(seed=1)
        for crm in world.crms.values():
            crm.human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
        hints = {each.content.integration_id: each for each in world.queues.pending("changes")}
        other = hints.pop(f"int_{first}")
        (mine,) = hints.values()
        saves = iter([True])

        def meanwhile(name, call, world=world, other=other, saves=saves):
            if name == "save_many" and next(saves, False):
                world.deliver(other)
            return call()

        world.watch = meanwhile
        world.deliver(mine)
        world.watch = None
        world.sync()
        assert [len(crm.live("contact")) for crm in world.crms.values()] == [1, 1], first


@pytest.mark.parametrize("target", ["alpha", "bravo"])
def test_our_own_lost_create_found_again_does_not_undo_an_edit_made_meanwhile(target: str):
    source = "bravo" if target == "alpha" else "alpha"
    world = World(seed=2)
    key = world.crms[source].human_create("company", {"name": "Umbra", "city": "Recife"}, {})
    faults = iter(["lost"])
    world.crms[target].fault = lambda kind: next(faults, "") if kind == "write" else ""
    while not world.crms[target].live("company"):
        if not world.step():
            world.advance(1)
            plan_all(world.hub)
    world.hints_lost = True
    row = world.crms[source].rows["company"][key]
    edited_at = row.modified_at
    world.crms[source].human_edit("company", key, {"city": "Olinda"})
    row.times["city"] = row.modified_at = edited_at + timedelta(milliseconds=1)
    world.settle()
    world.sync()
    assert {each.fields["city"] for crm in world.crms.values() for each in crm.live("company").values()} == {"Olinda"}


def test_a_worker_that_died_before_it_looked_for_twins_looks_when_it_comes_back(world: World):
    for crm in world.crms.values():
        crm.human_create("company", {"domain": "n1.example.com", "name": "Sol"}, {})
    first, second = world.queues.pending("changes")

    def meanwhile(name: str, call: Callable[[], object]) -> object:
        if name != "save_many":
            return call()
        world.watch = None
        world.deliver(second)
        call()
        raise Crash

    world.watch = meanwhile
    world.deliver(first)
    assert len(companies(world)) == 2
    world.deliver(first)
    assert len(companies(world)) == 1


def companies(world: World) -> list[Record]:
    records = world.records.list_records(WORKSPACE, "company", cursor=None, limit=10).items
    return [each for each in records if not each.merged_into]

"""The engine's first complete path, on memory adapters and strict simulated CRMs."""

from __future__ import annotations

import pytest

from tests.simulation.crm import SimCrm
from tests.simulation.world import WORKSPACE, World


def contact(crm: SimCrm, email: str):
    found = [row for row in crm.live("contact").values() if row.fields.get("email") == email]
    assert len(found) == 1, f"{len(found)} contacts with {email} in {crm.character.name}"
    return found[0]


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_a_contact_of_one_crm_appears_once_in_the_other(world: World):
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    assert contact(world.crms["bravo"], "ana@example.com").fields["last_name"] == "Prado"


def test_an_edit_travels_by_webhook_alone(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    world.crms["alpha"].human_edit("contact", key, {"job_title": "Buyer"})
    world.settle()
    assert contact(world.crms["bravo"], "ana@example.com").fields["job_title"] == "Buyer"


def test_an_edit_whose_webhook_was_lost_travels_by_the_next_read(world: World):
    key = world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    world.sync()
    world.hints_lost = True
    world.crms["alpha"].human_edit("contact", key, {"job_title": "Buyer"})
    world.sync()
    assert contact(world.crms["bravo"], "ana@example.com").fields["job_title"] == "Buyer"


def test_people_known_to_both_crms_are_linked_by_email_and_not_doubled(world: World):
    world.crms["alpha"].human_create("contact", {"email": "ana@example.com", "first_name": "Ana"}, {})
    world.crms["bravo"].human_create("contact", {"email": "ana@example.com", "job_title": "Buyer"}, {})
    world.sync()
    for crm in world.crms.values():
        fields = contact(crm, "ana@example.com").fields
        assert (fields["first_name"], fields["job_title"]) == ("Ana", "Buyer")


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
    seen = []
    world.records._on_change, stream = (
        lambda before, after: (seen.append(after), stream(before, after)),
        world._streamed,
    )
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


def test_batches_are_full_while_two_or_more_are_due(world: World):
    for number in range(40):
        world.crms["alpha"].human_create("company", {"name": f"Firm {number}"}, {})
    world.hints_lost = True
    for message in world.queues.messages:
        world.queues.acknowledge(message)
    world.sync()
    bravo = world.crms["bravo"]
    assert len(bravo.live("company")) == 40
    assert bravo.writes == 10


@pytest.mark.parametrize("seed", range(60))
def test_three_crms_converge_after_random_edits_and_crashes(seed: int):
    world = World(seed=seed, crms=("alpha", "bravo", "chary"))
    rng = world.random

    def crash(_: str) -> None:
        if rng.random() < 0.01:
            from tests.simulation.world import Crash

            raise Crash

    world.before_call = world.after_call = crash
    people = [f"p{number}@example.com" for number in range(6)]
    for _ in range(25):
        crm = rng.choice(list(world.crms.values()))
        email = rng.choice(people)
        rows = [row for row in crm.live("contact").values() if row.fields.get("email") == email]
        world.before_call = world.after_call = None
        if rows:
            crm.human_edit(
                "contact", rows[0].external_id, {rng.choice(["city", "job_title"]): f"V{rng.randint(1, 99)}"}
            )
        elif not any(
            row.fields.get("email") == email for each in world.crms.values() for row in each.live("contact").values()
        ):
            crm.human_create("contact", {"email": email, "last_name": email[:2]}, {})
        world.before_call = world.after_call = crash
        for _ in range(rng.randint(0, 6)):
            world.step()
        world.advance(rng.random() * 20)
    world.before_call = world.after_call = None
    for _ in range(4):
        world.sync()
    for email in people:
        shown = {
            name: {key: value for key, value in contact(crm, email).fields.items() if value is not None}
            for name, crm in world.crms.items()
            if any(row.fields.get("email") == email for row in crm.live("contact").values())
        }
        if not shown:
            continue
        assert set(shown) == set(world.crms), f"{email} is missing somewhere: {list(shown)}"
        for fields in shown.values():
            if "job_title" in fields:
                fields["job_title"] = fields["job_title"].upper()
        assert len({str(sorted(fields.items())) for fields in shown.values()}) == 1, shown
    written = world.total_rows_written()
    world.sync()
    world.sync()
    assert world.total_rows_written() == written, "writes after everything was in step"
    assert WORKSPACE


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


def test_an_ambiguous_match_waits_for_people_and_is_never_guessed(world: World):
    alpha, bravo = world.crms["alpha"], world.crms["bravo"]
    alpha.human_create("contact", {"email": "ana@example.com", "last_name": "Prado"}, {})
    alpha.human_create("contact", {"phone": "+5581999990000", "last_name": "Prado"}, {})
    world.sync()
    bravo.human_create("contact", {"email": "ana@example.com", "phone": "+5581999990000", "last_name": "Prado"}, {})
    records = world.records.list_records(WORKSPACE, "contact", cursor=None, limit=10).items
    for record in records:
        for link in list(record.links.values()):
            if link.integration_id == "int_bravo":
                bravo.human_delete("contact", link.external_id)
    world.settle()
    assert len(alpha.live("contact")) == 2

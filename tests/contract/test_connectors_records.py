"""Every connector: what is written is what is read, row by row, and every row's fate is told."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.domain.records import REFERENCES, Entity
from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.errors import FatalProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.contract._world import SAMPLES, Desk, World


def test_our_own_field_is_provisioned_once_and_described(world: World):
    client = world.client()
    for entity in world.declared.supports.entities:
        name = world.declared.external_id_field
        if entity in world.suite.get("no_own_field", ()):
            assert client.provision(entity) == ()
            assert any(not each.is_custom for each in client.describe(entity))
            continue
        made = client.provision(entity)
        assert (name in made) is world.declared.supports.custom_fields, "where the API makes no fields, a person has"
        assert client.provision(entity) == ()
        described = {each.name: each for each in client.describe(entity)}
        assert described[name].is_unique is world.suite.get("external_id_is_unique", True)
        assert described[name].is_custom
        assert described[name].is_writable
        assert any(not each.is_custom for each in described.values())


def test_what_is_written_is_read_back_as_projected(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        sample = desk.sample(entity)
        held = {name for name in SAMPLES[entity] if world.holds(entity, name)}
        assert set(sample) == held, f"{entity}: the sample holds nothing that a CRM could refuse"
        result = desk.create(entity, sample)[0]
        assert result.created
        assert result.external_id
        read = client.read(entity, [result.external_id]).found[result.external_id]
        assert {name: read.fields[name] for name in sample} == sample
        assert read.refs.keys() <= REFERENCES[entity].keys(), "no other reference is known"
        assert read.correlation_id == result.op_id
        assert read.version
        assert read.modified_at is not None
        if world.declared.supports.answers_values:
            assert result.observation is not None
            assert result.observation.version == read.version


def test_a_projection_projected_again_stays_the_same(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        messy = {name: f" {value}\r\n" if isinstance(value, str) else value for name, value in SAMPLES[entity].items()}
        for fields in (desk.sample(entity), messy, dict.fromkeys(messy)):
            once = client.project(entity, fields)
            assert client.project(entity, once) == once


def test_a_projection_leaves_out_what_the_crm_cannot_hold(world: World, client: CrmClient):
    for entity in world.declared.supports.entities:
        odd = {"owner": "nobody@example.com", "email": "not an address", "stage": "no such stage", "nonsense": "x"}
        assert not {"owner", "nonsense"} & client.project(entity, odd).keys()
        if world.holds(entity, "email"):
            assert "email" not in client.project(entity, odd)


def test_references_pass_a_projection_unchanged(world: World, client: CrmClient):
    for entity in world.declared.supports.entities:
        refs = {name: ("con_1", "con_2") if name == "contacts" else "com_1" for name in REFERENCES[entity]}
        assert client.project(entity, refs) == {name: refs[name] for name in refs if world.holds(entity, name)}


def test_an_update_changes_what_it_names_and_clears_what_it_empties(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        external_id = desk.one(entity)
        sample, name = desk.sample(entity), world.suite["changed_field"][entity]
        usual = "job_title" if "job_title" in sample else "description"
        cleared = world.suite.get("cleared_field", {}).get(entity, usual)
        op = WriteOp("update", "x", external_id, fields={name: "Changed", cleared: None})
        (result,) = client.write(entity, [op])
        assert result.error is None
        assert result.external_id == external_id
        assert not result.created
        read = client.read(entity, [external_id]).found[external_id]
        expected = {**sample, name: "Changed", cleared: None}
        assert {each: read.fields[each] for each in expected} == expected


def test_both_names_of_a_person_change_at_once(world: World, client: CrmClient, desk: Desk):
    external_id = desk.one("contact")
    names = {"first_name": "Bo", "last_name": "Lund"}
    (result,) = client.write("contact", [WriteOp("update", "x", external_id, fields=names)])
    assert result.error is None
    told = client.read("contact", [external_id]).found[external_id].fields
    assert {name: told[name] for name in names} == names


def test_every_stage_the_crm_holds_returns_as_it_was_sent(world: World, client: CrmClient, desk: Desk):
    if not world.holds("deal", "stage"):
        pytest.skip(f"{world.crm} has no deal stages")
    held = [stage for stage in DEAL_STAGES if client.project("deal", {"stage": stage}) == {"stage": stage}]
    assert {"won", "lost"} <= set(held)
    results = desk.create("deal", *(desk.sample("deal", stage=stage) for stage in held))
    ids = [each.external_id for each in results]
    found = client.read("deal", ids).found
    assert [found[each].fields["stage"] for each in ids] == held
    stages = client.stages("deal")
    assert {(each.is_closed, each.is_won) for each in stages} >= {(False, False), (True, True), (True, False)}
    assert all(0 <= each.probability <= 100 for each in stages)


def test_an_owner_is_an_email_address_of_somebody_active(world: World, client: CrmClient, desk: Desk):
    owners = client.owners()
    active = next(each for each in owners if each.is_active and each.email)
    for entity in world.declared.supports.entities:
        if not world.holds(entity, "owner"):
            continue
        external_id = desk.one(entity, owner=active.email)
        assert client.read(entity, [external_id]).found[external_id].fields["owner"] == active.email


def test_references_are_made_changed_and_ended(world: World, client: CrmClient, desk: Desk):
    first, second = desk.create("company", desk.sample("company", 1), desk.sample("company", 2))
    people = desk.create("contact", *(desk.sample("contact", number) for number in (1, 2, 3)))
    one, two, three = (each.external_id for each in people)
    was, becomes = first.external_id, second.external_id
    steps: dict[Entity, list[Any]] = {
        "contact": [({"company": (was,)}, {}), ({"company": (becomes,)}, {"company": (was,)})],
        "deal": [
            ({"company": (was,), "contacts": tuple(sorted((one, two)))}, {}),
            (
                {"company": (becomes,), "contacts": tuple(sorted((two, three)))},
                {"company": (was,), "contacts": tuple(sorted((one, two)))},
            ),
            ({"contacts": ()}, {"contacts": tuple(sorted((two, three)))}),
        ],
    }
    for entity, changes in steps.items():
        if not world.holds(entity, *REFERENCES[entity]):
            continue
        result = desk.create(entity, desk.sample(entity, 9), refs=changes[0][0])[0]
        said = dict(changes[0][0])
        assert client.read(entity, [result.external_id]).found[result.external_id].refs == said
        for refs, before in changes[1:]:
            op = WriteOp("update", "x", result.external_id, refs=refs, refs_before=before)
            (changed,) = client.write(entity, [op])
            assert changed.error is None
            said |= refs
            assert client.read(entity, [result.external_id]).found[result.external_id].refs == said


def test_a_contact_can_leave_its_company(world: World, client: CrmClient, desk: Desk):
    company = desk.one("company")
    contact = desk.create("contact", desk.sample("contact"), refs={"company": (company,)})[0].external_id
    before = {"company": (company,)}
    (result,) = client.write("contact", [WriteOp("update", "x", contact, refs={"company": ()}, refs_before=before)])
    assert result.error is None
    assert client.read("contact", [contact]).found[contact].refs == {"company": ()}


def test_one_bad_row_fails_alone_with_the_vendors_words(world: World, client: CrmClient, desk: Desk):
    rows = [WriteOp(desk.create_kind, desk.op_id("contact"), fields=desk.sample("contact", n)) for n in range(1, 21)]
    bad = WriteOp(
        desk.create_kind,
        desk.op_id("contact"),
        fields=desk.sample("contact", 99),
        refs={"company": (world.suite["absent"]["company"],)},
    )
    rows.insert(7, bad)
    results = client.write("contact", rows)
    assert [each.op_id for each in results] == [op.op_id for op in rows]
    refused = results[7]
    assert isinstance(refused.error, FatalProviderError)
    assert str(refused.error)
    assert not refused.conflict
    good = [each for each in results if each is not refused]
    assert [each.error for each in good if each.error] == []
    assert len({each.external_id for each in good}) == 20


def test_a_create_repeated_after_a_lost_answer_makes_no_second_record(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        op = desk.new(entity, desk.sample(entity))
        (first,) = client.write(entity, [op])
        found = client.find(entity, "correlation_id", [op.op_id])
        assert [each.external_id for each in found[op.op_id]] == [first.external_id]
        if not world.suite.get("refuses_second_create", True) or entity in world.suite.get("second_create_made", ()):
            continue  # nothing is unique there: whoever writes looks our id up first, as was just done
        again = client.write(entity, [op, desk.new(entity, desk.sample(entity, 5))])
        assert again[0].external_id == first.external_id
        assert again[0].conflict or (again[0].error is None and not again[0].created)
        assert again[1].error is None
        assert client.find(entity, "correlation_id", [op.op_id]).keys() == {op.op_id}


def test_a_write_by_our_own_id_makes_once_and_changes_afterwards(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        if entity in world.suite.get("upserts_none_of", ()):
            continue
        op_id, name = desk.op_id(entity), world.suite["changed_field"][entity]
        op = WriteOp("upsert", op_id, fields=desk.sample(entity), refs=desk.needed(entity))
        if not world.declared.supports.upsert:
            with pytest.raises(FatalProviderError, match="upsert"):
                raise next(each.error for each in client.write(entity, [op]) if each.error is not None)
            continue
        (made,) = client.write(entity, [op])
        (changed,) = client.write(entity, [WriteOp("upsert", op_id, fields={**op.fields, name: "Changed"})])
        assert (made.error, changed.error) == (None, None)
        assert (made.created, changed.created) == (True, False)
        assert changed.external_id == made.external_id
        assert client.read(entity, [made.external_id]).found[made.external_id].fields[name] == "Changed"


def test_an_update_of_a_deleted_record_says_that_it_is_gone(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        kept, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
        world.person("delete", entity, lost)
        field = world.suite["changed_field"][entity]
        ops = [WriteOp("update", each, each, fields={field: "Changed"}) for each in (lost, kept)]
        gone, fine = client.write(entity, ops)
        assert gone.gone
        assert gone.error is not None
        assert fine.error is None
        assert not fine.gone


def test_a_delete_that_the_vendor_cannot_do_is_refused_and_deletes_nothing(world: World, client: CrmClient, desk: Desk):
    if world.can_delete:
        pytest.skip(f"{world.crm} deletes over its API")
    for entity in world.declared.supports.entities:
        external_id = desk.one(entity)
        (result,) = client.write(entity, [WriteOp("delete", "x", external_id)])
        assert isinstance(result.error, FatalProviderError)
        assert str(result.error)
        assert not result.gone
        assert client.read(entity, [external_id]).found.keys() == {external_id}


def test_a_delete_is_final_and_deleting_twice_is_success(world: World, client: CrmClient, desk: Desk):
    if not world.can_delete:
        pytest.skip(f"{world.crm} deletes nothing over its API")
    for entity in world.declared.supports.entities:
        external_id = desk.one(entity)
        (result,) = client.write(entity, [WriteOp("delete", "x", external_id)])
        assert result.error is None or result.gone
        told = client.read(entity, [external_id])
        assert told.found == {}
        if world.reading_tells_deletion(entity):
            assert told.gone.keys() == {external_id}
        else:
            assert told.missing == {external_id}
        (again,) = client.write(entity, [WriteOp("delete", "x", external_id)])
        assert again.error is None or again.gone


def test_reading_tells_missing_from_gone(world: World, client: CrmClient, desk: Desk):
    for entity in world.declared.supports.entities:
        here, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
        world.person("delete", entity, lost)
        absent = world.suite["absent"][entity]
        told = client.read(entity, [here, lost, absent, here])
        assert told.found.keys() == {here}
        evident = {lost} if world.reading_tells_deletion(entity) else set[str]()
        assert told.missing == {absent, lost} - evident
        assert told.gone.keys() == evident
        assert all(each.merged_into == "" for each in told.gone.values())


def test_a_merged_record_leads_to_its_survivor(world: World, client: CrmClient, desk: Desk):
    if not world.declared.supports.reports_merges:
        pytest.skip(f"{world.crm} does not tell of merges")
    for entity in world.suite["person"]["merge"]:
        kept, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
        world.person("merge", entity, kept, other=lost)
        told = client.read(entity, [kept, lost])
        survivor = told.gone[lost].merged_into
        assert survivor
        assert survivor in client.read(entity, [survivor]).found
        assert kept in told.found or told.gone[kept].merged_into == survivor


def test_more_ids_than_a_batch_are_read_all_the_same(world: World, client: CrmClient, desk: Desk):
    number = world.declared.limits.read_batch + 5
    ids = [each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in range(number)))]
    assert client.read("company", ids).found.keys() == set(ids)
    assert client.read("company", []).found == {}


def test_records_are_found_by_their_keys(world: World, client: CrmClient, desk: Desk):
    company = desk.one("company")
    contact = desk.one("contact")
    world.settle()
    wanted: list[tuple[Entity, Any, str, str]] = [
        ("contact", "email", SAMPLES["contact"]["email"], contact),
        ("contact", "phone", SAMPLES["contact"]["phone"], contact),
        ("contact", "phone", SAMPLES["contact"]["mobile_phone"], contact),
        ("company", "domain", SAMPLES["company"]["domain"], company),
    ]
    for entity, key, value, external_id in wanted:
        found = client.find(entity, key, [value, f"x{value}"])
        assert {name: [each.external_id for each in hits] for name, hits in found.items()} == {value: [external_id]}
    assert client.find("contact", "email", []) == {}
    assert client.find("contact", "email", ["nobody@example.com"]) == {}
    assert client.find("contact", "correlation_id", ["con_unknown"]) == {}
